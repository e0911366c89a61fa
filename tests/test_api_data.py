"""`/data`, `/catalogue`, VoID and the feed as they are served: addresses download, checksums hold, numbers equal counts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from rdflib import OWL, RDF, Dataset, Graph, Literal, URIRef

from api.profiles import PROFILES
from kg.errors import NotFound
from kg.publication.catalogue import CATALOGUE, SPDX
from kg.publication.feed import replay
from kg.publication.quality import FILES, VERSION_2, VERSION_3, find_datasets, find_violations, score_dataset
from kg.publication.serialisations import merge, read_quads
from kg.standards import Assets, find_assets
from kg.store.local import LocalStore, parse_quads
from kg.terms import BASE, DCAT, DCT, RDFS, VOID
from kg.validation.engine import VIOLATION, validate_graph

LEAST_SCORE = 351


@pytest.fixture(scope="module")
def assets() -> Assets:
    try:
        return find_assets()
    except NotFound:
        pytest.skip("KG_STANDARDS names no folder with the official assets, and ../shared/standards is not there")


def fetch(client: TestClient, address: str, **headers: str) -> Graph:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.content, format=answer.headers["content-type"].split(";")[0])


@pytest.fixture(scope="module")
def catalogue(client: TestClient) -> Graph:
    return fetch(client, "/catalogue.ttl")


def local(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.mark.parametrize(("profile", "view"), [(VERSION_3, "/catalogue.ttl"), (VERSION_2, "/catalogue.rdf?profile=dcat-ap-2.1.1")])
def test_the_catalogue_breaks_no_shape(profile: str, view: str, client: TestClient, assets: Assets) -> None:
    graph = fetch(client, view)
    assert [str(each.focus) + each.message() for each in find_violations(graph, assets, profile)] == []
    assert len(FILES[profile]) == 3
    graph.remove((None, DCT.title, None))
    graph.add((next(graph.subjects(RDF.type, DCAT.Distribution)), DCT["format"], URIRef("urn:example:no-code")))
    found = find_violations(graph, assets, profile)
    assert {each.component for each in found} >= {"MinCountConstraintComponent", "ClassConstraintComponent", "NodeConstraintComponent"}


def test_every_dataset_scores_in_the_top_band(client: TestClient, catalogue: Graph, assets: Assets) -> None:
    def reachable(address: str) -> bool:
        return client.head(local(address)).status_code == 200

    valid = not find_violations(catalogue, assets, VERSION_3)
    scores = {dataset: score_dataset(catalogue, dataset, assets, reachable, valid) for dataset in find_datasets(catalogue)}
    assert len(scores) == 4 and min(scores.values()) >= LEAST_SCORE, scores
    dataset = next(iter(scores))
    without = Graph() + catalogue
    without.remove((dataset, DCAT.keyword, None))
    assert score_dataset(without, dataset, assets, reachable, valid) == scores[dataset] - 30


def test_every_address_downloads_and_its_checksum_holds(client: TestClient, catalogue: Graph) -> None:
    checked = 0
    for file in catalogue.subjects(RDF.type, DCAT.Distribution):
        answer = client.get(local(str(catalogue.value(file, DCAT.downloadURL))), headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200
        node = catalogue.value(file, SPDX.checksum)
        if node:
            assert hashlib.sha256(answer.content).hexdigest() == str(catalogue.value(node, SPDX.checksumValue))
            assert len(answer.content) == int(str(catalogue.value(file, DCAT.byteSize)))
            checked += 1
    assert checked >= 14
    for predicate in (DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage):
        for address in catalogue.objects(None, predicate):
            assert client.get(local(str(address))).status_code == 200, address


def test_numbers_of_void_equal_counts(client: TestClient, store: LocalStore) -> None:
    graph = fetch(client, "/.well-known/void", Accept="text/turtle")
    triples = {(s, p, o) for s, p, o in merge(read_quads(store.dump()))}
    dataset = URIRef(BASE + "dataset/graph")

    def stated(node: object, name: str) -> int:
        return int(str(graph.value(node, VOID[name])))  # type: ignore[arg-type]

    typed = [(s, o) for s, p, o in triples if p == f"<{RDF.type}>"]
    counts = {"triples": len(triples), "distinctSubjects": len({s for s, _, _ in triples}), "distinctObjects": len({o for _, _, o in triples}),
              "properties": len({p for _, p, _ in triples}), "classes": len({o for _, o in typed}), "entities": len({s for s, _ in typed})}
    assert {name: stated(dataset, name) for name in counts} == counts
    sizes = Counter(kind for _, kind in set(typed))
    classes = {f"<{graph.value(part, VOID['class'])}>": stated(part, "entities") for part in graph.objects(dataset, VOID.classPartition)}
    assert classes == sizes
    properties = {f"<{graph.value(part, VOID.property)}>": stated(part, "triples") for part in graph.objects(dataset, VOID.propertyPartition)}
    by_property: dict[str, list[tuple[str, str]]] = {}
    for s, p, o in triples:
        by_property.setdefault(p, []).append((s, o))
    assert properties == {name: len(pairs) for name, pairs in by_property.items()}
    linksets = list(graph.subjects(RDF.type, VOID.Linkset))
    assert len(linksets) > 10
    for linkset in linksets:
        predicate, space = f"<{graph.value(linkset, VOID.linkPredicate)}>", f"<{graph.value(linkset, VOID.objectsTarget)}"
        assert stated(linkset, "triples") == sum(1 for s, o in by_property[predicate] if o.startswith(space)
                                                 and s.startswith((f"<{BASE}id/", f"<{BASE}voc/")))


def test_void_keeps_the_shapes_for_federations(client: TestClient, assets: Assets) -> None:
    graph = fetch(client, "/.well-known/void.ttl")
    shapes = assets.graph("sparql-sd-void-shacl", "src/main/resources/shacl/sd-shacl.ttl")
    assert [each for each in validate_graph(graph, shapes).results if each.severity == VIOLATION] == []


def test_the_feed_of_the_catalogue_keeps_dcat_ap_feeds(client: TestClient, assets: Assets) -> None:
    feed, merged = Dataset(), Graph()
    feed.parse(data=client.get("/catalogue/feed").content, format="trig", publicID="http://testserver/catalogue/feed")
    for subject, predicate, value, _ in feed.quads():
        merged.add((subject, predicate, value))
    shapes = assets.graph("ldes-tree", "dcat-ap-feeds/shape.ttl") + assets.graph(VERSION_3, FILES[VERSION_3][0])
    members = list(merged.subjects(RDF.type, URIRef("https://www.w3.org/ns/activitystreams#Create")))
    assert len(members) > 20
    assert [each for each in validate_graph(merged, shapes).results if each.severity == VIOLATION] == []
    merged.remove((members[0], URIRef("https://www.w3.org/ns/activitystreams#object"), None))
    assert not validate_graph(merged, shapes).conforms


def test_the_feed_as_served_gives_the_published_graph(client: TestClient, store: LocalStore) -> None:
    first = client.get("/stream")
    assert first.headers["cache-control"] == "no-cache" and first.url.path == "/stream/index.trig"
    pages: list[str] = []

    def read(address: str) -> bytes:
        answer = client.get(f"/stream/{address}")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/trig")
        assert "immutable" in answer.headers["cache-control"] or address == "index.trig"
        pages.append(address)
        return answer.content

    assert replay(read) == set(merge(read_quads(store.dump())))
    answer = client.get(f"/stream/{pages[-1]}")
    assert client.get(f"/stream/{pages[-1]}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/stream/state.sqlite").status_code == client.get("/stream/none.trig").status_code == 404


def test_e01_e08_the_stream_says_what_it_is(client: TestClient, store: LocalStore) -> None:
    ldes, tree, activity = "https://w3id.org/ldes#", "https://w3id.org/tree#", "https://www.w3.org/ns/activitystreams#"
    answer = client.get("/stream")
    root = "http://testserver/stream/index.trig"
    view = Graph().parse(data=answer.content, format="turtle", publicID=root)
    stream = next(view.subjects(RDF.type, URIRef(ldes + "EventStream")))
    assert list(view.subject_objects(URIRef(tree + "view"))) == [(stream, URIRef(root))]
    assert list(view.objects(stream, URIRef(ldes + "timestampPath"))) == [URIRef(activity + "published")]
    assert list(view.objects(stream, URIRef(ldes + "versionOfPath"))) == [URIRef(activity + "object")]
    assert len(list(view.objects(stream, URIRef(tree + "shape")))) == 1
    assert int(str(view.value(stream, URIRef(ldes + "pollingInterval")))) >= 60
    nodes = {str(node) for node in view.objects(None, URIRef(tree + "node"))}
    members: list[str] = []
    for node in sorted(nodes):
        page = client.get(local(node))
        assert "immutable" in page.headers["cache-control"] and page.headers["etag"] and page.headers["last-modified"]
        listed = [(predicate, value) for _, predicate, value, _ in parse_quads(page.content, "application/trig", node)]
        here = [value.strip("<>") for predicate, value in listed if predicate == f"<{tree}member>"]
        assert len({value for predicate, value in listed if predicate == f"<{activity}object>"}) == len(here)
        members += here
    assert all(member.startswith("https://") for member in members) and len(members) == len(set(members))
    assert len(members) == len({subject for subject, _, _ in merge(read_quads(store.dump()))})
    assert answer.headers["etag"] and "no-cache" in answer.headers["cache-control"]
    again = client.get("/stream/index.trig", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content and again.headers["etag"] == answer.headers["etag"]
    packed = client.get("/stream/index.trig", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.content == answer.content


def test_void_leads_to_what_there_is(client: TestClient) -> None:
    graph = fetch(client, "/.well-known/void", Accept="text/turtle")
    dataset = URIRef(BASE + "dataset/graph")
    assert [local(str(each)) for each in graph.objects(dataset, VOID.sparqlEndpoint)] == ["/sparql"]
    dumps = {str(each) for each in graph.objects(dataset, VOID.dataDump)}
    assert {each.removesuffix(".gz").rsplit(".", 1)[-1] for each in dumps} >= {"nq", "ttl", "trig", "jsonld"}
    version = client.get("/health").headers["data-version"]
    for dump in dumps:
        assert client.head(local(dump)).status_code == 200 and version in dump
    assert str(graph.value(dataset, OWL.versionInfo)) == version
    assert len(set(graph.objects(dataset, VOID.vocabulary))) >= 5
    for example in graph.objects(dataset, VOID.exampleResource):
        assert client.get("/" + str(example).removeprefix(BASE), headers={"Accept": "text/turtle"}).status_code == 200
    asked = client.get("/sparql", params={"query": "ASK {}"})
    assert asked.json()["boolean"] is True and asked.headers["data-version"] == version


def test_the_catalogue_names_services_and_the_date_of_the_release(client: TestClient, catalogue: Graph) -> None:
    services = {str(catalogue.value(service, DCAT.endpointURL)) for service in catalogue.subjects(RDF.type, DCAT.DataService)}
    assert {local(each) for each in services} >= {"/sparql"}
    issued = client.get("/data", headers={"Accept": "application/json"}).json()["releases"][0]["issued"]
    main = URIRef(BASE + "dataset/graph")
    assert str(catalogue.value(main, DCT.modified))[:10] == issued
    assert len(list(catalogue.objects(main, DCAT.distribution))) >= 5


def test_files_have_the_manners_of_files(client: TestClient) -> None:
    lead = client.get("/data/latest/urban-agenda-kg.ttl.gz", follow_redirects=False)
    address = lead.headers["location"]
    whole = client.get(address)
    assert lead.status_code == 307 and whole.headers["etag"] == f'"{hashlib.sha256(whole.content).hexdigest()}"'
    assert "immutable" in whole.headers["cache-control"] and "content-encoding" not in whole.headers
    assert client.head(address).headers["content-length"] == str(len(whole.content))
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == whole.content[10:20]
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    for unknown in ("/data/none/SHA256SUMS", "/data/latest/none.gz", "/data/latest/..%2F..%2Findex.sqlite"):
        assert client.get(unknown).status_code == 404, unknown


def test_the_page_tells_search_engines_and_programs(client: TestClient) -> None:
    page = client.get("/data", headers={"Accept": "text/html"}).text
    block = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert block["@type"] == "Dataset" and len(block["distribution"]) >= 7 and block["license"]
    listed = client.get("/data", headers={"Accept": "application/json"}).json()
    files = {file["name"] for file in listed["releases"][0]["files"]}
    sums = client.get("/data/latest/SHA256SUMS").text
    assert files == {line.split("  ")[1] for line in sums.splitlines()} and all(name in page for name in files)


def test_the_profile_is_negotiated(client: TestClient) -> None:
    for name in (VERSION_3, VERSION_2, "schema.org"):
        for answer in (client.get(f"/catalogue?profile={name}", headers={"Accept": "application/ld+json"}),
                       client.get("/catalogue", headers={"Accept": "application/ld+json", "Accept-Profile": f"<{PROFILES[name]}>"})):
            assert answer.headers["content-profile"] == f"<{PROFILES[name]}>" and "Accept-Profile" in answer.headers["vary"]
    assert client.get("/catalogue?profile=none").status_code == 406
    assert client.get("/catalogue.ttl", headers={"Accept-Profile": "<urn:none>, <https://schema.org/>;q=0"}).status_code == 406
    two = fetch(client, "/catalogue.ttl?profile=dcat-ap-2.1.1")
    assert (CATALOGUE, DCT.title, Literal("Catalogue of the Urban Agenda knowledge graph", lang="en")) in two
    assert not list(two.subjects(RDF.type, DCAT.DatasetSeries)) and not list(two.subject_objects(RDFS.seeAlso))


def test_the_release_is_kept_where_the_service_keeps_its_files(client: TestClient, settings: object) -> None:
    version = client.get("/data", headers={"Accept": "application/json"}).json()["latest"]
    assert (Path(settings.var) / "releases" / version / "manifest.json").exists()  # type: ignore[attr-defined]
