"""The bench of search measures over as many things as it says."""

from __future__ import annotations

from pathlib import Path

from kg.bench import Size
from kg.bench.search import measure
from kg.index import Index
from kg.settings import read_settings


def test_as_many_things_are_searched_as_the_figures_say(tmp_path: Path) -> None:
    figures = list(measure(read_settings({}, var=tmp_path), Size(listed=450, runs=1, quick=True), lambda line: None))
    assert {each.size for each in figures} == {"450 things"} and all(each.value > 0 for each in figures)
    assert Index(tmp_path / "index.sqlite").counts()["initiative"] == 450
