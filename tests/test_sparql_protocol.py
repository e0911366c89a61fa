"""The SPARQL 1.1 Protocol from outside, by the ids of the design list (P, U, D, N, H, L, X, S, G)."""

from __future__ import annotations

import csv
import io
import json
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from rdflib import Dataset, Graph, URIRef
from sparql_service import ONE, TWO, Service, run_service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = "application/sparql-query"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
BOMB = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c != ?l) }"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
GRAPHS = {"text/turtle": "turtle", "application/n-triples": "nt", "application/rdf+xml": "xml", "application/ld+json": "json-ld",
          "application/n-quads": "nquads", "application/trig": "trig"}
CONSTRUCT = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{ONE}> {{ ?s ?p ?o }} }}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("service")) as running:
        yield running


def number(response: httpx.Response) -> int:
    assert response.status_code == 200, response.text
    return int(response.json()["results"]["bindings"][0]["n"]["value"])


def is_problem(response: httpx.Response, *statuses: int) -> dict[str, object]:
    assert response.status_code in statuses, (response.status_code, response.text[:200])
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    problem: dict[str, object] = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == response.status_code
    assert "Traceback" not in response.text and ".py" not in response.text and "/tmp" not in response.text
    return problem


def test_p01_get(service: Service) -> None:
    assert service.get("ASK {}").json()["boolean"] is True


def test_p02_form(service: Service) -> None:
    assert service.client.post("/sparql", data={"query": "ASK {}"}).json()["boolean"] is True


@pytest.mark.parametrize("suffix", ["", "; charset=utf-8", ";charset=UTF-8"])
def test_p03_p04_direct_with_charset_and_other_letters(service: Service, suffix: str) -> None:
    body = 'SELECT ("Größe €" AS ?x) WHERE {}'.encode()
    answer = service.client.post("/sparql", content=body, headers={"Content-Type": QUERY + suffix})
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "Größe €"


def test_p05_form_with_charset_and_other_letters(service: Service) -> None:
    body = urlencode({"query": 'SELECT ("Größe €" AS ?x) WHERE {}'})
    answer = service.client.post("/sparql", content=body, headers={"Content-Type": FORM["Content-Type"] + "; charset=UTF-8"})
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "Größe €"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_p06_p07_percent_and_plus_are_decoded_once(service: Service, method: str) -> None:
    query = 'SELECT ("a+b %2B%20c" AS ?x) WHERE {}'
    answer = service.get(query) if method == "GET" else service.client.post("/sparql", data={"query": query})
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "a+b %2B%20c"


@pytest.mark.parametrize(("query", "line", "column"), [
    ("SELECT * WHERE {\n ?s ?p ?o .\n FILTER(?o = ) }", 3, None), ("SELEKT *", 1, 1), ("PREFIX a: <urn:a>\n\n  FETCH ?x", 3, 3),
    ("SELECT * FROM <urn:x> WHERE {\n ?s ?p", 2, None), ("SELECT ?x", 1, None)])
def test_p08_p09_malformed_is_400_and_names_the_place(service: Service, query: str, line: int, column: int | None) -> None:
    problem = is_problem(service.get(query), 400)
    assert problem["line"] == line and isinstance(problem["column"], int)
    assert column is None or problem["column"] == column


@pytest.mark.parametrize(("query", "prefix", "line", "column"), [
    ("SELECT ?s WHERE {\n  ?s a uaeu:City .\n  ?s ?p ?o }", "PREFIX uaeu: <https://w3id.org/uaeu-kg/ontology#>", 2, 8),
    ("PREFIX a: <urn:a> # PREFIX b: <urn:b>\nSELECT ?s WHERE { ?s a:x 'c:y', <d:z>, _:e ; b:f 1 }", "PREFIX b: <...>", 2, 46)])
def test_a_prefix_that_nobody_declared_is_named(service: Service, query: str, prefix: str, line: int, column: int) -> None:
    problem = is_problem(service.get(query), 400)
    assert prefix in str(problem["detail"]) and (problem["line"], problem["column"]) == (line, column)


