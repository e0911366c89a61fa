"""The compiled kernel: exact beside the plain product, the same weights as the published features, the same pairs on Spark."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from kg.rules import load_rules
from kg.store.local import LocalStore
from kg.synergies.ranking import load_ranking

kernel = pytest.importorskip("numba", reason="the extra `scale` (numba) is not installed") and __import__(
    "kg.synergies.kernel", fromlist=["rank"])
from kg.bench.synergies import bench, draw_kinds, draw_plot  # noqa: E402  # after the check that the kernel is there
from kg.synergies.weights import Kind, weigh  # noqa: E402

KEEP = 20


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


@pytest.fixture(scope="module")
def drawn() -> tuple[Any, Any]:
    kinds, concepts = draw_kinds(3000, 7, {}, {})
    assert 11 < concepts < 13
    return weigh(3000, kinds)


def test_the_best_are_those_of_the_plain_product(drawn: tuple[Any, Any]) -> None:
    queries, targets = drawn
    scores, found = kernel.rank(kernel.Postings.of(queries, targets), np.arange(3000), KEEP)
    exact = np.floor(np.asarray((queries @ targets.T).todense()) * 1e9 + 0.5) / 1e9
    np.fill_diagonal(exact, 0)
    for row in range(0, 3000, 97):
        order = np.lexsort((np.arange(3000), -exact[row]))[:KEEP]
        assert np.allclose(scores[row], exact[row][order], atol=2e-9)
        assert set(found[row][scores[row] > scores[row][-1] + 2e-9]) <= set(order)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_blocks_make_no_difference(drawn: tuple[Any, Any]) -> None:
    queries, targets = drawn
    rows = np.arange(0, 3000, 13)
    whole = kernel.rank(kernel.Postings.of(queries, targets), rows, KEEP)
    halves = [kernel.rank(kernel.Postings.of(queries, targets), part, KEEP) for part in (rows[:100], rows[100:])]
    assert (np.vstack([half[1] for half in halves]) == whole[1]).all()


def test_weights_are_those_of_the_published_features(store: LocalStore) -> None:
    ranking = load_ranking(store)
    kinds = []
    for rule in load_rules():
        columns = [number for number, feature in enumerate(ranking.features) if ranking.about[feature][0] == rule.iri]
        roles = {}
        for role, matrix in ranking.matrices.items():
            part = matrix[:, columns].tocoo()
            if part.nnz:
                roles[role] = part.row, part.col
        if roles:
            kinds.append(Kind(rule.weight, len(columns), roles))
    queries, targets = weigh(len(ranking.items), kinds)
    for item in ranking.items[::40]:
        mine = np.asarray((targets @ queries[ranking.row[item]].T).todense()).ravel()
        mine[ranking.row[item]] = 0
        assert np.allclose(mine, ranking.scores(item), atol=2e-5)


def test_the_bench_says_what_it_measured(tmp_path: Any) -> None:
    cost = bench(500, 1, {}, {}, silent)
    assert cost.items == 500 and cost.recall == 1.0 and cost.all_pairs > 0
    draw_plot([cost], tmp_path / "cost.svg")
    assert (tmp_path / "cost.svg").read_text().startswith("<svg")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="the extra `distributed` (pyspark) is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
    yield made
    made.stop()


def test_spark_gives_identical_pairs(drawn: tuple[Any, Any], session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.synergies import distributed

    monkeypatch.setattr(distributed, "STEP", 700)
    postings = kernel.Postings.of(*drawn)
    rows = np.arange(0, 3000, 2)
    scores, found = kernel.rank(postings, rows, KEEP)
    far_scores, far_found = distributed.rank_distributed(session, postings, rows, KEEP)
    assert (far_found == found).all() and (far_scores == scores).all()


def test_a_task_of_spark_uses_its_own_core_alone(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.synergies import distributed

    def count(postings: object, rows: Any, keep: int) -> tuple[Any, Any]:
        from numba import get_num_threads

        return np.full((len(rows), keep), get_num_threads()), rows.reshape(-1, 1)

    monkeypatch.setattr(distributed, "rank", count)
    threads, _ = distributed.rank_distributed(session, None, np.arange(8), KEEP)  # type: ignore[arg-type]
    assert (threads == 1).all()
