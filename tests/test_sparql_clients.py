"""Clients that people have, against a running service; requests of others replayed from tests/cases/protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pandas
import pytest
from rdflib import Dataset, Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from sparql_service import ONE, Service, run_service
from SPARQLWrapper import GET, JSON, JSONLD, POST, POSTDIRECTLY, RDFXML, URLENCODED, XML, SPARQLWrapper

from kg.client import Client
from kg.errors import Busy, Invalid, KgError, NotFound, OutOfMemory, OutOfTime, QuerySyntax, Refused, StoreFailed, TooLarge, TooMany

NAMES = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?o } ORDER BY ?s"
REQUESTS = sorted((Path(__file__).parent / "cases" / "protocol").glob("*.json"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("clients")) as running:
        yield running


@pytest.mark.parametrize(("method", "encoding"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)])
@pytest.mark.parametrize("result", [None, JSON, XML])
def test_sparqlwrapper(service: Service, method: str, encoding: str, result: str | None) -> None:
    request = SPARQLWrapper(service.address + "sparql", **({"returnFormat": result} if result else {}))
    request.setMethod(method)
    request.setRequestMethod(encoding)
    request.setQuery(NAMES)
    answer = request.queryAndConvert()
    if result == JSON:
        assert len(answer["results"]["bindings"]) == 300
    else:
        assert len(answer.getElementsByTagName("result")) == 300


@pytest.mark.parametrize("result", [RDFXML, JSONLD])
def test_sparqlwrapper_graph(service: Service, result: str) -> None:
    request = SPARQLWrapper(service.address + "sparql", returnFormat=result)
    request.setQuery(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{ONE}> {{ ?s ?p ?o }} }}")
    assert len(request.queryAndConvert()) == 901


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_store(service: Service, method: str) -> None:
    store = SPARQLStore(service.address + "sparql", method=method)
    assert len(list(Graph(store).query(NAMES))) == 300
    assert len(Graph(store, identifier=ONE)) == 901
    assert len(list(Graph(store, identifier=URIRef("urn:unknown")).triples((None, None, None)))) == 0


def test_rdflib_service(service: Service) -> None:
    rows = list(Graph().query(f"SELECT * WHERE {{ SERVICE <{service.address}sparql> {{ ?s a ?t }} }}"))
    assert len(rows) == 301


def test_rdflib_parses_the_link(service: Service) -> None:
    query = quote(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{ONE}> {{ ?s ?p ?o }} }}")
    assert len(Graph().parse(f"{service.address}sparql?query={query}")) == 901
    assert len(Graph().parse(f"{service.address}graphs?graph={quote(str(ONE))}")) == 901


@pytest.mark.parametrize("link", ["sparql?format=csv&query={}", "sparql.csv?query={}", "sparql?format=excel&query={}"])
def test_pandas_reads_the_link(service: Service, link: str) -> None:
    frame = pandas.read_csv(service.address + link.format(quote(NAMES)))
    assert list(frame.columns) == ["s", "o"] and len(frame) == 300


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(service: Service) -> None:
    run = subprocess.run(["curl", "-sS", "--noproxy", "*", "--data-urlencode", f"query={NAMES}", service.address + "sparql"],
                         capture_output=True, check=True)
    assert len(json.loads(run.stdout)["results"]["bindings"]) == 300


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_request_of_another_client(service: Service, path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    answer = service.client.request(case["method"], case["address"], headers=case["headers"], content=case.get("body", "").encode())
    assert answer.status_code == case["status"], answer.text[:200]
    assert answer.headers.get("content-type", "").split(";")[0] == case["content_type"]
    for name, value in case.get("answer_headers", {}).items():
        assert value.lower() in answer.headers[name].lower()


def test_client_terms_frame_graph_and_pages(service: Service) -> None:
    client = Client(service.address + "sparql")
    assert client.ask("ASK { ?p a uaeu:ThematicPartnership }")
    assert len(client.select("SELECT ?p WHERE { ?p a uaeu:ThematicPartnership }")) == 300
    frame = client.frame("SELECT ?p ?rank WHERE { ?p uaeu:rank ?rank } ORDER BY ?rank LIMIT 3")
    assert list(frame["rank"]) == [0, 1, 2]
    assert len(client.construct("CONSTRUCT WHERE { ?p a uaeu:ThematicPartnership }")) == 300
    assert [len(page) for page in client.pages("SELECT ?p WHERE { ?p uaeu:rank ?r } ORDER BY ?r", size=140)] == [140, 140, 20]
    with pytest.raises(Invalid):
        next(client.pages("SELECT ?p WHERE { ?p uaeu:rank ?r }"))
    with pytest.raises(QuerySyntax) as caught:
        client.select("PREFIX a: <urn:a>\nSELECT * WHERE { ?s ?p")
    assert caught.value.line == 2


def test_client_names_the_place_in_the_query_as_written(service: Service) -> None:
    with pytest.raises(QuerySyntax) as caught:
        Client(service.address + "sparql").select("SELECT ?p {\n ?p nope:a ?x }")
    assert (caught.value.line, caught.value.column) == (2, 5) and "nope:" in caught.value.what


def test_client_keeps_its_prefixes_beside_those_of_the_query(service: Service) -> None:
    client = Client(service.address + "sparql")
    assert client.ask("PREFIX a: <https://w3id.org/uaeu-kg/ontology#> ASK { ?p a a:ThematicPartnership ; skos:prefLabel ?name }")
    assert not client.ask("PREFIX skos: <urn:other#> ASK { ?p skos:prefLabel ?name }")


@pytest.mark.parametrize("query", [
    "SELECT ?p { { SELECT ?p ?r { ?p uaeu:rank ?r } ORDER BY ?r LIMIT 280 } } ORDER BY ?r ?p",
    "SELECT ?p { ?p uaeu:rank ?r FILTER(STR(?r) != 'LIMIT 1 OFFSET 2') FILTER(?r < 280) } ORDER BY ?r # no LIMIT",
    "SELECT ?p { ?p uaeu:rank ?r ; a ?t FILTER(?r < 280) } ORDER BY ?r VALUES ?t { uaeu:ThematicPartnership }"])
def test_client_pages_what_is_ordered(service: Service, query: str) -> None:
    client = Client(service.address + "sparql")
    pages = list(client.pages(query, size=140))
    assert [len(page) for page in pages] == [140, 140] and len({row["p"] for page in pages for row in page}) == 280


@pytest.mark.parametrize(("query", "size"), [
    ("SELECT ?p { { SELECT ?p { ?p uaeu:rank ?r } ORDER BY ?r } }", 10), ("SELECT ?p { ?p uaeu:rank ?r } ORDER BY ?r LIMIT 3", 10),
    ("SELECT ?p { ?p uaeu:rank ?r } ORDER BY ?r", 0), ("SELECT ?p { ?p uaeu:rank ?r } ORDER BY ?r", -1)])
def test_client_refuses_other_pages(service: Service, query: str, size: int) -> None:
    with pytest.raises(Invalid):
        next(Client(service.address + "sparql").pages(query, size))


def test_client_refuses_another_form_in_words(service: Service) -> None:
    client = Client(service.address + "sparql")
    for call, query in ((client.select, "ASK {}"), (client.frame, "ASK {}"), (client.ask, "SELECT * {}"), (client.construct, "SELECT * {}"),
                        (client.select, "# SELECT\nDESCRIBE uaeu:City")):
        with pytest.raises(Invalid, match="query"):
            call(query)
    assert client.select("PREFIX ask: <urn:a#> SELECT * { ?s ask:describe ?o }") == []


def test_client_raises_what_the_service_raised(service: Service) -> None:
    client = Client(service.address + "sparql", retries=0)
    with pytest.raises(Refused, match="SERVICE"):
        client.select("SELECT * { SERVICE <urn:x> { ?s ?p ?o } }")
    with pytest.raises(NotFound):
        Client(service.address + "nowhere/at/all", retries=0).ask("ASK {}")
    for error in (OutOfMemory, OutOfTime, Busy, TooMany, TooLarge, Refused, QuerySyntax, Invalid):
        problem = {"title": error.title, "status": error.status, "detail": "Why. What to do.", "limit": 5}
        made = client._failure(error.status, json.dumps(problem).encode())
        assert type(made) is error and made.what == "Why. What to do." and made.limit == 5
    assert type(client._failure(503, b"<html>")) is Busy and type(client._failure(500, b"[]")) is StoreFailed
    assert issubclass(type(client._failure(403, b"")), KgError)


def test_client_asks_a_busy_service_again(httpserver_answers: tuple[str, list[int]]) -> None:
    address, statuses = httpserver_answers
    waited: list[float] = []
    assert Client(address, sleep=waited.append).ask("ASK {}") is True
    assert waited == [2.0, 2.0] and not statuses
    with pytest.raises(StoreFailed):
        Client("http://127.0.0.1:1/sparql", retries=0).ask("ASK {}")


@pytest.fixture
def httpserver_answers() -> Iterator[tuple[str, list[int]]]:
    """A service that is busy twice and then answers."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    statuses = [503, 429, 200]

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0)
            body = b'{"head":{},"boolean":true}' if status == 200 else b"{}"
            self.send_response(status)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Retry-After", "2")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", statuses
    server.shutdown()


def test_rdflib_dataset_reads_nquads(service: Service) -> None:
    data = Dataset()
    data.parse(data=service.client.get("/graphs?default", headers={"Accept": "application/n-quads"}).content, format="nquads")
    assert len(list(data.quads())) == 1801


def test_comunica(service: Service) -> None:
    found = shutil.which("npm") and subprocess.run(["npm", "root", "--global"], capture_output=True, text=True).stdout.strip()
    command = Path(os.environ.get("NODE_PATH") or found or "") / ".bin" / "comunica-sparql"
    if not command.exists():
        pytest.skip("Comunica is not here: npm install @comunica/query-sparql@3 (for Node 20) in a folder, and let NODE_PATH name its node_modules")
    query = "SELECT (COUNT(?s) AS ?n) WHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?o }"
    answer = subprocess.run([str(command), service.address + "sparql", query, "-t", "application/sparql-results+json"],
                            capture_output=True, text=True, timeout=90)
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert json.loads(answer.stdout)["results"]["bindings"][0]["n"]["value"] == "300"
