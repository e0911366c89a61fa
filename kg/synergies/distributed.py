"""The same plan on Spark: every block of rows is one task that runs the compiled kernel over the broadcast postings.

The extra `distributed` brings Spark; Java 17 has to be there. Pairs and scores are those of `kg.synergies.kernel.rank`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numba import set_num_threads
from pyspark import TaskContext
from pyspark.sql import SparkSession

from kg.synergies.kernel import STEP, Postings, rank

Array = np.ndarray[Any, np.dtype[Any]]


def rank_distributed(session: SparkSession, postings: Postings, rows: Array, keep: int) -> tuple[Array, Array]:
    """Scores and row numbers of the best `keep` others of each row, as `rank` gives them, worked out by the executors."""
    context = session.sparkContext
    shared = context.broadcast(postings)

    def work(blocks: Iterable[Array]) -> Iterator[tuple[Array, Array]]:
        # Spark runs as many tasks at once as it has cores: a task that used more than its own (spark.task.cpus) would take those of others.
        task = TaskContext.get()
        set_num_threads(min(task.cpus() if task else 1, len(os.sched_getaffinity(0))))
        for block in blocks:
            yield rank(shared.value, block, keep)

    blocks = [rows[start:start + STEP] for start in range(0, len(rows), STEP)]
    answers = context.parallelize(blocks, len(blocks)).mapPartitions(work).collect()
    shared.unpersist()
    return np.vstack([scores for scores, _ in answers]), np.vstack([found for _, found in answers])
