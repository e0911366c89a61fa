"""Answers as people look at them: bars and maps only where the columns allow it."""

from __future__ import annotations

import pytest

from api.result import read_bars, read_map


@pytest.mark.parametrize(("rows", "bars"), [
    ([["food", "4"], ["housing", "2"]], [1.0, 0.5]),
    ([["food", "4"]], []),
    ([["1", "4"], ["2", "2"]], []),
    ([["food", "4"], ["housing", "many"]], []),
    ([["food", "-4"], ["housing", "2"]], []),
    ([["food", "0"], ["housing", "0"]], []),
    ([["4"], ["2"]], []),
    ([], []),
])
def test_bars_stand_for_counts_by_name(rows: list[list[str]], bars: list[float]) -> None:
    assert read_bars(rows) == bars


def test_a_map_needs_latitude_and_longitude() -> None:
    drawn = read_map(["city", "label", "lat", "long"], [["x", "Aalborg", "57.05", "9.92"], ["y", "Nowhere", "", ""], ["z", "Off", "91", "0"]])
    assert drawn is not None
    assert [place.label for dot in drawn.dots for place in dot.places] == ["Aalborg"]
    assert drawn.dots[0].address == "#row-0"
    assert read_map(["city", "lat"], [["x", "57.05"]]) is None
    assert read_map(["lat", "long"], [["", ""]]) is None
