"""What a soak found, and how it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kg.bench import percentile
from kg.journal import open_journal
from kg.settings import Settings

Json = dict[str, Any]


@dataclass
class Outcome:
    """What the run found; `memory` has seconds since the start, MiB of each copy's own process, and MiB of all workers."""

    minutes: float
    seed: int
    answers: int = 0
    pairs: int = 0
    compared: int = 0
    versions: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    bombs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kills: int = 0
    latency: dict[str, Json] = field(default_factory=dict)
    memory: list[tuple[float, float, float, float]] = field(default_factory=list)
    growth: list[float] = field(default_factory=list)


def describe(seconds: list[float]) -> Json:
    """Count, percentiles and the most, milliseconds."""
    return {"count": len(seconds), **{f"p{share}": round(percentile(seconds, share / 100) * 1000, 1) for share in (50, 95, 99, 100)}}


def find_lost(settings: Settings, expected: Mapping[str, str]) -> list[str]:
    """Acknowledged contributions that the journal does not have, or has with another status than was acknowledged."""
    journal = open_journal(settings)
    stands = {each.reference: each.status for each in journal.contributions()}
    journal.close()
    return [f"{reference}: {stands.get(reference, 'unknown')} instead of {status}" for reference, status in expected.items()
            if stands.get(reference) != status]


def measure_growth(values: list[float]) -> float:
    """How much larger the median of the last quarter is than that of the second, as a share; the first quarter fills caches."""
    quarter = len(values) // 4
    if not quarter:
        return 0.0
    return round(percentile(values[-quarter:], 0.5) / percentile(values[quarter:2 * quarter], 0.5) - 1, 4)
