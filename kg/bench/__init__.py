"""Figures of speed, side by side with a peer.

A bench is a module `kg/bench/NAME.py` with one function that the command `kg bench` calls, and that says each figure once:

    def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:

`settings.var` is an empty folder of its own, `size` says how large (`kg.bench.size`), `say` takes a line of progress. What is given
is measured in one run with its peers (a peer that is not installed is said and left out), so that the ratios hold on any
machine. Several peers of one thing are several figures of one name. Names stay, since ratios are stored and compared by name.
`kg bench NAME` runs one module alone, with options of its own.
"""

from pathlib import Path
from typing import Final

from kg.bench.figure import Figure, clock, percentile
from kg.bench.size import FULL, QUICK, Size

__all__ = ["FULL", "QUERIES", "QUICK", "Figure", "Size", "clock", "percentile"]

QUERIES: Final = Path(__file__).parent / "queries"
