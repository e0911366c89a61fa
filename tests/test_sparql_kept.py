"""Small answers kept in memory: bounded, whole, and never an old one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Response
from rdflib import RDFS, Graph, Literal, URIRef
from sparql_service import ONE, Service, run_service

from api.app import create_app
from api.shortcut import Shortcut
from kg.settings import Settings
from kg.sparql.kept import EACH, Kept
from kg.sparql.question import Answer
from kg.store.local import LocalStore


def answer(body: bytes, *, volatile: bool = False, file: object = None) -> Answer:
    return Answer("SELECT", "text/csv", len(body), False, volatile, body, file)


def test_least_recently_used_answers_are_forgotten() -> None:
    kept = Kept(most_bytes=3 * (EACH + 10))
    for key in "abc":
        kept.keep(key, answer(key.encode() * 10))
    assert kept.find("a")
    kept.keep("d", answer(b"d" * 10))
    assert [bool(kept.find(key)) for key in "abcd"] == [True, False, True, True]
    assert kept.size == 3 * (EACH + 10)


def test_files_and_answers_of_the_moment_are_not_kept() -> None:
    kept = Kept()
    kept.keep("moment", answer(b"x", volatile=True))
    kept.keep("file", answer(b"", file=io.BytesIO()))
    assert kept.find("moment") is None and kept.find("file") is None and kept.size == 0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("kept"), {ONE: Graph().add((URIRef("urn:a"), RDFS.label, Literal("a")))}) as running:
        yield running


def test_the_same_question_has_the_same_answer_in_each_serialisation(service: Service) -> None:
    query = "SELECT ?o WHERE { ?s ?p ?o }"
    kinds = ("text/csv", "application/sparql-results+json")
    first = [service.get(query, kind) for kind in kinds]
    size = service.app.state.kept.size
    again = [service.get(query, kind) for kind in kinds]
    assert [each.content for each in first] == [each.content for each in again] and first[0].content != first[1].content
    assert first[0].headers["etag"] == again[0].headers["etag"]
    assert service.app.state.kept.size == size > 0
    excel, plain = service.client.get("/sparql.excel", params={"query": query}), service.client.get("/sparql.csv", params={"query": query})
    assert excel.content == b"\xef\xbb\xbf" + plain.content
    assert service.get("SELECT (UUID() AS ?x) WHERE {}").text != service.get("SELECT (UUID() AS ?x) WHERE {}").text


def test_each_address_has_one_operation_id(service: Service) -> None:
    described = service.client.get("/openapi.json").json()
    ids = [each["operationId"] for path in described["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids)) and "/sparql" in described["paths"]


def test_a_request_sent_again_to_the_letter_is_not_asked_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    query, asked = "SELECT ?o WHERE { ?s ?p ?o } # to the letter", []
    first = service.get(query, "text/csv")

    async def refuse(request: object, operation: object, **more: object) -> Response:
        asked.append(request)
        return Response(status_code=418)

    monkeypatch.setattr("api.routes.sparql.respond_query", refuse)
    again = service.get(query, "text/csv")
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"]) and not asked
    assert service.get(query, "text/tab-separated-values").status_code == 418, "another serialisation is another answer"
    assert service.client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv", "If-None-Match": "*"}).status_code == 418
    assert service.client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).status_code == 418
    monkeypatch.setattr(service.app.state.pool, "version", "a later one")
    assert service.get(query, "text/csv").status_code == 418, "an answer of an older data version is forgotten"


def test_answers_of_the_moment_are_made_each_time_to_the_letter(service: Service) -> None:
    answers = {service.get("SELECT (UUID() AS ?x) WHERE {}", "text/csv").text for _ in range(3)}
    assert len(answers) == 3


def test_the_key_of_a_kept_answer_is_the_whole_digest(service: Service) -> None:
    tag = service.get("SELECT ?o WHERE { ?s ?p ?o }", "text/csv").headers["etag"]
    assert len(tag.strip('"').rpartition("-")[2]) == 64


def test_a_service_over_an_engine_elsewhere_has_no_short_way(tmp_path: Path) -> None:
    store = LocalStore()
    apart, own = (create_app(Settings(var=tmp_path, store=address), store) for address in ("http://127.0.0.1:1/", ""))
    assert [any(layer.cls is Shortcut for layer in app.user_middleware) for app in (apart, own)] == [False, True]  # type: ignore[comparison-overlap]
