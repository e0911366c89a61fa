"""SERVICE towards allow-listed addresses only: a second copy of ourselves, a foreign engine, and doors that stay shut."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS
from sparql_service import Service, run_service

from kg import outbound
from kg.errors import KgError, Refused, StoreFailed, TooLarge

OXIGRAPH = shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent))
FIRST = URIRef("https://w3id.org/uaeu-kg/id/partnership/p1")

BAD_IRI = b'{"head":{"vars":["item"]},"results":{"bindings":[{"item":{"type":"uri","value":"http://a b/<c>"}}]}}'
BAD_TAG = b'{"head":{"vars":["said"]},"results":{"bindings":[{"said":{"type":"literal","value":"x","xml:lang":"no tag"}}]}}'


@pytest.fixture(scope="module")
def strange() -> Iterator[tuple[str, list[str]]]:
    """A server that redirects, answers nonsense or too much, and writes down who calls it."""
    hits: list[str] = []

    class Strange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hits.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = {"/big": b"x" * 5000, "/iri": BAD_IRI, "/tag": BAD_TAG}.get(self.path, b"nonsense")
            self.send_response(307 if self.path == "/redirect" else 200)
            if self.path == "/redirect":
                self.send_header("Location", "/target")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Strange)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", hits
    server.shutdown()


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, strange: tuple[str, list[str]]) -> Iterator[tuple[Service, str]]:
    other = Graph()
    other.add((FIRST, RDFS.comment, Literal("said elsewhere", lang="en")))
    with run_service(tmp_path_factory.mktemp("other"), {URIRef("https://w3id.org/uaeu-kg/graph/other"): other}) as second:
        allowed = (second.address + "sparql", *(strange[0] + path for path in ("/redirect", "/nonsense", "/iri", "/tag")))
        with run_service(tmp_path_factory.mktemp("first"), services=allowed, sparql_seconds=8.0) as first:
            yield first, second.address + "sparql"


def query(address: str, silent: str = "") -> str:
    return ("PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
            f"SELECT ?item ?name ?said WHERE {{ ?item skos:prefLabel ?name . "
            f"SERVICE {silent} <{address}> {{ ?item rdfs:comment ?said }} }}")


def test_second_copy_of_ourselves(copies: tuple[Service, str]) -> None:
    first, address = copies
    for accept in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        answer = first.get(query(address), accept)
        assert answer.status_code == 200, answer.text
        assert "said elsewhere" in answer.text and "Partnership 1" in answer.text
    assert "etag" not in answer.headers and answer.headers["cache-control"] == "no-store"
    graph = first.get(query(address).replace("SELECT ?item ?name ?said", "CONSTRUCT { ?item rdfs:seeAlso ?said }"))
    assert "said elsewhere" in graph.text
    description = first.client.get("/sparql").text
    assert address in description and "BasicFederatedQuery" in description


@pytest.mark.parametrize(("prologue", "name"), [("PREFIX s: <ADDRESS>", "s:sparql"), ("BASE <ADDRESS>", "<sparql>"),
                                                ("BASE <ADDRESS> PREFIX s: <x/../>", "s:sparql")])
def test_an_address_may_be_short(copies: tuple[Service, str], prologue: str, name: str) -> None:
    first, address = copies
    text = query(address).replace(f"<{address}>", name)
    answer = first.get(prologue.replace("ADDRESS", address.removesuffix("sparql")) + " " + text)
    assert answer.status_code == 200 and "said elsewhere" in answer.text, answer.text
    assert first.get(prologue.replace("ADDRESS", "http://127.0.0.1:1/") + " " + text).status_code == 403


def test_a_service_within_a_service(copies: tuple[Service, str], strange: tuple[str, list[str]]) -> None:
    first, address = copies
    nested = f"SELECT * WHERE {{ SERVICE <{address}> {{ ?s ?p ?o SERVICE SILENT <INNER> {{ ?s ?p ?o }} }} }}"
    refused = first.get(nested.replace("INNER", strange[0] + "/other"))
    assert refused.status_code == 403 and "/other" in refused.json()["detail"]
    # The second copy calls nobody, and says so itself.
    answer = first.get(nested.replace("INNER", address))
    assert answer.status_code == 502 and "answered 403" in answer.json()["detail"]


def test_relative_names_in_a_service_mean_what_they_mean_here(copies: tuple[Service, str]) -> None:
    first, address = copies
    answer = first.get(f"BASE <{FIRST.rsplit('/', 1)[0]}/> SELECT * WHERE {{ SERVICE <{address}> {{ <p1> ?p ?said }} }}")
    assert "said elsewhere" in answer.text, answer.text


def test_a_graph_beside_a_service_is_refused_in_words(copies: tuple[Service, str]) -> None:
    first, address = copies
    answer = first.get(f"SELECT * WHERE {{ GRAPH ?g {{ ?s ?p ?o }} SERVICE <{address}> {{ ?s ?p ?o }} }}")
    assert answer.status_code == 400 and "SERVICE and GRAPH" in answer.json()["detail"]


@pytest.mark.skipif(OXIGRAPH is None, reason="oxigraph is not installed")
def test_foreign_engine(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    engine = subprocess.Popen([str(OXIGRAPH), "serve", "--location", str(tmp_path / "engine"), "--bind", f"127.0.0.1:{port}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                httpx.put(f"{address}/store?default", content=f'<{FIRST}> <{RDFS.comment}> "from abroad" .',
                          headers={"Content-Type": "application/n-triples"}, trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        with run_service(tmp_path, services=(address + "/query",), sparql_seconds=8.0) as service:
            rows = service.get(query(address + "/query")).json()["results"]["bindings"]
            assert [row["said"]["value"] for row in rows] == ["from abroad"]
    finally:
        engine.kill()
        engine.wait()


@pytest.mark.parametrize("path", ["/iri", "/tag"])
def test_what_is_no_term_is_a_mistake_of_the_other_service(copies: tuple[Service, str], strange: tuple[str, list[str]], path: str) -> None:
    answer = copies[0].get(f"SELECT ?item ?said WHERE {{ SERVICE <{strange[0]}{path}> {{ ?item ?p ?said }} }}")
    assert answer.status_code == 502 and "no SPARQL results" in answer.json()["detail"]
    assert copies[0].get(f"SELECT ?item WHERE {{ SERVICE SILENT <{strange[0]}{path}> {{ ?item ?p ?said }} }}").status_code == 200


def test_redirect_and_nonsense_are_errors_and_silent_forgives(copies: tuple[Service, str], strange: tuple[str, list[str]]) -> None:
    first, _ = copies
    address, hits = strange
    for path in ("/redirect", "/nonsense"):
        answer = first.get(query(address + path))
        assert answer.status_code in (400, 502) and answer.headers["content-type"] == "application/problem+json"
    assert "/target" not in hits
    assert len(first.get(query(address + "/redirect", "SILENT")).json()["results"]["bindings"]) == 300


def test_others_stay_shut(copies: tuple[Service, str], strange: tuple[str, list[str]]) -> None:
    first, address = copies
    before = len(strange[1])
    for target in (strange[0] + "/other", address + "/", "file:///etc/passwd"):
        assert first.get(query(target)).status_code == 403
    both = query(address).replace("SERVICE", f"SERVICE SILENT <{strange[0]}/other> {{ ?a ?b ?c }} SERVICE", 1)
    assert first.get(both).status_code == 403
    assert len(strange[1]) == before


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1",
                                     "fe80::1", "fc00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "100.64.0.1",
                                     "224.0.0.1", "::", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1"])
def test_private_addresses_are_known(address: str) -> None:
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    assert outbound.is_public(address)


def post(address: str, allowed: tuple[str, ...], most_bytes: int = 1000) -> bytes:
    return asyncio.run(outbound.post(address, {"query": "ASK {}"}, allowed=allowed, accept="*/*", seconds=5, most_bytes=most_bytes))


def test_a_name_that_leads_home_is_refused(strange: tuple[str, list[str]]) -> None:
    address, hits = strange
    named = address.replace("127.0.0.1", "localhost") + "/x"
    before = len(hits)
    with pytest.raises(Refused):
        post(named, (named,))
    with pytest.raises(Refused):
        post(address + "/x", ())
    assert len(hits) == before


def test_too_much_and_nobody(strange: tuple[str, list[str]]) -> None:
    with pytest.raises(TooLarge):
        post(strange[0] + "/big", (strange[0] + "/big",))
    with pytest.raises(StoreFailed):
        post("http://127.0.0.1:1/x", ("http://127.0.0.1:1/x",))
    with pytest.raises(KgError):
        post("ftp://127.0.0.1/x", ("ftp://127.0.0.1/x",))


