"""What is not published is nowhere for the public: no page, list, search, query, dump, feed, count or error message holds a word of it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, Literal

from api.app import create_app
from kg.contributions import graph_name
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.terms import DCT, GRAPH, RDF, UAEU, VOC, XSD, thing

FIRST = {"Authorization": "Bearer first key"}


def initiative(name: str, title: str) -> Graph:
    graph, iri = Graph(), thing("initiative", name)
    graph.add((iri, RDF.type, UAEU.ProcurementInitiative))
    graph.add((iri, DCT.title, Literal(title, lang="en")))
    graph.add((iri, UAEU.theme, VOC["theme/circular-economy"]))
    return graph


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    var = tmp_path_factory.mktemp("unpublished")
    store = LocalStore(var / "store")
    page = initiative("tram", "Tram tender")
    page.add((GRAPH["test/page"], DCT.issued, Literal("2026-11-24", datatype=XSD.date)))
    store.put(GRAPH["test/page"], page)
    with TestClient(create_app(read_settings({}, var=var, reviewer_key="first key"), store)) as made:
        yield made
    store.close()


SECRET = "Qwyxvunpublished"
LOOKED = ("/", "/search?q={word}", "/search.json?q={word}", "/suggest?q={word}", "/initiatives?q={word}", "/initiatives.json?q={word}", "/initiatives",
          "/doc/initiative/{word}", "/doc/initiative/{word}.ttl", "/doc/initiative/{word}.json", "/doc/initiative/{word}/synergies.json",
          "/id/initiative/{word}", "/synergies", "/exchange", "/reconcile?queries=%7B%22a%22%3A%7B%22query%22%3A%22{word}%22%7D%7D",
          "/reconcile/suggest/entity?prefix={word}", "/reconcile/preview?id=id/initiative/{word}", "/graphs?graph={graph}", "/graphs?default",
          "/stream", "/data", "/catalogue", "/.well-known/void", "/sitemap.xml", "/sparql?query={query}", "/sparql?query={broken}",
          "/contributions/{reference}", "/contributions/{reference}?token=wrong", "/reviews", "/reviews/{reference}", "/metrics", "/ready", "/health")


@pytest.mark.parametrize("status", ["draft", "submitted", "changes-requested", "accepted", "rejected", "withdrawn"])
def test_the_public_sees_nothing_of_what_is_not_published(service: TestClient, status: str) -> None:
    contributions = service.app.state.contributions  # type: ignore[attr-defined]
    word = f"{SECRET}{status.replace('-', '')}"
    counted = service.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"}, headers={"Accept": "text/csv"}).text
    graph = initiative(word.lower(), f"{word} tender")
    received = contributions.receive(graph, contact=f"{word}@city.example", draft=status == "draft")
    reference, agent = received.contribution.reference, str(thing("agent", "maintainers"))
    for step in {"changes-requested": ["request_changes"], "accepted": ["accept"], "rejected": ["reject"], "withdrawn": ["withdraw"]}.get(status, []):
        getattr(contributions, step)(reference, agent, *(["it is a test"] if step != "accept" else []))
    assert contributions.journal.contribution(reference).status == status
    escaped = quote(f'SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(CONTAINS(LCASE(STR(?o)), "{SECRET.lower()}")) }}')
    for address in LOOKED:
        answer = service.get(address.format(word=word.lower(), reference=reference, query=escaped, broken=quote("SELECT {"),
                                            graph=quote(str(graph_name(reference)))), headers={"Accept": "*/*"})
        # An answer may repeat what was asked, the IRI, but never what only the contribution says.
        assert f"{word} tender".lower() not in answer.text.lower() and "@city.example" not in answer.text, address
        assert answer.status_code < 500 or answer.status_code == 503, address
    hits = service.get("/search", params={"q": word}, headers={"Accept": "application/json"}).json()["hits"]
    rows = service.get("/sparql", params={"query": unquote(escaped)}, headers={"Accept": "text/csv"}).text.strip().splitlines()
    assert hits == [] and len(rows) == 1
    assert service.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"}, headers={"Accept": "text/csv"}).text == counted
    assert not any(word.encode() in line for line in contributions.store.dump())
    assert f"{word} tender" in service.get(f"/reviews/{reference}", headers={**FIRST, "Accept": "text/html"}).text
