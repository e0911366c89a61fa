"""The same plan on Spark: every block of rows is one task that runs the compiled kernel over the broadcast postings.

The extra `distributed` brings Spark; Java 17 has to be there. Pairs and scores are those of `kg.synergies.kernel.rank`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from kg.synergies.kernel import STEP, Postings, rank

Array = np.ndarray[Any, np.dtype[Any]]


def rank_distributed(session: SparkSession, postings: Postings, rows: Array, keep: int) -> tuple[Array, Array]:
    """Scores and row numbers of the best `keep` others of each row, as `rank` gives them, worked out by the executors."""
    context = session.sparkContext
    shared = context.broadcast(postings)

    def work(blocks: Iterable[Array]) -> Iterator[tuple[Array, Array]]:
        for block in blocks:
            yield rank(shared.value, block, keep)

    blocks = [rows[start:start + STEP] for start in range(0, len(rows), STEP)]
    answers = context.parallelize(blocks, len(blocks)).mapPartitions(work).collect()
    shared.unpersist()
    return np.vstack([scores for scores, _ in answers]), np.vstack([found for _, found in answers])
