"""The ladder of counts: information content follows counts in steps, so that a new thing changes few features and not all of them.

A count up to EXACT stands for itself; above, it stands for the last rung below, and each rung is RATIO of the one before. One more thing
among many moves no count to another rung except now and then; then everything that rests on it is computed anew. The content of a
feature is off by at most log2(RATIO) bits, 0.07.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

EXACT = 20
RATIO = 1.05
TOP = 10 ** 12

Counts = np.ndarray[Any, np.dtype[np.int64]]


@lru_cache(maxsize=1)
def rungs() -> Counts:
    """All rungs, ascending, up to TOP."""
    ladder = list(range(1, EXACT + 1))
    while ladder[-1] < TOP:
        ladder.append(max(ladder[-1] + 1, int(ladder[-1] * RATIO)))
    return np.array(ladder, dtype=np.int64)


def settle(counts: Any) -> Counts:
    """The rung of each count (at least 1), in the shape that was given."""
    return np.asarray(rungs()[np.searchsorted(rungs(), np.maximum(counts, 1), side="right") - 1])


def measure_content(items: int, holders: int) -> float:
    """Information content in bits of a feature that `holders` of `items` things have; 0 when it tells nothing apart."""
    whole, part = (int(count) for count in settle(np.array([items, holders])))
    return round(float(np.log2(whole / part)), 6) if holders > 1 and part < whole else 0.0
