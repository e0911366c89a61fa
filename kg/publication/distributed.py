"""The numbers of a whole graph on Spark, from N-Quads files: the same counts as the stored queries of VoID give on one machine.

The plan: read lines, split them into subject, property and object, drop the graph's name and what it makes double (RDF merge), and
count. The extra `distributed` brings Spark; Java 17 has to be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql

from kg.terms import RDF

LINE: Final = r"^(\S+) (\S+) (.+) (\S+) \.\s*$"
"""A line of canonical N-Quads without blanks in IRIs (RDF 1.1 N-Quads, 3): the object is all between property and graph."""


@dataclass(frozen=True)
class Statistics:
    """Totals as VoID names them, triples of each property, entities of each class; names are IRIs."""

    triples: int
    subjects: int
    objects: int
    entities: int
    properties: dict[str, int]
    classes: dict[str, int]


def count_distributed(session: SparkSession, path: Path) -> Statistics:
    """Count the triples of N-Quads, one file or a folder of them."""
    lines = session.read.text(str(path))
    parts = [sql.regexp_extract("value", LINE, number).alias(name) for number, name in enumerate(("subject", "property", "object"), 1)]
    triples = lines.where(sql.col("value") != "").select(*parts).distinct().cache()
    typed = triples.where(sql.col("property") == f"<{RDF.type}>")
    totals = triples.agg(sql.count("*"), sql.countDistinct("subject"), sql.countDistinct("object")).collect()[0]
    found = Statistics(int(totals[0]), int(totals[1]), int(totals[2]), typed.select("subject").distinct().count(),
                       _group(triples, "property"), _group(typed, "object"))
    triples.unpersist()
    return found


def _group(rows: DataFrame, column: str) -> dict[str, int]:
    return {str(name)[1:-1]: int(count) for name, count in sorted(map(tuple, rows.groupBy(column).count().collect()))}
