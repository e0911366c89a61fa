"""`kg check publication`: every promise is kept for a small dataset, and each kind of damage is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from kg.errors import NotFound
from kg.publication.checks import check_publication
from kg.publication.feed import INDEX
from kg.settings import read_settings
from kg.standards import Assets, find_assets
from kg.store.local import LocalStore
from kg.terms import DCT, GRAPH, ID, RDF, UAEU, XSD, thing


@pytest.fixture(scope="module")
def assets() -> Assets:
    try:
        return find_assets()
    except NotFound:
        pytest.skip("KG_STANDARDS names no folder with the official assets, and ../shared/standards is not there")


def test_promises_are_kept_and_damage_is_found(tmp_path: Path, assets: Assets) -> None:
    settings, store = read_settings({}, var=tmp_path), LocalStore()
    graph, source = Graph(), GRAPH["test"]
    graph.add((thing("city", "gent"), RDF.type, UAEU.City))
    graph.add((thing("city", "gent"), UAEU.population, Literal("1", datatype=XSD.integer)))
    graph.add((source, DCT.isPartOf, ID["source/test"]))
    graph.add((source, DCT.issued, Literal("2026-11-24", datatype=XSD.date)))
    store.put(URIRef(source), graph)
    found = list(check_publication(settings, store, assets))
    assert [check for check in found if not check.kept] == [] and len(found) >= 13
    release = next(path for path in (tmp_path / "releases").iterdir() if path.is_dir())
    (release / "synergies.ttl.gz").write_bytes(b"")
    page = next(path for path in (tmp_path / "feed").glob("*.trig") if path.name != INDEX)
    page.write_text(page.read_text(encoding="utf-8").replace("uaeu:population 1", "uaeu:population 2")
                    .replace('population "1"', 'population "2"'), encoding="utf-8")
    broken = {check.name for check in check_publication(settings, store, assets) if not check.kept}
    assert broken == {"checksums hold", "the feed replays to the graph"}
