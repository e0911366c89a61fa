"""A figure: median, spread, ratio in the better direction, promise."""

from __future__ import annotations

import pytest

from kg.bench import Figure, clock, percentile


def test_a_time_is_better_when_it_is_less() -> None:
    figure = Figure("load", "s", (3, 1, 2), peer="plain", peer_runs=(8, 9, 7), goal=2.5, goal_ratio=4)
    assert (figure.value, figure.spread, figure.peer_value, figure.ratio, figure.met) == (2, (1, 3), 8, 4, True)
    assert Figure("load", "s", (3,), goal=2.5).met is False
    assert Figure("load", "s", (2,), peer="plain", peer_runs=(7,), goal=2.5, goal_ratio=4).met is False


def test_a_rate_is_better_when_it_is_more() -> None:
    figure = Figure("tiny", "1/s", (10, 30), peer="plain", peer_runs=(5,), more=True, goal=20)
    assert figure.ratio == 4 and figure.met is True
    assert Figure("tiny", "1/s", (19,), more=True, goal=20).met is False


def test_without_a_peer_there_is_no_ratio_and_its_promise_is_open() -> None:
    figure = Figure("tiny", "1/s", (10,), goal_ratio=3)
    assert figure.ratio is None and figure.met is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.95, 4), (0.99, 4), (0.25, 1), (0.26, 2), (0, 1), (1, 4)])
def test_percentiles_are_of_nearest_rank(share: float, expected: float) -> None:
    assert percentile([4, 2, 1, 3], share) == expected


def test_a_clock_counts_each_run() -> None:
    assert len(clock(lambda: None, 3, 1000)) == 3