def test_p10_two_queries(service: Service) -> None:
    is_problem(service.client.get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), 400)
    is_problem(service.client.post("/sparql?query=ASK%7B%7D", data={"query": "ASK{}"}), 400)


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_p11_p20_post_of_another_type_is_415(service: Service, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    is_problem(service.client.post("/sparql", content=b"ASK {}", headers=headers), 415)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_p12_p21_other_methods_are_405_with_allow(service: Service, method: str) -> None:
    answer = service.client.request(method, "/sparql", content=b"ASK {}", headers={"Content-Type": QUERY})
    is_problem(answer, 405)
    assert "GET" in answer.headers["allow"]


UPDATE = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"


@pytest.mark.parametrize("request_of", [
    lambda s: s.get(UPDATE), lambda s: s.get("# c\nPREFIX a: <urn:a> " + UPDATE), lambda s: s.get("DROP ALL"),
    lambda s: s.client.get("/sparql", params={"update": UPDATE}), lambda s: s.client.post("/sparql", data={"update": UPDATE}),
    lambda s: s.client.post("/sparql", content=UPDATE, headers={"Content-Type": "application/sparql-update"}),
    lambda s: s.client.post("/sparql", data={"update": UPDATE, "using-graph-uri": "urn:x"}),
    lambda s: s.client.get("/sparql", params={"update": UPDATE, "query": "ASK {}"}),
    lambda s: s.get("LOAD <file:///etc/passwd>"), lambda s: s.get("\\u0049NSERT DATA { <urn:a> <urn:b> <urn:c> }")])
def test_p13_p14_u_updates_are_refused_and_write_nothing(service: Service, request_of: object) -> None:
    before = number(service.get(COUNT))
    is_problem(request_of(service), 400, 403)  # type: ignore[operator]
    assert number(service.get(COUNT)) == before


def test_p15_not_utf8(service: Service) -> None:
    body = 'SELECT ("Größe" AS ?x) WHERE {}'.encode("latin-1")
    is_problem(service.client.post("/sparql", content=body, headers={"Content-Type": QUERY}), 400)
    is_problem(service.client.get("/sparql?query=ASK%7B%22%FC%22%7D"), 400)
    is_problem(service.client.post("/sparql", content=body, headers={"Content-Type": QUERY + "; charset=iso-8859-1"}), 415)


@pytest.mark.parametrize("query", ["", "  ", "%0A"])
def test_p16_empty_query(service: Service, query: str) -> None:
    is_problem(service.client.get(f"/sparql?query={query}"), 400)
    is_problem(service.client.post("/sparql", content=f"query={query}", headers=FORM), 400)


def test_p17_unknown_parameters_do_no_harm_but_are_named(service: Service) -> None:
    answer = service.get("ASK {}")
    assert "ignored-parameters" not in answer.headers
    answer = service.client.get("/sparql", params={"query": "ASK {}", "default-graph": str(ONE), "tea": "1"})
    assert answer.json()["boolean"] is True
    assert answer.headers["ignored-parameters"] == '"default-graph"; meant=default-graph-uri, "tea"'


def test_p18_p19_long_queries(service: Service) -> None:
    values = " ".join(f'"{n:04d}"' for n in range(1000))
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) WHERE {{ VALUES ?x {{ {values} }} }}")) == 1000
    values = " ".join(f'"{n:06d}"' for n in range(35_000))
    answer = service.client.post("/sparql", content=f"SELECT (COUNT(*) AS ?n) WHERE {{ VALUES ?x {{ {values} }} }}",
                                 headers={"Content-Type": QUERY})
    assert number(answer) == 35_000


def test_relative_iris_have_a_base(service: Service) -> None:
    answer = service.get("SELECT (IRI('id/x') AS ?x) WHERE {}")
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "https://w3id.org/uaeu-kg/id/x"


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_d01_d04_default_graphs(service: Service, way: str) -> None:
    def ask(graphs: list[tuple[str, str]], query: str = COUNT) -> int:
        if way == "get":
            return number(service.client.get("/sparql", params=[("query", query), *graphs]))
        if way == "form":
            body = urlencode([("query", query), *graphs])
            return number(service.client.post("/sparql", content=body, headers=FORM))
        return number(service.client.post("/sparql", params=graphs, content=query, headers={"Content-Type": QUERY}))

    one, two = ask([("default-graph-uri", str(ONE))]), ask([("default-graph-uri", str(TWO))])
    assert one == two == 901
    assert ask([("default-graph-uri", str(ONE)), ("default-graph-uri", str(TWO))]) == 1801  # a triple of both graphs counts once
    names = "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    assert ask([("named-graph-uri", str(ONE))], names) == 1
    assert ask([("named-graph-uri", str(ONE))]) == 0
    assert ask([("default-graph-uri", str(ONE))], f"SELECT (COUNT(*) AS ?n) FROM <{TWO}> FROM <urn:x> WHERE {{ ?s ?p ?o }}") == 901


