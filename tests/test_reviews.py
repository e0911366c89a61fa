"""The reviewers' queue over HTTP: keys, decisions, differences, and the new version everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from building import copy_built
from conftest import settle
from fastapi.testclient import TestClient
from rdflib import Graph, Literal, URIRef

from api.app import create_app
from kg.build import Built
from kg.contributions import add_key
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.terms import DCT, RDF, UAEU, VOC, thing

NEW = thing("initiative", "tram-tender-of-test")
OLD = thing("initiative", "circular-pp")


@pytest.fixture(scope="module")
def service(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    var = copy_built(settings.var, tmp_path_factory.mktemp("reviews"))
    store = LocalStore(var / "store")
    with TestClient(create_app(settings.model_copy(update={"var": var, "reviewer_key": "first key"}), store)) as made:
        yield made
    store.close()


def initiative(iri: URIRef, title: str) -> Graph:
    graph = Graph()
    graph.add((iri, RDF.type, UAEU.ProcurementInitiative))
    graph.add((iri, DCT.title, Literal(title, lang="en")))
    graph.add((iri, UAEU.theme, VOC["theme/circular-economy"]))
    return graph


def sent(service: TestClient, graph: Graph, **more: object) -> str:
    received = service.app.state.contributions.receive(graph, **more)  # type: ignore[attr-defined]
    return str(received.contribution.reference)


FIRST = {"Authorization": "Bearer first key"}


def test_the_queue_is_closed_without_a_key(service: TestClient) -> None:
    answer = service.get("/reviews")
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Basic")
    assert service.get("/reviews", auth=("anyone", "first key")).status_code == 200
    _, secret = add_key(service.app.state.journal, str(thing("organisation", "ghent")), "partner")  # type: ignore[attr-defined]
    assert service.get("/reviews", headers={"Authorization": f"Bearer {secret}"}).status_code == 403


def test_a_page_of_another_site_cannot_decide(service: TestClient) -> None:
    reference = sent(service, initiative(NEW, "Tram tender"))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = service.post(f"/reviews/{reference}/publish", headers=headers, auth=("anyone", "first key"))
        assert answer.status_code == 403
    service.post(f"/reviews/{reference}/reject", data={"why": "a test"}, headers=FIRST)


def test_published_seen_withdrawn_gone(service: TestClient) -> None:
    reference = sent(service, initiative(NEW, "Xyzzytram tender"), contact="someone@city.example")
    before = service.get("/").headers["data-version"]
    ask = {"query": f"SELECT ?t WHERE {{ <{NEW}> <{DCT.title}> ?t }}"}
    assert service.get("/sparql", params=ask, headers={"Accept": "text/csv"}).text.split() == ["t"]
    assert service.get("/search", params={"q": "Xyzzytram"}, headers={"Accept": "application/json"}).json()["hits"] == []
    told = service.post(f"/reviews/{reference}/publish", headers=FIRST).json()
    assert told["status"] == "published" and told["synergies"] in ("follow", "complete")
    assert "Xyzzytram tender" in service.get("/sparql", params=ask, headers={"Accept": "text/csv"}).text
    assert str(NEW) in service.get("/search", params={"q": "Xyzzytram"}, headers={"Accept": "application/json"}).text
    after = settle(service)
    assert after != before
    answer = service.get("/sparql", params=ask, headers={"Accept": "text/csv"})
    assert "Xyzzytram tender" in answer.text and answer.headers["data-version"] == after
    assert str(NEW) in service.get("/search", params={"q": "Xyzzytram"}, headers={"Accept": "application/json"}).text
    assert service.get("/doc/initiative/tram-tender-of-test/synergies.json").json()["synergies"]
    assert "someone@" not in service.get("/doc/initiative/tram-tender-of-test", headers={"Accept": "text/html"}).text
    service.post(f"/reviews/{reference}/withdraw", data={"why": "a test"}, headers=FIRST)
    assert service.get("/sparql", params=ask, headers={"Accept": "text/csv"}).text.split() == ["t"]
    assert service.get("/doc/initiative/tram-tender-of-test").status_code == 410


def test_what_follows_is_said_meanwhile(service: TestClient) -> None:
    reference, agent = sent(service, initiative(NEW, "Ferry tender")), str(thing("agent", "maintainers"))
    state = service.app.state  # type: ignore[attr-defined]
    with state.publisher._lock:  # holds back the thread that has the synergies follow
        state.contributions.accept(reference, agent)
        state.contributions.publish(reference, agent)
        ready = service.get("/ready").json()
        assert ready["synergies"] == "follow" and ready["ready"] and ready["journal"] == ready["published"]
        page = service.get("/doc/initiative/tram-tender-of-test", headers={"Accept": "text/html"})
        assert "Ferry tender" in page.text and "its synergies follow" in page.text
        assert service.get("/doc/initiative/tram-tender-of-test/synergies.json").json()["synergies"] == []
        owed = service.get("/sparql", params={"query": "SELECT ?c { ?g <http://www.w3.org/2000/01/rdf-schema#comment> ?c FILTER(CONTAINS(?c, 'owed')) }"},
                           headers={"Accept": "text/csv"})
        assert "Synergies are owed." in owed.text
    settle(service)
    page = service.get("/doc/initiative/tram-tender-of-test", headers={"Accept": "text/html"})
    assert "its synergies follow" not in page.text and service.get("/doc/initiative/tram-tender-of-test/synergies.json").json()["synergies"]
    service.post(f"/reviews/{reference}/withdraw", data={"why": "a test"}, headers=FIRST)


def test_the_difference_is_shown_in_words_and_as_triples(service: TestClient) -> None:
    reference = sent(service, initiative(OLD, "Circular PP, corrected"), replaces=[str(OLD)])
    page = service.get(f"/reviews/{reference}", headers={**FIRST, "Accept": "text/html"})
    assert "<ins>Circular PP, corrected</ins>" in page.text and "Synergies that it would have" in page.text and "<del>" in page.text and page.headers["cache-control"] == "no-store"
    assert '<th scope="row">Circular PP, corrected</th><td>Name</td>' in page.text
    assert "Circular PP, corrected" in service.get("/reviews", headers={**FIRST, "Accept": "text/html"}).text
    found = service.get(f"/reviews/{reference}", headers={**FIRST, "Accept": "application/json"}).json()
    assert {each["change"] for each in found["differences"]} >= {"added", "removed"}


def test_a_decision_that_the_workflow_does_not_know_is_a_conflict(service: TestClient) -> None:
    reference = sent(service, initiative(NEW, "Tram tender"))
    assert service.post(f"/reviews/{reference}/withdraw", headers=FIRST).status_code == 400
    assert service.post(f"/reviews/{reference}/celebrate", headers=FIRST).status_code == 400
    service.post(f"/reviews/{reference}/reject", data={"why": "a test"}, headers=FIRST)
    assert service.post(f"/reviews/{reference}/publish", headers=FIRST).status_code == 409
    assert service.get("/reviews/000000000000", headers=FIRST).status_code == 404


def test_conflicts_are_shown_before_a_decision(service: TestClient) -> None:
    first, second = sent(service, initiative(NEW, "Bus tender")), sent(service, initiative(NEW, "Coach tender"))
    as_page, as_json = {**FIRST, "Accept": "text/html"}, {**FIRST, "Accept": "application/json"}
    service.post(f"/reviews/{first}/publish", headers=FIRST)
    settle(service)
    found = service.get(f"/reviews/{second}", headers=as_json).json()
    assert found["overlaps"] == [{"reference": first, "title": "Bus tender", "status": "published", "records": [str(NEW)], "later": True}]
    assert found["refusal"]["supersedes"] == first and "in the meantime" in found["refusal"]["what"]
    listed = next(each for each in service.get("/reviews", headers=as_json).json() if each["reference"] == second)
    assert listed["overlaps"] == found["overlaps"] and listed["refusal"] == found["refusal"]
    page = service.get(f"/reviews/{second}", headers=as_page).text
    assert "It cannot be published now" in page and f'/reviews/{first}">' in page and f"superseding {first}" in page
    queue = service.get("/reviews", headers=as_page).text
    assert "Bus tender</a> (published)" in queue and f"superseding {first}" in queue
    refused = service.post(f"/reviews/{second}/publish", headers=FIRST)
    assert refused.status_code == 409 and found["refusal"]["what"] in refused.json()["detail"]
    service.post(f"/reviews/{second}/reject", data={"why": "a test"}, headers=FIRST)
    service.post(f"/reviews/{first}/withdraw", data={"why": "a test"}, headers=FIRST)
