"""The batch on Spark in local mode, by cores: all pairs and whole-graph statistics, beside one process with as many cores."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kg.bench.figure import Figure, clock
from kg.bench.peers import write_data
from kg.bench.size import Size
from kg.errors import Invalid
from kg.publication import void
from kg.queries import load_query
from kg.settings import Settings
from kg.store.local import LocalStore

if TYPE_CHECKING:
    from kg.synergies.kernel import Postings

KEEP: Final = 20
WHOLE: Final = 2 * 10**10
"""Pairs up to which each run ranks every row. Beyond, one process ranks a sample and its seconds are multiplied: rows cost alike."""
Array = np.ndarray[Any, np.dtype[Any]]


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Seconds of all pairs at a hundredth, a tenth and all of the things, and of the statistics, by cores.

    Where one process ranks a sample, Spark ranks every row, once and on all cores only. Raises Invalid without Spark, numba or Java.
    """
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("numba") is None or shutil.which("java") is None:
        raise Invalid("Spark, numba or Java is missing.", where="kg bench distributed",
                      advice="Run pip install 'urban-agenda-kg[distributed]' and apt-get install openjdk-17-jre-headless.")
    from kg.bench.synergies import draw_kinds, read_hierarchy
    from kg.publication.distributed import count_distributed
    from kg.synergies.distributed import rank_distributed
    from kg.synergies.kernel import Postings
    from kg.synergies.weights import weigh

    wider, serves = read_hierarchy()
    data, quads = settings.var / "data.nq", f"{size.quads:,} quads"
    write_data(data, size.quads)
    counted = _count_alone(settings, size)
    drawn = {items: Postings.of(*weigh(items, draw_kinds(items, 1, wider, serves)[0]))
             for items in sorted({size.ranked // 100, size.ranked // 10, size.ranked})}
    cores = len(os.sched_getaffinity(0))
    for used in list_cores(cores):
        share, alone = f"{used} of {cores} cores", {}
        for items, postings in drawn.items():
            rows = pick_rows(items)
            _rank_alone(used, postings, rows[:2])
            alone[items] = clock(partial(_rank_alone, used, postings, rows), size.runs, items / len(rows))
            say(f"all pairs of {items:,} in one process on {share}: {alone[items][-1]:.1f} s")
            yield Figure(f"all pairs in one process, {share}", "s", alone[items], size=_name(items, len(rows)))
        session = _open(used)
        try:
            rank_distributed(session, drawn[min(drawn)], np.arange(2), KEEP)
            for items, postings in drawn.items():
                sampled = len(pick_rows(items)) < items
                if sampled and used < cores:
                    continue
                seconds = clock(partial(rank_distributed, session, postings, np.arange(items), KEEP), 1 if sampled else size.runs)
                say(f"all pairs of {items:,} on Spark on {share}: {seconds[-1]:.1f} s")
                yield Figure(f"all pairs on Spark, {share}", "s", seconds, "one process, a sample of rows" if sampled else "one process",
                             alone[items], size=_name(items, items))
            yield Figure(f"statistics on Spark, {share}", "s", clock(partial(count_distributed, session, data), size.runs),
                         "stored queries", counted, size=quads)
        finally:
            session.stop()


def list_cores(cores: int) -> list[int]:
    """One, two, four and so on, and all."""
    return [*(used for power in range(cores.bit_length()) if (used := 1 << power) < cores), cores]


def pick_rows(items: int) -> Array:
    """Every row, or as many, evenly spread, as `WHOLE` allows."""
    return np.arange(0, items, -(-items * items // WHOLE))


def _name(items: int, rows: int) -> str:
    return f"{items:,} things" + (f", from {rows:,} rows" if rows < items else "")


def _rank_alone(threads: int, postings: Postings, rows: Array) -> None:
    from numba import set_num_threads

    from kg.synergies.kernel import rank

    set_num_threads(threads)
    rank(postings, rows, KEEP)


def _open(cores: int) -> Any:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    return (SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.maxResultSize", "2g").config("spark.sql.shuffle.partitions", str(4 * cores))
            .config("spark.log.level", "ERROR").config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1").getOrCreate())


def _count_alone(settings: Settings, size: Size) -> tuple[float, ...]:
    store = LocalStore(settings.var / "store")
    store.load((settings.var / "data.nq").read_bytes())
    seconds = clock(partial(_count, store), size.runs)
    store.close()
    return seconds


def _count(store: LocalStore) -> None:
    for name in ("totals", "entities", "classes", "properties"):
        list(store.select(load_query(void.QUERIES / f"{name}.rq").text))
