"""Whole-graph statistics on Spark are those of the stored queries on one machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from kg.generate import generate
from kg.publication import void
from kg.queries import load_query
from kg.store.local import LocalStore

TRICKY = ('<https://example.org/a> <http://purl.org/dc/terms/title> "a \\"b\\" <c> <d> ."@en <https://example.org/g1> .\n'
          '<https://example.org/a> <http://purl.org/dc/terms/title> "a \\"b\\" <c> <d> ."@en <https://example.org/g2> .\n'
          '<https://example.org/a> <http://purl.org/dc/terms/title> "two\\nlines" <https://example.org/g2> .\n')


@pytest.fixture(scope="module")
def session() -> Any:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is missing: pip install 'urban-agenda-kg[distributed]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: apt-get install openjdk-17-jre-headless")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
    yield made
    made.stop()


def test_the_numbers_are_those_of_one_machine(tmp_path: Path, session: Any) -> None:
    from kg.publication.distributed import count_distributed

    data = b"".join(generate(60, 3)) + TRICKY.encode()
    (tmp_path / "data.nq").write_bytes(data)
    store = LocalStore()
    store.load(data)

    def rows(name: str) -> list[dict[str, str]]:
        return [{key: str(term) for key, term in row.items()} for row in store.select(load_query(void.QUERIES / f"{name}.rq").text)]

    found, totals = count_distributed(session, tmp_path / "data.nq"), rows("totals")[0]
    assert (found.triples, found.subjects, found.objects) == tuple(int(totals[name]) for name in ("triples", "subjects", "objects"))
    assert found.entities == int(rows("entities")[0]["entities"])
    assert found.properties == {row["property"]: int(row["triples"]) for row in rows("properties")}
    assert found.classes == {row["class"]: int(row["entities"]) for row in rows("classes")}
