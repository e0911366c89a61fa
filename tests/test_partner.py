"""A partner's folder: static files that describe themselves, and that are the same graphs where they are harvested."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from harvesting import MEALS, list_ghent, make_harvester, read_case
from rdflib import Graph, Literal, URIRef

from kg.errors import NotFound
from kg.publication.feed import replay
from kg.publication.partner import publish_part
from kg.publication.quality import VERSION_3, find_violations
from kg.publication.serialisations import merge, read_quads
from kg.settings import Settings, read_settings
from kg.standards import find_assets
from kg.store.local import LocalStore
from kg.terms import DCAT, DCT, FOAF, GRAPH, RDF, VOID, thing

PAGE, SECOND = GRAPH["ghent/ghent.example-12ab34cd-high"], GRAPH["ghent/uncited-medium"]
LICENCE = URIRef("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({}, var=tmp_path / "theirs")


@pytest.fixture
def store() -> LocalStore:
    """The store of the partner: its two graphs, one that it harvested, and who it is."""
    made, whole = LocalStore(), read_case("ghent.ttl")
    part, source, council = whole.cbd(MEALS), thing("source", "ghent"), URIRef("https://data.ghent.example/id/council")
    about = Graph()
    for predicate, value in ((DCT.title, Literal("Procurement of Ghent", lang="en")), (DCT.publisher, council), (DCT.license, LICENCE)):
        about.add((source, predicate, value))
    about.add((council, FOAF.name, Literal("City of Ghent <Gent>", lang="en")))
    made.put_all({PAGE: part, SECOND: whole - part, GRAPH["harvest/other/data"]: read_case("here.ttl"), GRAPH["provenance"]: about})
    return made


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "out").mkdir()
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "out")))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


WAYS = {"catalogue": "a <http://www.w3.org/ns/dcat#Catalog> ; "
                     "<http://www.w3.org/ns/dcat#distribution> [ <http://www.w3.org/ns/dcat#downloadURL> <ADDRESS/catalogue.ttl> ]",
        "dump": "void:dataDump <ADDRESS/ghent.nq.gz>", "stream": "<https://w3id.org/tree#view> <ADDRESS/feed/index.trig>"}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_harvest_of_the_folder_gives_the_same_graphs(way: str, served: str, settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    part = publish_part(settings, store, "ghent", tmp_path / "out")
    assert (part.graphs, part.quads) == (2, len(read_case("ghent.ttl")))
    here = make_harvester(tmp_path / "var")
    outcome, = here.take(list_ghent(tmp_path, served, WAYS[way]))
    assert outcome.state == "published", outcome
    if way == "stream":
        assert set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))
    else:
        assert {name: set(graph) for name, graph in here.harvested().items()} == {
            "ghent/ghent.example-12ab34cd-high": set(store.graph(PAGE)), "ghent/uncited-medium": set(store.graph(SECOND))}
    assert here.take(list_ghent(tmp_path, served, WAYS[way]))[0].state == "unchanged"


def test_equal_data_give_equal_bytes_and_nobody_elses(settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    first, second = publish_part(settings, store, "ghent", tmp_path / "a"), publish_part(settings, store, "ghent", tmp_path / "b")
    assert first.files == second.files and first.members == 4 and second.members == 0
    content = gzip.decompress((tmp_path / "a" / "ghent.nq.gz").read_bytes()).decode()
    assert "Bruges" not in content and str(GRAPH["harvest/ghent/"]) in content
    sums = (tmp_path / "a" / "SHA256SUMS").read_text(encoding="ascii")
    assert all(f"{digest}  {name}\n" in sums for name, digest in first.files.items())
    assert not list((tmp_path / "a").rglob("*.sqlite"))


def test_the_feed_of_the_folder_replays_to_its_graph(settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    publish_part(settings, store, "ghent", tmp_path / "out")
    store.put(PAGE, Graph())
    assert publish_part(settings, store, "ghent", tmp_path / "out").members == 1
    lines = gzip.decompress((tmp_path / "out" / "ghent.nq.gz").read_bytes()).splitlines()
    assert replay(lambda address: (tmp_path / "out" / "feed" / address).read_bytes()) == set(merge(read_quads(lines)))


def test_void_dcat_and_page_say_what_is_there(settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    publish_part(settings, store, "ghent", tmp_path / "out")
    void = Graph().parse(tmp_path / "out" / "void.ttl", publicID="https://data.ghent.example/kg/void.ttl")
    dataset = URIRef("https://data.ghent.example/kg/void.ttl#dataset")
    assert int(str(void.value(dataset, VOID.triples))) == len(read_case("ghent.ttl"))
    assert URIRef("https://data.ghent.example/kg/ghent.ttl.gz") in set(void.objects(dataset, VOID.dataDump))
    catalogue = Graph().parse(tmp_path / "out" / "catalogue.ttl", publicID="https://data.ghent.example/kg/catalogue.ttl")
    files = {str(each) for each in catalogue.objects(None, DCAT.downloadURL)}
    assert files == {f"https://data.ghent.example/kg/ghent.{suffix}.gz" for suffix in ("nq", "ttl")}
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "City of Ghent &lt;Gent&gt;" in page and 'href="ghent.nq.gz"' in page and "kg harvest" in page
    assert (URIRef("https://data.ghent.example/id/council"), RDF.type, FOAF.Agent) in catalogue


def test_the_catalogue_of_the_folder_keeps_dcat_ap(settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    try:
        assets = find_assets()
    except NotFound as error:
        pytest.skip(str(error))
    publish_part(settings, store, "ghent", tmp_path / "out")
    catalogue = Graph().parse(tmp_path / "out" / "catalogue.ttl", publicID="https://data.ghent.example/kg/catalogue.ttl")
    assert [str(each) for each in find_violations(catalogue, assets, VERSION_3)] == []


@pytest.mark.parametrize("name", ["nobody", "harvest", "contribution"])
def test_only_a_source_of_its_own_is_published(name: str, settings: Settings, store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="ghent"):
        publish_part(settings, store, name, tmp_path / "out")


