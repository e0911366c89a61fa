"""Dumps: the same bytes each time, the same dataset back, and the difference of two."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from kg.errors import UnreadableFile
from kg.publication.dumps import compare_dumps, read_dump, write_dump
from kg.store.local import LocalStore
from kg.terms import GRAPH, SKOS, thing


def make_store(*labels: str) -> LocalStore:
    store, graph = LocalStore(), Graph()
    for label in labels:
        graph.add((thing("city", label.lower()), SKOS.prefLabel, Literal(label, lang="nl")))
    store.put(URIRef(GRAPH["test"]), graph)
    return store


def test_equal_data_give_equal_bytes(tmp_path: Path) -> None:
    first = write_dump(make_store("Haarlem", "Gent"), tmp_path / "a")
    second = write_dump(make_store("Gent", "Haarlem"), tmp_path / "b")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.version == second.version


def test_a_dump_loads_into_the_same_dataset(tmp_path: Path) -> None:
    written = write_dump(make_store("Haarlem", "Gent"), tmp_path)
    copy = LocalStore()
    copy.load(read_dump(written.path))
    assert (copy.version(), copy.size()) == (written.version, 2)


def test_a_cut_or_changed_dump_is_refused(tmp_path: Path) -> None:
    written = write_dump(make_store("Haarlem"), tmp_path)
    written.path.write_bytes(written.path.read_bytes()[:-9])
    with pytest.raises(UnreadableFile, match="checksum"):
        read_dump(written.path)
    (tmp_path / f"{written.path.name}.sha256").unlink()
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_dump(written.path)


def test_the_difference_says_what_went_and_came(tmp_path: Path) -> None:
    old, new = b"".join(make_store("Haarlem", "Gent").dump()), b"".join(make_store("Haarlem", "Lille").dump())
    lines = list(compare_dumps(old, new))
    assert lines[0] == "TX ." and lines[-1] == "TC ."
    assert [line[0] for line in lines[1:-1]] == ["D", "A"]
    assert "Gent" in lines[1] and "Lille" in lines[2]
