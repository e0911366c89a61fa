"""A figure: what was measured, each run of it, the same of a peer in the same run, and what was promised."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    `name` stays the same from run to run, for stored ratios are found by it, so it holds no size that an option changes; `size` says it
    ("1,000,000 quads"). `runs` are the values of each counted run in `unit`, `peer_runs` those of `peer` in the same unit. `more` says
    that more is better (a rate) rather than less (a time, memory). `goal` bounds the median in `unit`: at least for a rate, at most
    for a time; `goal_ratio` is the least ratio to the peer.
    """

    name: str
    unit: str
    runs: tuple[float, ...]
    peer: str = ""
    peer_runs: tuple[float, ...] = ()
    more: bool = False
    goal: float | None = None
    goal_ratio: float | None = None
    size: str = ""

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most of the runs."""
        return min(self.runs), max(self.runs)

    @property
    def peer_value(self) -> float | None:
        """The median of the peer's runs, None without a peer."""
        return statistics.median(self.peer_runs) if self.peer_runs else None

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer, whichever direction is better; None without a peer."""
        other = self.peer_value
        if other is None or not other or not self.value:
            return None
        return self.value / other if self.more else other / self.value

    @property
    def met(self) -> bool | None:
        """Whether each goal holds; None where nothing was promised, or the peer of the only promise was not there."""
        found = []
        if self.goal is not None:
            found.append(self.value >= self.goal if self.more else self.value <= self.goal)
        if self.goal_ratio is not None and (ratio := self.ratio) is not None:
            found.append(ratio >= self.goal_ratio)
        return all(found) if found else None


def clock(act: Callable[[], object], runs: int = 1, unit: float = 1.0) -> tuple[float, ...]:
    """Seconds of each of so many calls; `unit` 1000 gives milliseconds."""
    return tuple(_seconds(act) * unit for _ in range(runs))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values (0 to 1) does not exceed, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered), max(1, math.ceil(share * len(ordered)))) - 1]


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
