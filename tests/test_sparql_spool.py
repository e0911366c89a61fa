"""The cap on rows holds for every form of answer and every row, with values or without, wherever the pieces are cut."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.errors import TooLarge
from kg.sparql import spool as spooling
from kg.sparql.spool import Spool

FORMS = {"srj": ox.QueryResultsFormat.JSON, "srx": ox.QueryResultsFormat.XML, "csv": ox.QueryResultsFormat.CSV,
         "tsv": ox.QueryResultsFormat.TSV}
QUERIES = {
    "values": 'SELECT ?x { VALUES (?x ?y) { %s } }', "mixed": "SELECT ?x ?y { VALUES (?x ?y) { %s } }",
    "none": "SELECT ?z { VALUES (?x ?y) { %s } }"}
ROWS = ["(1 2)", "(UNDEF UNDEF)", "(UNDEF UNDEF)", "(UNDEF 3)", '("a},{\\"b,\\n\\"" 4)', "(UNDEF UNDEF)", "(5 UNDEF)"]


def write(path: Path, query: str, suffix: str, most: int, cut: int) -> Spool:
    spool = Spool(str(path), most_bytes=10**7, most_rows=most, suffix=suffix, gzip=False)
    result = ox.Store().query(query)
    assert isinstance(result, ox.QuerySolutions)
    written = result.serialize(None, FORMS[suffix])
    assert written
    for start in range(0, len(written), cut):
        spool.write(written[start:start + cut])
    spool.finish()
    return spool


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("cut", [7, 10_000])
def test_every_row_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, kind: str, cut: int) -> None:
    monkeypatch.setattr(spooling, "INLINE", 1)
    monkeypatch.setattr(spooling, "PIECE", 1)
    query = QUERIES[kind] % " ".join(ROWS * 30)
    assert write(tmp_path / "most", query, suffix, 210, cut).rows == 210
    with pytest.raises(TooLarge):
        write(tmp_path / "more", query, suffix, 209, cut)
