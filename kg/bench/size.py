"""How large a run of the benches is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Quads of generated data, things ranked, things ranked on Spark, things listed, seconds of each counted load, counted runs.

    `quick` shortens the rest.
    """

    quads: int = 1_000_000
    items: int = 100_000
    ranked: int = 1_000_000
    listed: int = 100_000
    seconds: float = 3.0
    runs: int = 3
    quick: bool = False


FULL = Size()
QUICK = Size(quads=50_000, items=2_000, ranked=20_000, listed=2_000, seconds=0.5, runs=2, quick=True)
