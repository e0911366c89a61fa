"""The W3C's tests of the SPARQL 1.1 Protocol and of the service description, sent over HTTP.

The public service only reads: where a test expects an update to be carried out, it must be refused and change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node
from sparql_service import Service, run_service

TESTS = Path(os.environ.get("KG_STANDARDS", Path(__file__).parents[2] / "shared" / "standards")) / "w3c-sparql-tests/sparql/sparql11"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
TABULAR = {"application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"}
GRAPHS = {"text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"}

pytestmark = pytest.mark.skipif(not TESTS.is_dir(), reason="the W3C tests are not at KG_STANDARDS")


def read_manifest(name: str) -> Graph:
    path = TESTS / name / "manifest.ttl"
    return Graph().parse(path, publicID=path.as_uri()) if path.exists() else Graph()


PROTOCOL = read_manifest("protocol")
NAMES = sorted(str(test).rsplit("#", 1)[-1] for test in PROTOCOL.subjects(RDF.type, MF.ProtocolTest))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    graphs: dict[URIRef, Graph] = {}
    for data in PROTOCOL.objects(None, UT.graphData):
        label, path = PROTOCOL.value(data, RDFS.label), PROTOCOL.value(data, UT.graph)
        graphs[URIRef(str(label))] = Graph().parse(TESTS / "protocol" / str(path).rsplit("/", 1)[-1], format="nt")
    with run_service(tmp_path_factory.mktemp("w3c"), graphs) as running:
        yield running


def send(service: Service, request: Node) -> httpx.Response:
    headers: dict[str, str] = {}
    listed = PROTOCOL.value(request, HT.headers)
    for header in Collection(PROTOCOL, listed) if listed else ():
        headers[str(PROTOCOL.value(header, HT.fieldName))] = str(PROTOCOL.value(header, HT.fieldValue))
    body, content = PROTOCOL.value(request, HT.body), b""
    if body is not None:
        encoding = str(PROTOCOL.value(body, CNT.characterEncoding) or "UTF-8")
        content = str(PROTOCOL.value(body, CNT.chars) or "").encode(encoding)
    return service.client.request(str(PROTOCOL.value(request, HT.methodName)), str(PROTOCOL.value(request, HT.absolutePath)),
                                  content=content, headers=headers)


@pytest.mark.parametrize("name", NAMES)
def test_protocol(service: Service, name: str) -> None:
    test = next(test for test in PROTOCOL.subjects(RDF.type, MF.ProtocolTest) if str(test).endswith("#" + name))
    before = service.get("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }").text
    requests = PROTOCOL.value(PROTOCOL.value(test, MF.action), HT.requests)
    for request in Collection(PROTOCOL, requests):
        answer, wanted = send(service, request), PROTOCOL.value(request, HT.resp)
        if name.startswith("update_"):
            if "update" in str(PROTOCOL.value(request, HT.absolutePath)) or answer.status_code != 200:
                assert answer.status_code in (400, 403, 404, 405)
            continue
        statuses = {str(each).rsplit("StatusCode", 1)[-1][0] for each in PROTOCOL.objects(wanted, MF.expectedStatus)}
        assert str(answer.status_code)[0] in statuses, (answer.status_code, answer.text[:200])
        kind = answer.headers["content-type"].split(";")[0]
        match str(PROTOCOL.value(wanted, MF.expectedFormat)):
            case "boolean":
                expected = PROTOCOL.value(wanted, MF.expectedBoolean)
                assert expected is None or answer.json()["boolean"] is expected.toPython()
            case "tabular":
                assert kind in TABULAR
            case "RDF":
                assert kind in GRAPHS
    assert service.get("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }").text == before


def test_all_of_the_protocol_is_here() -> None:
    assert len(NAMES) == 34


def test_service_description_returns_rdf(service: Service) -> None:
    answer = service.client.get("/sparql")
    assert answer.headers["content-type"].split(";")[0] in GRAPHS
    assert Graph().parse(data=answer.text, format="turtle")


def test_service_description_has_the_endpoint_of_the_request(service: Service) -> None:
    graph = Graph().parse(data=service.client.get("/sparql").text, format="turtle")
    described = [each for each in graph.subjects(RDF.type, SD.Service)
                 if (each, SD.endpoint, URIRef(service.address + "sparql")) in graph]
    assert len(described) == 1


def test_service_description_conforms_to_the_schema(service: Service) -> None:
    graph = Graph().parse(data=service.client.get("/sparql").text, format="turtle")
    service_node = graph.value(predicate=RDF.type, object=SD.Service)
    dataset = graph.value(service_node, SD.defaultDataset)
    assert (dataset, RDF.type, SD.Dataset) in graph
    for named in graph.objects(dataset, SD.namedGraph):
        assert (named, RDF.type, SD.NamedGraph) in graph and isinstance(graph.value(named, SD.name), URIRef)
