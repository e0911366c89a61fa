"""Verdicts: a reviewer confirms or rejects a synergy, and it holds on the page, in JSON, in RDF and after a build from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from building import copy_built
from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from api.app import create_app
from kg.build import Built, read_sources
from kg.contributions import add_key
from kg.contributions.replay import replay
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.synergies.find import find_synergies
from kg.synergies.materialise import identify_pair
from kg.synergies.statements import Statements
from kg.terms import UAEU, VOC, thing

ITEM = thing("initiative", "circular-pp")
PAGE = "/doc/initiative/circular-pp/synergies"
REVIEWER = {"Authorization": "Bearer first key"}


@pytest.fixture(scope="module")
def service(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    var = copy_built(settings.var, tmp_path_factory.mktemp("verdicts"))
    opened = LocalStore(var / "store")
    with TestClient(create_app(settings.model_copy(update={"var": var, "reviewer_key": "first key"}), opened)) as made:
        yield made
    opened.close()


def send(service: TestClient, reference: str, verdict: str, **more: str) -> int:
    return service.post(f"/synergies/{reference}/verdict", json={"verdict": verdict, "why": "they met", **more}, headers=REVIEWER).status_code


def targets(service: TestClient, **query: str) -> dict[str, str]:
    found = service.get(f"{PAGE}.json", params={"limit": "100", **query}).json()["synergies"]
    return {each["target"]: each["review"] for each in found}


def status(service: TestClient, reference: str) -> set[str]:
    store = service.app.state.publisher.store  # type: ignore[attr-defined]
    return {str(value).rsplit("/", 1)[-1] for _, _, value in store.match(thing("synergy", reference), UAEU.reviewStatus, None)}


def test_a_verdict_is_kept_apart_shown_and_replayed(service: TestClient, settings: Settings) -> None:
    first, weak = list(targets(service))[0], list(targets(service))[60]
    strong, far = (identify_pair(ITEM, URIRef(each)).rsplit("/", 1)[-1] for each in (first, weak))
    assert send(service, strong, "confirmed") == 201 and targets(service)[first] == "confirmed"
    assert status(service, strong) == {"confirmed"} and "confirmed by a reviewer" in service.get(PAGE, headers={"Accept": "text/html"}).text

    assert send(service, strong, "rejected") == 201, "a later verdict supersedes the earlier one"
    assert first not in targets(service) and targets(service, review="rejected") == {first: "rejected"}
    assert status(service, strong) == {"rejected"}
    rows = service.get("/synergies.json", params={"limit": "100", "min_score": "0.2"}).json()["synergies"]
    assert all(each["review"] != "rejected" for each in rows)
    assert strong in service.get("/synergies.json", params={"review": "rejected"}).text

    assert send(service, far, "confirmed") == 404, "nobody finds a synergy that is not published by its digest alone"
    assert send(service, far, "confirmed", one=str(ITEM), other=weak) == 201 and status(service, far) == {"confirmed"}

    journal = service.app.state.journal  # type: ignore[attr-defined]
    sources = read_sources(settings.data or Path("data"))
    put, dropped = replay(journal.changes(), lambda name: sources.get(name, Graph()))
    fresh = LocalStore()
    fresh.put_all({name: graph for name, graph in put.items() if name not in dropped})
    kept = {pair: verdict.status for pair, verdict in Statements(fresh).verdicts.items()}
    assert kept == {tuple(sorted((ITEM, URIRef(first)))): VOC["review-status/rejected"],
                    tuple(sorted((ITEM, URIRef(weak)))): VOC["review-status/confirmed"]}
    live = service.app.state.publisher.store  # type: ignore[attr-defined]
    assert all(each.target != URIRef(first) for each in find_synergies(live, ITEM, limit=50))


def test_bad_verdicts_are_refused(service: TestClient) -> None:
    reference = identify_pair(ITEM, URIRef(list(targets(service))[1])).rsplit("/", 1)[-1]
    address = f"/synergies/{reference}/verdict"
    assert service.post(address, json={"verdict": "confirmed", "why": "x"}).status_code == 401
    _, secret = add_key(service.app.state.journal, str(thing("organisation", "ghent")), "partner")  # type: ignore[attr-defined]
    assert service.post(address, json={"verdict": "confirmed", "why": "x"}, headers={"Authorization": f"Bearer {secret}"}).status_code == 403
    for body in ({"verdict": "liked", "why": "x"}, {"verdict": "confirmed", "why": " "}, {"verdict": "confirmed", "why": "x", "mood": "good"}, []):
        assert service.post(address, json=body, headers=REVIEWER).status_code == 400
    assert send(service, "000000000000", "confirmed") == 404
    stated = service.get(f"{PAGE}.json").json()["documented"][0]["id"].rsplit("/", 1)[-1]
    assert send(service, stated, "rejected") == 409
    assert status(service, reference) == {"proposed"}


def test_a_browser_goes_back_to_the_synergies(service: TestClient) -> None:
    other = list(targets(service))[2]
    reference = identify_pair(ITEM, URIRef(other)).rsplit("/", 1)[-1]
    answer = service.post(f"/synergies/{reference}/verdict", data={"verdict": "confirmed", "why": "they met", "one": str(ITEM), "other": other},
                          headers={**REVIEWER, "Accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == f"{PAGE}?review=confirmed"
    assert list(targets(service, review="confirmed").values()) == ["confirmed"] * 2
