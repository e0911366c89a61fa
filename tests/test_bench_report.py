"""The report: ratios stored and compared, a failing bench does not stop the others, the page holds everything and nothing outside."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from kg.bench import QUICK, Figure, Size
from kg.bench import report as reporting
from kg.bench import run as running
from kg.bench.page import draw_ratios, write_page, write_value
from kg.bench.report import Report, keep_ratios, name_figure, read_ratios
from kg.cli import make_app
from kg.errors import NotFound

LOAD = Figure("load", "s", (2.0, 1.0, 3.0), "plain <rdflib>", (20.0, 24.0), goal=5, size="1,000 quads")
TINY = Figure("tiny", "1/s", (50.0,), "oxigraph serve", (100.0,), more=True, goal_ratio=0.8)
MEMORY = Figure("memory", "MiB", (300.0,))


def report(stored: dict[str, float]) -> Report:
    return Report({"load": (LOAD, MEMORY), "sparql": (TINY,)}, {"pages": "StoreFailed: no port"}, {"cores": "2"}, stored,
                  datetime(2026, 1, 2, 3, 4, tzinfo=UTC))


def test_what_fell_beyond_the_noise_is_shown() -> None:
    key = name_figure("sparql", TINY)
    assert key == "sparql | tiny | oxigraph serve" and name_figure("load", LOAD) == "load | load | 1,000 quads | plain <rdflib>"
    assert report({key: 0.6}).regressions() == []
    assert report({key: 0.7}).regressions() == [(key, 0.7, 0.5)]
    assert report({}).missed() == [key]


def test_ratios_are_stored_beside_those_not_measured(tmp_path: Path) -> None:
    file = tmp_path / "ratios.json"
    file.write_text('{"other": 3, "sparql | tiny | oxigraph serve": 9}')
    keep_ratios(report({}), file)
    assert read_ratios(file) == {"other": 3, "sparql | tiny | oxigraph serve": 0.5, "load | load | 1,000 quads | plain <rdflib>": 11.0}
    assert read_ratios(tmp_path / "none.json") == {}


def test_the_page_says_everything_and_loads_nothing() -> None:
    page = write_page(report({name_figure("sparql", TINY): 0.9}))
    for said in ("0.5 instead of 0.9", "StoreFailed: no port", "plain &lt;rdflib&gt;", "missed", "≥ 0.8 × peer", "≤ 5 s", "<dt>cores<dd>2"):
        assert said in page, said
    assert not re.search(r"""(src|href)=['"]?(?!#)\w*:?//|<script|@import""", page)
    assert "no stored ratios" in write_page(report({}))
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)
    assert page.count("<svg") == 2 and draw_ratios([]) == ""
    assert [write_value(value) for value in (None, 12345.6, 0.012345)] == ["", "12,346", "0.0123"]
    json.dumps(report({}).as_json())


class At:
    """A bench that gives one figure, or none."""

    @staticmethod
    def measure(settings: object, size: Size, say: object) -> list[Figure]:
        if size.quick:
            raise NotFound("the peer is away.")
        return [TINY]


class Here:
    """The executor of a bench that runs it in this process."""

    def __init__(self, *_: object) -> None: ...
    def __enter__(self) -> Here:
        return self
    def __exit__(self, *_: object) -> None: ...
    def submit(self, act: object, name: str, size: Size) -> Here:
        self.size = size
        return self
    def result(self) -> tuple[Figure, ...]:
        return tuple(At.measure(None, self.size, None))


def test_a_bench_that_fails_is_said_and_an_unknown_one_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ProcessPoolExecutor", Here)
    lines: list[str] = []
    assert running.run_benches(["load"], Size(), lines.append).figures == {"load": (TINY,)}
    failed = running.run_benches(["load"], QUICK, lines.append)
    assert "the peer is away" in failed.failures["load"] and not failed.figures
    with pytest.raises(NotFound, match="no bench is called"):
        running.run_benches(["nothing"], QUICK, lines.append)


@pytest.mark.parametrize("name", running.BENCHES)
def test_every_bench_of_the_list_measures(name: str) -> None:
    # Read, not imported: some benches need extras that a machine may lack, and say so when they run.
    source = (Path(running.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    assert "measure" in {each.name for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)}


def test_the_command_refuses_an_unknown_bench(tmp_path: Path) -> None:
    result = CliRunner().invoke(make_app(), ["bench", "--only", "nothing", "--output", str(tmp_path)])
    assert result.exit_code == 1 and "no bench is called" in str(result.exception)


def test_the_command_keeps_ratios_in_the_checkout_and_shows_what_fell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path(__file__).resolve().parent.parent / "kg" / "bench" / "ratios.json" == reporting.STORED
    monkeypatch.setattr(reporting, "STORED", tmp_path / "ratios.json")
    monkeypatch.setattr(running, "ProcessPoolExecutor", Here)

    def measure(tiny: float, *options: str) -> str:
        monkeypatch.setattr(At, "measure", lambda *_: [replace(TINY, runs=(tiny,))])
        result = CliRunner().invoke(make_app(), ["bench", "--only", "sparql", "--output", str(tmp_path), *options])
        assert result.exit_code == 0, result.output
        return result.output

    assert "Worse" not in measure(200.0) and not (tmp_path / "ratios.json").exists()
    assert "Worse" not in measure(200.0, "--keep") and read_ratios() == {"sparql | tiny | oxigraph serve": 2.0}
    assert "Worse" not in measure(170.0) and read_ratios() == {"sparql | tiny | oxigraph serve": 2.0}
    assert "Worse than stored: sparql | tiny | oxigraph serve: 1.2 instead of 2" in measure(120.0)
    assert "1.2 instead of 2" in (tmp_path / "report.html").read_text(encoding="utf-8")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert found["regressions"] == [{"figure": "sparql | tiny | oxigraph serve", "stored": 2.0, "now": 1.2}]
