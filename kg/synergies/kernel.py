"""The compiled kernel: the best others of many things, exactly, block by block.

Score of two things = inner product of the query row of one and the target row of the other (`kg.synergies.weights`). Targets are cut
into blocks whose sums fit into the cache of a core; for each block and row the postings of the row's features are added up, and
whatever comes near the last kept one is scored again in double precision. Features that many have and that add little are left
out of the first sum, as long as all they could add is less than the share `LEFT_OUT` of the score of the last kept one; near then means
less by that much (the bound of MaxScore: Turtle and Flood 1995). So no pair is missed and no score is an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from numba.np.ufunc.parallel import get_thread_id
from scipy.sparse import csr_matrix

SCALE = 1e9
TARGETS = 1 << 13
ROWS = 256
STEP = 4096
STRIP = 64
LEFT_OUT = 0.15
SLACK = 4e-6
"""Greatest error of a sum in single precision that is looked at again: 64 terms of at most 1, each rounded to 2^-24."""

Array = np.ndarray[Any, np.dtype[Any]]
Rows = tuple[Array, Array, Array]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Postings:
    """Rows to ask with, rows to be found, and who of each block has each feature, with its value.

    Rows are pointers (int64), features (int32), values (float64). `pointers` has the shape (blocks, features + 1) and points into
    `places` (uint16, within the block) and `values` (float32). `most` is the greatest value of a feature, `held` how many have it.
    """

    queries: Rows
    targets: Rows
    pointers: Array
    places: Array
    values: Array
    most: Array
    held: Array

    @classmethod
    def of(cls, queries: csr_matrix, targets: csr_matrix) -> Postings:
        """Cut the targets into blocks; matrices have the shape (things, features)."""
        pointers, places, values, size = [], [], [], 0
        for start in range(0, targets.shape[0], TARGETS):
            turned = targets[start:start + TARGETS].T.tocsr()
            pointers.append(turned.indptr.astype(np.int64) + size)
            places.append(turned.indices.astype(np.uint16))
            values.append(turned.data.astype(np.float32))
            size += turned.nnz
        most = np.asarray(targets.max(axis=0).todense()).ravel()
        return cls(_rows(queries), _rows(targets), np.array(pointers), np.concatenate(places), np.concatenate(values), most,
                   targets.getnnz(axis=0).astype(np.int64))


def _rows(matrix: csr_matrix) -> Rows:
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)


def rank(postings: Postings, rows: Array, keep: int, report: Progress | None = None) -> tuple[Array, Array]:
    """Scores and row numbers of the best `keep` others of each row, shape (rows, keep); ties by row number, -1 for none.

    Scores are rounded to nine digits, as everywhere.
    """
    threads, features, things = get_num_threads(), postings.pointers.shape[1] - 1, len(postings.targets[0]) - 1
    scores, found = np.full((len(rows), keep), -1.0), np.full((len(rows), keep), things, np.int64)
    sums, want = np.zeros((threads, TARGETS), np.float32), np.zeros((threads, features))
    for start in range(0, len(rows), STEP):
        step = slice(start, start + STEP)
        _rank(np.ascontiguousarray(rows[step]).astype(np.int64), things, *postings.queries, *postings.targets, postings.pointers,
              postings.places, postings.values, postings.most, postings.held, sums, want, scores[step], found[step])
        if report:
            report("all pairs", min(start + STEP, len(rows)), len(rows))
    none = scores <= 0
    scores[none], found[none] = 0.0, -1
    order = np.lexsort((found, -scores), axis=1)
    return np.take_along_axis(scores, order, axis=1) / SCALE, np.take_along_axis(found, order, axis=1)


@njit(inline="always")
def _worse(score, row, other_score, other):  # type: ignore[no-untyped-def]  # compiled
    return score < other_score or (score == other_score and row > other)


@njit
def _push(scores, rows, score, row):  # type: ignore[no-untyped-def]  # compiled
    """Put into a heap whose first is the worst kept one."""
    size, at = len(scores), 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _worse(scores[child + 1], rows[child + 1], scores[child], rows[child]):
            child += 1
        if not _worse(scores[child], rows[child], score, row):
            break
        scores[at], rows[at] = scores[child], rows[child]
        at = child
    scores[at], rows[at] = score, row


@njit(fastmath=True)
def _any_above(sums, start, least):  # type: ignore[no-untyped-def]  # compiled
    """Whether a strip holds a sum above the least one; without a branch, so that the compiler makes it one comparison of many."""
    found = np.int32(0)
    for at in range(start, start + STRIP):
        found |= np.int32(sums[at] > least)
    return found != 0


@njit
def _worth(features, values, most, held):  # type: ignore[no-untyped-def]  # compiled
    """What a feature can add, for each thing that has it."""
    worth = np.empty(len(features))
    for at in range(len(features)):
        worth[at] = values[at] * most[features[at]] / max(held[features[at]], 1)
    return worth


@njit(parallel=True)
def _rank(rows, things, qp, qi, qv, tp, ti, tv, pointers, places, values, most, held, SUMS, WANT, scores, found):  # type: ignore[no-untyped-def]  # compiled
    for chunk in prange((len(rows) + ROWS - 1) // ROWS):
        sums, want = SUMS[get_thread_id()], WANT[get_thread_id()]
        begin, end = chunk * ROWS, min((chunk + 1) * ROWS, len(rows))
        starts = np.zeros(end - begin + 1, np.int64)
        for number in range(begin, end):
            starts[number - begin + 1] = starts[number - begin] + qp[rows[number] + 1] - qp[rows[number]]
        order = np.empty(starts[-1], np.int64)
        for number in range(begin, end):
            row = rows[number]
            order[starts[number - begin]:starts[number - begin + 1]] = qp[row] + np.argsort(
                _worth(qi[qp[row]:qp[row + 1]], qv[qp[row]:qp[row + 1]], most, held))
        for block in range(len(pointers)):
            first = block * TARGETS
            size = min(TARGETS, things - first)
            for number in range(begin, end):
                row = rows[number]
                sums[:] = 0
                worst = scores[number, 0] / SCALE
                spare = 0.0
                for each in order[starts[number - begin]:starts[number - begin + 1]]:
                    feature, value = qi[each], np.float32(qv[each])
                    want[feature] = qv[each]
                    if spare + qv[each] * most[feature] <= LEFT_OUT * worst:
                        spare += qv[each] * most[feature]
                        continue
                    for entry in range(pointers[block, feature], pointers[block, feature + 1]):
                        sums[places[entry]] += value * values[entry]
                least = np.float32(max(worst - spare - SLACK, 0.0))
                for strip in range(0, TARGETS, STRIP):
                    if not _any_above(sums, strip, least):
                        continue
                    for at in range(strip, min(strip + STRIP, size)):
                        other = first + at
                        if sums[at] <= least or other == row:
                            continue
                        total = 0.0
                        for cell in range(tp[other], tp[other + 1]):
                            total += want[ti[cell]] * tv[cell]
                        score = np.floor(total * SCALE + 0.5)
                        if _worse(scores[number, 0], found[number, 0], score, other):
                            _push(scores[number], found[number], score, other)
                            least = np.float32(max(scores[number, 0] / SCALE - spare - SLACK, 0.0))
                for each in range(qp[row], qp[row + 1]):
                    want[qi[each]] = 0.0
