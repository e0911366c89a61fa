"""The build: deterministic, one data version, nothing replaced when a row is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import build_apart
from rdflib import BNode

from kg import resources
from kg.build import Built, build, read_sources
from kg.errors import BrokenRow, StoreLocked
from kg.index import Index
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore


def test_the_build_has_one_data_version(built: Built, store: LocalStore, settings: Settings) -> None:
    assert built.version == store.version() == Index(settings.var / "index.sqlite").version()
    assert built.quads == store.size()


def test_building_again_gives_the_same_bytes(built: Built, tmp_path: Path) -> None:
    assert build_apart(tmp_path).version == built.version


def test_published_graphs_have_no_blank_nodes() -> None:
    graphs = read_sources(resources.data())
    assert not [name for name, graph in graphs.items() for triple in graph for term in triple if isinstance(term, BNode)]


def test_a_broken_row_stops_the_build_and_leaves_the_store(tmp_path: Path) -> None:
    var = tmp_path / "var"
    kept = LocalStore(var / "store")
    kept.load(b'<urn:a> <urn:p> "kept" <urn:g> .\n')
    kept.close()
    source = tmp_path / "data" / "partner"
    source.mkdir(parents=True)
    (source / "source.ttl").write_text(
        "<https://w3id.org/uaeu-kg/id/source/partner> <http://purl.org/dc/terms/title> 'P' ; "
        "<http://purl.org/dc/terms/publisher> <urn:p> ; <http://purl.org/dc/terms/license> <urn:l> .", encoding="utf-8")
    (source / "initiatives.csv").write_text("id,name,start\na,A,soon\n", encoding="utf-8")
    with pytest.raises(BrokenRow, match="partner/initiatives.csv, line 2, column 3"):
        build(read_settings({}, var=var, data=tmp_path / "data"))
    assert LocalStore(var / "store").size() == 1


def test_a_build_refuses_a_store_in_use(tmp_path: Path) -> None:
    held = LocalStore(tmp_path / "store")
    with pytest.raises(StoreLocked, match="another process|open"):
        build(read_settings({}, var=tmp_path))
    held.close()
