"""The batch on Spark in local mode: all pairs and whole-graph statistics, on one core and on all, beside one machine without Spark."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from kg.bench.figure import Figure, clock
from kg.bench.peers import write_data
from kg.bench.size import Size
from kg.errors import Invalid
from kg.publication import void
from kg.queries import load_query
from kg.settings import Settings
from kg.store.local import LocalStore

KEEP = 20


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Seconds of all pairs at a tenth of the things and at all, and of the statistics, by cores. Raises Invalid without Spark or Java."""
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("numba") is None or shutil.which("java") is None:
        raise Invalid("Spark, numba or Java is missing.", where="kg bench distributed",
                      advice="Run pip install 'urban-agenda-kg[distributed]' and apt-get install openjdk-17-jre-headless.")
    from kg.bench.synergies import draw_kinds, read_hierarchy
    from kg.publication.distributed import count_distributed
    from kg.synergies.distributed import rank_distributed
    from kg.synergies.kernel import Postings, rank
    from kg.synergies.weights import weigh

    wider, serves = read_hierarchy()
    data = settings.var / "data.nq"
    write_data(data, size.quads)
    store = LocalStore(settings.var / "store")
    store.load(data.read_bytes())
    alone: dict[str, tuple[float, ...]] = {"statistics": clock(partial(_count, store), size.runs)}
    store.close()
    postings, labels = {}, {"statistics": f"{size.quads:,} quads"}
    for items in sorted({size.items // 10, size.items}):
        name = f"all pairs of {items:,}"
        postings[name], labels[name] = Postings.of(*weigh(items, draw_kinds(items, 1, wider, serves)[0])), f"{items:,} things"
        rank(postings[name], np.arange(2), KEEP)
        alone[name] = clock(partial(rank, postings[name], np.arange(items), KEEP), 1)
        say(f"{name} without Spark: {alone[name][0]:.1f} s")
    cores = os.cpu_count() or 1
    for used in sorted({1, cores}):
        session = _open(used)
        try:
            rank_distributed(session, next(iter(postings.values())), np.arange(64), KEEP)
            for name, each in postings.items():
                seconds = clock(partial(rank_distributed, session, each, np.arange(int(labels[name].split()[0].replace(",", ""))), KEEP), 1)
                say(f"{name} on {used} cores of Spark: {seconds[0]:.1f} s")
                yield Figure(f"all pairs on Spark, {used} of {cores} cores", "s", seconds, "one process, all cores", alone[name],
                             size=labels[name])
            yield Figure(f"statistics on Spark, {used} of {cores} cores", "s", clock(lambda: count_distributed(session, data), size.runs),  # noqa: B023
                         "stored queries", alone["statistics"], size=labels["statistics"])
        finally:
            session.stop()


def _open(cores: int) -> Any:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    return (SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
            .config("spark.driver.maxResultSize", "2g").config("spark.sql.shuffle.partitions", str(4 * cores))
            .config("spark.log.level", "ERROR").config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1").getOrCreate())


def _count(store: LocalStore) -> None:
    for name in ("totals", "entities", "classes", "properties"):
        list(store.select(load_query(void.QUERIES / f"{name}.rq").text))