def test_d07_d08_d09_from_and_unknown_and_union(service: Service) -> None:
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> WHERE {{ ?s ?p ?o }}")) == 901
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) FROM NAMED <{ONE}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}")) == 901
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) FROM NAMED <{ONE}> WHERE {{ ?s ?p ?o }}")) == 0
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> FROM <{TWO}> WHERE {{ ?s ?p ?o }}")) == 1801
    assert number(service.get(f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> FROM NAMED <{TWO}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}")) == 901
    assert number(service.get("SELECT (COUNT(*) AS ?n) FROM <urn:unknown> WHERE { ?s ?p ?o }")) == 0
    assert number(service.get('SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o FILTER(?o != "from <urn:x>") }')) == 1801
    is_problem(service.client.get("/sparql", params={"query": "ASK {}", "default-graph-uri": "not an iri"}), 400)


SELECT = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2004/02/skos/core#altLabel> ?o } ORDER BY ?s LIMIT 7"


def rows_of(response: httpx.Response) -> list[tuple[str, str]]:
    """The two columns of a SELECT, read back by a second library."""
    kind = response.headers["content-type"].split(";")[0]
    if kind in (JSON, "application/json"):
        return [(row["s"]["value"], row["o"]["value"]) for row in response.json()["results"]["bindings"]]
    if kind in (XML, "application/xml"):
        space = "{http://www.w3.org/2005/sparql-results#}"
        return [tuple(each[0].text for each in row) for row in ET.fromstring(response.content).iter(space + "result")]  # type: ignore[misc]
    if kind == "text/csv":
        return [(row[0], row[1]) for row in csv.reader(io.StringIO(response.text, newline=""))][1:]
    assert kind == "text/tab-separated-values"
    graph = Graph()
    for line in response.text.splitlines()[1:]:
        subject, text = line.split("\t")
        graph.parse(data=f"{subject} <urn:p> {text} .", format="nt")
    return sorted((str(s), str(o)) for s, _, o in graph)


@pytest.mark.parametrize("accept", [JSON, XML, "text/csv", "text/tab-separated-values", "application/json"])
def test_n01_n04_n17_select_is_read_back(service: Service, accept: str) -> None:
    answer = service.get(SELECT, accept)
    assert answer.headers["content-type"].split(";")[0] == accept
    assert sorted(rows_of(answer)) == sorted(rows_of(service.get(SELECT, JSON))) and len(rows_of(answer)) == 7


def test_n05_n06_ask(service: Service) -> None:
    assert service.get("ASK { ?s ?p 'x' }", JSON).json()["boolean"] is False
    assert ET.fromstring(service.get("ASK {}", XML).content).find("{http://www.w3.org/2005/sparql-results#}boolean").text == "true"  # type: ignore[union-attr]


@pytest.mark.parametrize("query", [CONSTRUCT, CONSTRUCT.replace("WHERE {", "WHERE { # from\n")])
@pytest.mark.parametrize("accept", list(GRAPHS))
def test_n07_n10_construct_is_read_back(service: Service, accept: str, query: str) -> None:
    answer = service.get(query, accept)
    assert answer.headers["content-type"].split(";")[0] == accept
    graph = Graph()
    if "quads" in accept or "trig" in accept:
        data = Dataset()
        data.parse(data=answer.content, format=GRAPHS[accept])
        for subject, predicate, object_, _ in data.quads():
            graph.add((subject, predicate, object_))
    else:
        graph.parse(data=answer.content, format=GRAPHS[accept])
    assert len(graph) == 901
    assert set(graph) == set(service.store.graph(ONE))


@pytest.mark.parametrize(("accept", "query", "expected"), [
    (f"{JSON};q=0.2, {XML};q=0.9", "ASK {}", XML), (f"{XML};q=0, */*", "ASK {}", JSON), (f"*/*, {XML}", "ASK {}", XML),
    (f"{JSON};q=0, */*;q=0.1", SELECT, XML), ("text/*, text/tab-separated-values;q=0.2", SELECT, "text/csv"),
    (f"text/turtle, {JSON}", SELECT, JSON), (f"text/turtle, {JSON}", CONSTRUCT, "text/turtle"),
    (f"{XML}, application/rdf+xml", CONSTRUCT, "application/rdf+xml"), (f"{XML}, application/rdf+xml", SELECT, XML),
    ("*/*", SELECT, JSON), ("*/*", CONSTRUCT, "text/turtle"), ("", SELECT, JSON), ("text/*", CONSTRUCT, "text/turtle"),
    ("text/csv", "ASK {}", "text/csv"),
    ("application/n-triples", "DESCRIBE <https://w3id.org/uaeu-kg/id/partnership/p1>", "application/n-triples")])
def test_n11_n16_n21_quality_and_form_decide(service: Service, accept: str, query: str, expected: str) -> None:
    assert service.get(query, accept).headers["content-type"].split(";")[0] == expected


@pytest.mark.parametrize(("accept", "query"), [("image/png", SELECT), ("text/turtle", SELECT), ("text/csv", CONSTRUCT),
                                               ("text/turtle", "ASK {}"), (f"{JSON};q=0", "ASK {}")])
def test_n18_nothing_acceptable_lists_the_types(service: Service, accept: str, query: str) -> None:
    problem = is_problem(service.get(query, accept), 406)
    assert "text/turtle" in str(problem["detail"]) or JSON in str(problem["detail"])


def test_n19_n20_vary_and_csv_says_utf8(service: Service) -> None:
    answer = service.get(SELECT, "text/csv")
    assert "accept" in answer.headers["vary"].lower() and "charset=utf-8" in answer.headers["content-type"]
    assert "Größe" in answer.text


@pytest.mark.parametrize(("address", "expected"), [
    ("/sparql?format=csv", "text/csv"), ("/sparql.csv?", "text/csv"), ("/sparql.json?", JSON), ("/sparql?format=xml", XML),
    ("/sparql?format=tsv", "text/tab-separated-values"), ("/sparql?format=json-ld,rdf+xml,turtle&format=json-ld", JSON),
    ("/sparql?format=strange", XML), ("/sparql?output=csv&results=csv", "text/csv")])
def test_format_and_suffix_override_accept(service: Service, address: str, expected: str) -> None:
    address += ("&" if "=" in address else "") + "query=" + quote(SELECT)
    accept = JSON if expected == JSON and "json-ld" in address else XML
    assert service.client.get(address, headers={"Accept": accept}).headers["content-type"].split(";")[0] == expected


def test_format_excel_begins_with_a_mark(service: Service) -> None:
    answer = service.client.get("/sparql", params={"query": SELECT, "format": "excel"})
    assert answer.content.startswith(b"\xef\xbb\xbfs,o\r\n")


def test_h01_head_equals_get(service: Service) -> None:
    for query in (SELECT, "SELECT * WHERE", COUNT):
        get, head = (service.client.request(method, "/sparql", params={"query": query}) for method in ("GET", "HEAD"))
        changing = {"date", "server-timing"}
        assert head.status_code == get.status_code and not head.content
        assert {k: v for k, v in head.headers.items() if k not in changing} == \
            {k: v for k, v in get.headers.items() if k not in changing}


def test_h02_h06_options_and_cors(service: Service) -> None:
    options = service.client.options("/sparql", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST",
                                                         "Access-Control-Request-Headers": "content-type"})
    assert options.status_code == 204 and "POST" in options.headers["allow"]
    assert "content-type" in options.headers["access-control-allow-headers"].lower()
    for answer in (options, service.get("ASK {}"), service.get("nonsense"), service.get(SELECT, "image/png")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert {"ETag", "Link", "Retry-After", "Data-Version"} <= set(
            answer.headers["access-control-expose-headers"].split(", "))


def test_h07_h09_validators(service: Service) -> None:
    first, other = service.get(SELECT, JSON), service.get(SELECT, XML)
    assert first.headers["etag"] != other.headers["etag"]
    again = service.client.get("/sparql", params={"query": SELECT}, headers={"Accept": JSON, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert again.headers["etag"] == first.headers["etag"] and again.headers["vary"] == first.headers["vary"]
    assert service.client.get("/sparql", params={"query": SELECT},
                              headers={"Accept": XML, "If-None-Match": first.headers["etag"]}).status_code == 200
    assert first.headers["data-version"] == service.store.version()
    assert "etag" not in service.get("SELECT (RAND() AS ?x) WHERE {}").headers


def test_h10_h11_cache_and_gzip(service: Service) -> None:
    query = "SELECT * WHERE { ?s ?p ?o }"
    plain = service.client.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "identity"})
    zipped = service.client.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "gzip"})
    assert "max-age" in plain.headers["cache-control"] and "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip" and zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < len(plain.content) == int(plain.headers["content-length"])
    assert zipped.headers["etag"] != plain.headers["etag"]


