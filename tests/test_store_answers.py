"""An engine that answers something else than it was asked: each is a failure of the engine, said with its address, never another error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from rdflib import XSD, Graph, Literal, URIRef

from kg.errors import Invalid, StoreFailed
from kg.store.remote import RemoteStore
from kg.store.remote.answers import read_boolean, read_rows, read_solutions

A = URIRef("urn:a")
ONE = Graph().add((A, URIRef("urn:p"), Literal("x", lang="en")))
JSON = "application/sparql-results+json"


def rows(names: list[str], *found: dict[str, Any]) -> bytes:
    return json.dumps({"head": {"vars": names}, "results": {"bindings": found}}).encode()


def literal(value: object, **more: str) -> dict[str, object]:
    return {"type": "literal", "value": value, **more}


EVERY = ["sum", "graph", "n", "s", "p", "o"]
WRONG = {
    "nothing": (b"", JSON), "a page": (b"<html>log in</html>", "text/html"), "null": (b"null", JSON), "a list": (b"[]", JSON),
    "a string": (b'"x"', JSON), "a number": (b"5", JSON), "an empty object": (b"{}", JSON), "XML": (b'<?xml version="1.0"?><sparql/>', "application/sparql-results+xml"),
    "bytes": (b"\xff\xfe\x00", JSON), "depth": (b"[" * 20000, JSON), "half": (rows(["s"], {"s": literal("x")})[:-9], JSON),
    "no list of rows": (b'{"head":{"vars":["s"]},"results":{"bindings":5}}', JSON), "a head of another kind": (b'{"head":[],"results":{}}', JSON),
    "a truth value in words": (b'{"head":{},"boolean":"true"}', JSON), "a term of another kind": (rows(EVERY, dict.fromkeys(EVERY, {"type": "x", "value": "y"})), JSON),
    "a value that is a number": (rows(EVERY, dict.fromkeys(EVERY, literal(5))), JSON),
    "a language that is none": (rows(EVERY, dict.fromkeys(EVERY, literal("x", **{"xml:lang": "no tag!"}))), JSON),
    "an IRI that is none": (rows(EVERY, dict.fromkeys(EVERY, {"type": "uri", "value": "no <iri>"})), JSON),
    "a datatype that is none": (rows(EVERY, dict.fromkeys(EVERY, literal("x", datatype="no <iri>"))), JSON)}
"""Answers that are none to any question."""
STRANGE = {"rows of nothing": rows([], {}), "unbound variables": rows(EVERY, {}), "other variables": rows(["x"], {"x": literal("y")}),
           "a sum that is none": rows(["sum"], {"sum": literal("zz")}), "two sums": rows(["sum"], {"sum": literal("1")}, {"sum": literal("2")}),
           "no number": rows(["n"]), "a number that is none": rows(["n"], {"n": literal("abc", datatype=str(XSD.integer))}),
           "a graph that is a text": rows(["graph"], {"graph": literal("x")}), "no names": rows(["graph"])}
"""Answers that some question may have, and none of ours."""
READS: dict[str, Callable[[RemoteStore], Any]] = {
    "select": lambda store: store.select("SELECT ?n WHERE { ?s ?p ?n }"), "ask": lambda store: store.ask("ASK WHERE { ?s ?p ?o }"),
    "construct": lambda store: store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"), "match": lambda store: list(store.match(None, None, None)),
    "names": RemoteStore.names, "size": RemoteStore.size, "version": RemoteStore.version, "graph": lambda store: store.graph(A),
    "dump": lambda store: list(store.dump())}
WRITES: dict[str, Callable[[RemoteStore], Any]] = {
    "put": lambda store: store.put(A, ONE), "empty": lambda store: store.put(A, Graph()), "drop": lambda store: store.drop(A),
    "put_all": lambda store: store.put_all({A: ONE}), "load": lambda store: store.load(b'<urn:a> <urn:p> "x" <urn:g> .\n')}


class Engine(ThreadingHTTPServer):
    """Answers everything alike."""

    answer = (b"", JSON)

    def make(self) -> RemoteStore:
        return RemoteStore(f"http://127.0.0.1:{self.server_port}/query", timeout=10)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        assert isinstance(self.server, Engine)
        content, kind = self.server.answer
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("verb", [*READS, *WRITES])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_is_a_failure_of_the_engine(engine: Engine, name: str, verb: str) -> None:
    engine.answer = WRONG[name]
    with pytest.raises(StoreFailed) as caught:
        (READS | WRITES)[verb](engine.make())
    assert caught.value.where and caught.value.advice and len(str(caught.value)) < 600


@pytest.mark.parametrize("verb", ["match", "size", "graph", *WRITES])
@pytest.mark.parametrize("name", STRANGE)
def test_what_answers_another_question_is_a_failure_of_the_engine(engine: Engine, name: str, verb: str) -> None:
    engine.answer = (STRANGE[name], JSON)
    with pytest.raises(StoreFailed):
        (READS | WRITES)[verb](engine.make())


def test_rows_that_a_template_does_not_name_are_a_failure_of_the_engine(engine: Engine) -> None:
    engine.answer = (STRANGE["other variables"], JSON)
    with pytest.raises(StoreFailed):
        READS["construct"](engine.make())
    engine.answer = (rows(["s", "p", "o"], dict.fromkeys("spo", {"type": "bnode", "value": "b0"})), JSON)
    with pytest.raises(StoreFailed, match="blank"):
        READS["construct"](engine.make())


def test_a_select_for_an_ask_is_the_fault_of_who_asks(engine: Engine) -> None:
    engine.answer = (b'{"head":{},"boolean":true}', JSON)
    with pytest.raises(Invalid, match="no SELECT"):
        engine.make().select("ASK WHERE { ?s ?p ?o }")


def test_terms_are_those_of_the_embedded_engine() -> None:
    row = {"a": {"type": "uri", "value": "urn:a"}, "b": {"type": "bnode", "value": "b0"}, "c": literal("x", **{"xml:lang": "en"}),
           "d": literal("007", datatype=str(XSD.integer)), "e": {"type": "typed-literal", "value": "1", "datatype": str(XSD.boolean)}}
    found = read_solutions(json.loads(rows([*row, "f"], row)))
    assert found.variables == (*row, "f")
    assert list(map(str, found.rows[0])) == ["urn:a", "b0", "x", "7", "true", "None"]
    assert read_rows(json.loads(rows(["a"], {"a": row["a"]})), "a") == [(A,)]
    assert read_boolean({"head": {}, "boolean": False}) is False
