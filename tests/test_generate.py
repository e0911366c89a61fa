"""Generated data: the same for a seed, shaped as the real, conforming, in blocks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rdflib import Graph
from typer.testing import CliRunner

from kg.cli import make_app
from kg.generate import QUADS_EACH, distance, generate, load_shape, measure
from kg.store.local import LocalStore
from kg.validation.judging import judge


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = (hashlib.sha256(b"".join(generate(300, seed))).hexdigest() for seed in (1, 1, 2))
    assert one == again != other


def test_a_larger_set_begins_with_the_smaller_one() -> None:
    assert b"".join(generate(600, 5)).startswith(b"".join(generate(400, 5)))


def test_an_initiative_makes_as_many_quads_as_help_readme_and_benches_say() -> None:
    lines = sum(block.count(b"\n") for block in generate(1000, 1))
    assert round(lines / 1000) == QUADS_EACH
    said = CliRunner().invoke(make_app(), ["generate", "--help"]).output
    assert f"about {QUADS_EACH} quads" in " ".join(said.replace("│", " ").split())
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"each initiative is about {QUADS_EACH} quads" in readme


def test_a_block_does_not_grow_with_the_count() -> None:
    assert max(len(block) for block in generate(4000, 1)) < 1.2 * max(len(block) for block in generate(400, 1))


def test_degrees_and_values_are_those_of_the_real_graph(store: LocalStore) -> None:
    real = measure(store)
    made_store = LocalStore()
    made_store.load(b"".join(generate(1500, 3)))
    made = measure(made_store)
    assert set(made.fields) == set(real.fields) and made.initiatives == 1500
    for name, field in real.fields.items():
        assert distance(field.degrees, made.fields[name].degrees) < 0.12, name
        assert distance(field.values, made.fields[name].values) < 0.2, name


def test_the_kept_shape_is_that_of_the_real_graph(store: LocalStore) -> None:
    kept, real = load_shape(), measure(store)
    for name, field in real.fields.items():
        assert distance(field.degrees, kept.fields[name].degrees) < 0.05, f"{name}: run kg generate --measure"


def test_distance_is_zero_for_the_same_and_one_for_nothing_in_common() -> None:
    assert distance({"a": 2, "b": 2}, {"a": 1, "b": 1}) == 0
    assert distance({"a": 1}, {"b": 3}) == pytest.approx(1)


def test_generated_data_conform(store: LocalStore) -> None:
    made, graph = LocalStore(), Graph()
    made.load(b"".join(generate(25, 4)))
    for name in made.names():
        graph += made.graph(name)
    found = judge(graph, store)
    assert len(graph) > 1000 and found.conforms, found.results
    made.load(b"".join(generate(25, 4)).replace(b"/voc/theme/", b"/voc/nothing/"))
    wrong = Graph()
    for name in made.names():
        wrong += made.graph(name)
    assert not judge(wrong, store).conforms, "the shapes see what the data say"


def test_the_command_writes_what_the_function_makes(tmp_path: Path) -> None:
    file = tmp_path / "made.nq"
    result = CliRunner().invoke(make_app(), ["generate", "--initiatives", "40", "--seed", "9", "--output", str(file), "--figures"])
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == b"".join(generate(40, 9))