def test_l01_l04_a_long_query_is_ended_and_disturbs_no_one(service: Service) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(service.get, BOMB)
        time.sleep(0.3)
        begun = time.monotonic()
        assert service.get("ASK {}").status_code == 200 and time.monotonic() - begun < 1
        is_problem(slow.result(), 503)
    assert number(service.get(COUNT)) == 1801


def test_many_slow_queries_at_once_are_turned_away(service: Service) -> None:
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda _: service.get(BOMB), range(24)))
    turned_away = [answer for answer in answers if "retry-after" in answer.headers]
    assert {answer.status_code for answer in answers} <= {429, 503} and turned_away
    for answer in answers:
        is_problem(answer, 429, 503)
    assert service.get("ASK {}").status_code == 200


def test_a_client_that_leaves_frees_its_process(service: Service) -> None:
    pool = service.app.state.pool
    host, port = service.address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET /sparql?query={quote(BOMB)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.5)
        assert pool.running == 1
    time.sleep(0.5)
    assert pool.running == 0


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server of the loopback that writes down who calls it."""
    hits: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(500)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x", hits
    server.shutdown()


@pytest.mark.parametrize("query", [
    "SELECT * WHERE { SERVICE <TRAP> { ?s ?p ?o } }", "SELECT * WHERE { S\\u0045RVICE <TRAP> { ?s ?p ?o } }",
    "SELECT * WHERE { #\n service#x\n<TRAP> { ?s ?p ?o } }", "SELECT * WHERE { BIND(<TRAP> AS ?v) SERVICE SILENT ?v { ?s ?p ?o } }",
    "SELECT * WHERE { { SELECT * WHERE { OPTIONAL { SERVICE SILENT <TRAP> { ?s ?p ?o } } } } }",
    "PREFIX t: <TRAP> SELECT * WHERE { SERVICE t: { ?s ?p ?o } }", "ASK { FILTER EXISTS { SERVICE <TRAP> { ?s ?p ?o } } }",
    "BASE <TRAP> SELECT * WHERE { SERVICE <> { ?s ?p ?o } }"])
def test_x01_service_is_refused_and_calls_no_one(service: Service, trap: tuple[str, list[str]], query: str) -> None:
    address, hits = trap
    is_problem(service.get(query.replace("TRAP", address)), 400, 403)
    assert not hits


@pytest.mark.parametrize("clause", ["FROM <TRAP>", "FROM NAMED <TRAP>", "FROM <file:///etc/passwd>"])
def test_x02_x04_from_fetches_nothing(service: Service, trap: tuple[str, list[str]], clause: str) -> None:
    address, hits = trap
    answer = service.get(f"SELECT (COUNT(*) AS ?n) {clause.replace('TRAP', address)} WHERE {{ ?s ?p ?o }}")
    assert number(answer) == 0 and not hits


@pytest.mark.parametrize("query", ["SELECT * WHERE { ?s ?p 'SERVICE <urn:x>' }", "SELECT ?service WHERE { ?service ?p ?o } LIMIT 1",
                                   "PREFIX service: <urn:> SELECT * WHERE { ?s service:from ?o } # SERVICE <urn:x> FROM <urn:y>"])
def test_words_in_strings_names_and_comments_are_left_alone(service: Service, query: str) -> None:
    assert service.get(query).status_code == 200


def test_an_unknown_function_is_a_mistake_of_the_client(service: Service) -> None:
    answer = service.get("SELECT\n(<http://x/f>(1) AS ?y) {}")
    assert answer.status_code == 400 and answer.json()["line"] == 2 and "<http://x/f>" in answer.json()["detail"]


def test_too_many_rows_are_an_error(tmp_path: Path) -> None:
    with run_service(tmp_path, sparql_rows=500) as service:
        for accept in (JSON, XML, "text/csv", "text/tab-separated-values"):
            query = "SELECT ?o WHERE { ?s <http://www.w3.org/2004/02/skos/core#altLabel> ?o . ?x a ?t } LIMIT "
            problem = is_problem(service.get(query + "501", accept), 413)
            assert "500" in str(problem["detail"])
            assert service.get(query + "500", accept).status_code == 200
        is_problem(service.get(CONSTRUCT), 413)
        assert service.get(CONSTRUCT + " LIMIT 500").status_code == 200


def test_one_address_cannot_hold_all_processes(tmp_path: Path) -> None:
    with run_service(tmp_path, trust_proxy=True, sparql_seconds=4.0) as service, ThreadPoolExecutor(10) as threads:
        slow = [threads.submit(service.get, BOMB) if not n else threads.submit(
            service.client.get, "/sparql", params={"query": BOMB}, headers={"X-Forwarded-For": "10.0.0.1"}) for n in range(1, 8)]
        time.sleep(0.5)
        begun = time.monotonic()
        answer = service.client.get("/sparql", params={"query": "ASK {}"}, headers={"X-Forwarded-For": "10.0.0.2"})
        assert answer.status_code == 200 and time.monotonic() - begun < 2
        assert all(each.result().status_code in (429, 503) for each in slow)


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "application/ld+json", "*/*"])
def test_s01_s06_service_description(service: Service, accept: str) -> None:
    answer = service.client.get("/sparql", headers={"Accept": accept})
    kind = answer.headers["content-type"].split(";")[0]
    graph = Graph().parse(data=answer.content, format=GRAPHS[kind])
    sd = "http://www.w3.org/ns/sparql-service-description#"
    assert set(graph.objects(None, URIRef(sd + "endpoint"))) == {URIRef(service.address + "sparql")}
    assert set(graph.objects(None, URIRef(sd + "supportedLanguage"))) == {URIRef(sd + "SPARQL11Query")}
    assert len(set(graph.objects(None, URIRef(sd + "resultFormat")))) == 10
    assert URIRef(sd + "UnionDefaultGraph") in set(graph.objects(None, URIRef(sd + "feature")))
    assert set(graph.objects(None, URIRef(sd + "name"))) == {ONE, TWO}


def test_s03_endpoint_is_true_behind_a_prefix(tmp_path: Path) -> None:
    with run_service(tmp_path, base="https://city.example/kg") as service:
        assert "<https://city.example/kg/sparql>" in service.client.get("/sparql").text


def test_g01_g14_graphs_are_read(service: Service) -> None:
    answer = service.client.get("/graphs", params={"graph": str(ONE)}, headers={"Accept": "application/n-triples"})
    assert set(Graph().parse(data=answer.text, format="nt")) == set(service.store.graph(ONE))
    assert service.client.head("/graphs", params={"graph": str(ONE)}).status_code == 200
    assert len(Graph().parse(data=service.client.get("/graphs?default").text, format="turtle")) == 1801
    is_problem(service.client.get("/graphs", params={"graph": "urn:unknown"}), 404)
    is_problem(service.client.get("/graphs", params={"graph": str(ONE), "default": ""}), 400)
    is_problem(service.client.get("/graphs"), 400)
    is_problem(service.client.get("/graphs?graph=relative"), 400)
    is_problem(service.client.get("/graphs", params={"graph": str(ONE)}, headers={"Accept": "image/png"}), 406)
    encoded = str(ONE).replace("t", "%74")
    assert service.client.get(f"/graphs?graph={encoded}").status_code == 200
    is_problem(service.client.get(f"/graphs?graph={encoded.replace('%', '%25')}"), 404)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_g02_g14_graphs_are_not_written(service: Service, method: str) -> None:
    before = service.client.get("/graphs?default", headers={"Accept": "application/n-quads"}).content
    for address in (f"/graphs?graph={quote(str(ONE))}", "/graphs?default", "/graphs?graph=urn:new", "/graphs"):
        refused = service.client.request(method, address, content=b"<urn:a> <urn:b> <urn:c> .", headers={"Content-Type": "text/turtle"})
        is_problem(refused, 405)
        assert {"GET", "HEAD"} <= set(refused.headers["allow"].split(", "))
    assert service.client.get("/graphs?default", headers={"Accept": "application/n-quads"}).content == before


def test_problems_have_the_members_that_the_docs_name(service: Service) -> None:
    syntax, late = is_problem(service.get("SELECT * {"), 400), is_problem(service.get(BOMB), 503)
    assert {"line", "column"} <= set(syntax)
    assert late["limit"] == 2.0 and isinstance(late["elapsed"], float) and late["elapsed"] >= 2.0
    documented = service.client.get("/docs", headers={"Accept": "text/html"}).text
    for member in {*syntax, *late} - {"where"}:
        assert member in documented, member


def test_problem_is_json_even_for_long_names(service: Service) -> None:
    answer = service.client.get("/sparql", params={"query": "ASK {}", "x" * 500 + "\r\n": "1"})
    assert answer.status_code == 200 and "\n" not in answer.headers["ignored-parameters"]
    assert json.loads(answer.text)["boolean"] is True


PAGE_REQUESTS = [
    ("POST", "/sparql", {"data": {"query": "ASK {}", "format": "html"}}), ("GET", "/sparql?query=ASK%7B%7D&format=HTML", {}),
    ("GET", "/sparql?query=ASK%7B%7D&format=%68tml", {}), ("HEAD", "/sparql?query=ASK%7B%7D&format=%68tml", {}),
    ("GET", "/sparql?query=ASK%7B%7D", {"headers": {"Accept": "TEXT/HTML"}}), ("GET", "/sparql?format=HTML", {})]


@pytest.mark.parametrize(("method", "address", "options"), PAGE_REQUESTS)
def test_a_page_may_be_asked_for_in_any_letters(service: Service, method: str, address: str, options: dict[str, Any]) -> None:
    answer = service.client.request(method, address, **options)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert answer.headers["access-control-allow-origin"] == "*" and "Accept" in answer.headers["vary"]


def test_an_error_that_nobody_foresaw_may_be_read_from_other_origins(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("api.routes.sparql.respond_query", fail)
    for address in ("sparql.csv?query=ASK%7B%7D", "sparql?query=ASK%7B%7D%23unforeseen"):
        # The server closes the connection, so that each has one of its own.
        problem = is_problem(httpx.get(service.address + address, trust_env=False), 500)
        assert "unforeseen" not in str(problem["detail"])


def test_the_description_is_made_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    first = service.client.get("/sparql", headers={"Accept": "application/rdf+xml"})

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("api.routes.sparql.describe_service", fail)
    again = service.client.get("/sparql", headers={"Accept": "application/rdf+xml"})
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"])
    assert service.client.get("/sparql", headers={"Accept": "text/turtle"}).status_code == 200
    known = {"Accept": "application/rdf+xml", "If-None-Match": first.headers["etag"]}
    assert service.client.get("/sparql", headers=known).status_code == 304


def test_the_description_counts_the_default_graph_as_queries_do(service: Service) -> None:
    graph = Graph().parse(data=service.client.get("/sparql").text, format="turtle")
    counted = [int(str(each)) for each in graph.objects(None, URIRef("http://rdfs.org/ns/void#triples"))]
    assert counted == [number(service.get(COUNT))] == [1801]


def test_the_tag_of_the_description_changes_with_the_settings(service: Service, tmp_path: Path) -> None:
    with run_service(tmp_path, sparql_rows=17) as other:
        assert other.store.version() == service.store.version()
        assert other.client.get("/sparql").headers["etag"] != service.client.get("/sparql").headers["etag"]


def test_lists_may_stand_on_several_lines(service: Service) -> None:
    def ask(*headers: tuple[str, str]) -> httpx.Response:
        return service.client.get("/sparql", params={"query": SELECT}, headers=[*headers])

    assert ask(("Accept", "image/png"), ("Accept", "text/csv")).headers["content-type"].startswith("text/csv")
    tag = ask(("Accept", JSON)).headers["etag"]
    assert ask(("Accept", JSON), ("If-None-Match", '"another"'), ("If-None-Match", tag)).status_code == 304
    page = ask(("Accept", "application/xhtml+xml;q=0.1"), ("Accept", "text/html"))
    assert page.headers["content-type"].startswith("text/html")
    zipped = ask(("Accept", XML), ("Accept-Encoding", "br"), ("Accept-Encoding", "gzip"))
    assert zipped.headers["content-encoding"] == "gzip"
    french = service.client.get("/sparql", headers=[("Accept", "text/html"), ("Accept-Language", "xx"), ("Accept-Language", "fr")])
    assert french.headers["content-language"].startswith("fr")
    description = service.client.get("/sparql", headers=[("Accept", "image/png"), ("Accept", "application/rdf+xml")])
    assert description.headers["content-type"].startswith("application/rdf+xml")


def test_the_last_line_of_a_proxy_counts(tmp_path: Path) -> None:
    with run_service(tmp_path, trust_proxy=True, posts=1) as service:
        for number, expected in ((1, True), (2, False)):
            answer = service.client.post("/validate", data={"text": ""},
                                         headers=[("X-Forwarded-For", f"10.0.0.{number}"), ("X-Forwarded-For", "192.0.2.7")])
            assert (answer.status_code != 429) is expected, answer.text


def test_gzip_that_is_excluded_is_not_sent(service: Service) -> None:
    def ask(accepted: str, **more: str) -> httpx.Response:
        return service.client.get("/sparql", headers={"Accept": "text/html", "Accept-Encoding": accepted, **more})

    plain, excluded, packed = ask("identity"), ask("br, gzip;q=0"), ask("gzip")
    assert "content-encoding" not in excluded.headers and excluded.headers["etag"] == plain.headers["etag"]
    assert packed.headers["content-encoding"] == "gzip" and packed.headers["etag"] == "W/" + plain.headers["etag"]
    for answer in (plain, packed, service.client.get("/sparql.ttl", headers={"Accept-Encoding": "gzip"})):
        names = [each.strip().lower() for each in answer.headers["vary"].split(",")]
        assert len(names) == len(set(names)) and "accept-encoding" in names
    again = ask("gzip", **{"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304 and not again.content and again.headers["etag"] == packed.headers["etag"]


@pytest.mark.parametrize("address", ["/sparql", "/sparql.ttl", "/queries/prefixes", "/queries/actions-of-plan",
                                     "/queries/actions-of-plan.csv", "/graphs?default", "/about", "/queries"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_head_equals_get_everywhere(service: Service, address: str, accept: str) -> None:
    get, head = (service.client.request(method, address, headers={"Accept": accept, "Accept-Encoding": "gzip"}) for method in ("GET", "HEAD"))
    assert head.status_code == get.status_code and not head.content
    changing = {"date", "server-timing"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {k: v for k, v in get.headers.items() if k not in changing}


@pytest.mark.parametrize(("address", "allowed"), [
    ("/sparql", "GET, HEAD, OPTIONS, POST"), ("/sparql/", "GET, HEAD, OPTIONS, POST"), ("/sparql.csv", "GET, HEAD, OPTIONS, POST"),
    ("/queries/actions-of-plan", "GET, HEAD, OPTIONS"), ("/queries/actions-of-plan.csv", "GET, HEAD, OPTIONS"),
    ("/queries/prefixes", "GET, HEAD, OPTIONS"), ("/graphs", "GET, HEAD, OPTIONS"), ("/graphs/", "GET, HEAD, OPTIONS")])
def test_each_address_says_its_methods(service: Service, address: str, allowed: str) -> None:
    answer = service.client.options(address, headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
    assert answer.status_code == 204 and not answer.content
    assert answer.headers["allow"] == answer.headers["access-control-allow-methods"] == allowed
    assert answer.headers["access-control-allow-origin"] == "*"
    refused = service.client.put(address)
    is_problem(refused, 405)
    assert refused.headers["allow"] == allowed and "PUT" in refused.json()["detail"]


@pytest.mark.parametrize("address", ["/queries/", "/sparql.text%2Fturtle", "/graphs/annotations", "/queries/none"])
def test_addresses_that_there_are_not_may_be_asked_from_other_origins(service: Service, address: str) -> None:
    for method in ("GET", "PUT"):
        answer = service.client.request(method, address)
        is_problem(answer, 404, 405)
        assert answer.headers["data-version"] and answer.headers["vary"]


def test_a_condition_hides_no_error(service: Service) -> None:
    for query, status in (("bad", 400), ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403), (SELECT, 304),
                          ("SELECT * WHERE { ?s ?p ?o }", 304)):
        answer = service.client.get("/sparql", params={"query": query}, headers={"If-None-Match": "*"})
        assert answer.status_code == status and answer.headers["access-control-allow-origin"] == "*"
    assert service.client.post("/sparql", data={"query": SELECT}, headers={"If-None-Match": "*"}).status_code == 200


def test_pages_have_validators(service: Service) -> None:
    for address in ("/sparql", "/queries/partnerships-and-themes", "/sparql?query=" + quote(SELECT)):
        first = service.client.get(address, headers={"Accept": "text/html"})
        assert first.status_code == 200 and first.headers["data-version"] in first.headers["etag"]
        again = service.client.get(address, headers={"Accept": "text/html", "If-None-Match": first.headers["etag"]})
        assert again.status_code == 304 and not again.content and again.headers["etag"] == first.headers["etag"]


def test_graphs_with_made_nodes_have_no_tag(service: Service) -> None:
    made = service.get(f"CONSTRUCT {{ ?s ?p [ <urn:q> ?o ] }} WHERE {{ GRAPH <{ONE}> {{ ?s ?p ?o }} }}", "application/n-triples")
    assert made.status_code == 200 and "etag" not in made.headers and made.headers["cache-control"] == "no-store"


def test_names_of_graphs_may_be_short(service: Service) -> None:
    base = str(ONE).removesuffix("one")
    for query in (f"PREFIX g: <{base}> SELECT (COUNT(*) AS ?n) FROM g:one {{ ?s ?p ?o }}",
                  f"BASE <{base}> SELECT (COUNT(*) AS ?n) FROM <one> {{ ?s ?p ?o }}",
                  f"PREFIX g: <{base}> SELECT (COUNT(*) AS ?n) FROM NAMED g:one {{ GRAPH ?g {{ ?s ?p ?o }} }}",
                  "SELECT (COUNT(*) AS ?n) FROM <graph/test/one> { ?s ?p ?o }"):
        assert number(service.get(query)) == 901
    assert is_problem(service.get("SELECT *\nFROM nope:one { ?s ?p ?o }"), 400)["line"] == 2
