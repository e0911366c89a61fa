"""A plan that is only described is matched by the same rules as what is published; nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from kg.store.local import LocalStore
from kg.synergies import find_synergies
from kg.synergies.matching import load_matcher
from kg.terms import UAEU, thing

PLAN = {"theme": ["food"], "country": "Denmark", "text": "Organic school meals from local farms"}
DERIVED = (UAEU.hasProfile, UAEU.keyword, UAEU.documentedAt, UAEU.mentions, UAEU.mentionsTheme, UAEU.mentionsPlace, UAEU.mentionsInstrument)


@pytest.mark.parametrize("reference", ["keino", "foodlinks", "big-buyers-initiative"])
def test_a_copy_of_a_published_thing_has_the_scores_of_the_thing(reference: str, store: LocalStore) -> None:
    item, copy, graph = thing("initiative", reference), thing("initiative", "copy-of-mine"), Graph()
    for _, predicate, value in store.match(item, None, None):
        if predicate not in DERIVED:
            graph.add((copy, predicate, value))
            if isinstance(value, URIRef) and any(part in value for part in ("/id/input/", "/id/step/", "/id/outcome/", "/id/association/")):
                for triple in store.match(value, None, None):
                    graph.add(triple)
    found = {each.target: each.score for each in load_matcher(store).match(store, graph, copy, 40)}
    same = 0
    for each in find_synergies(store, item, limit=20):
        rules = {one.rule.name for one in each.evidence}
        if each.target in found and not rules & {"names-it", "succession", "duplication-risk", "shared-source"}:
            assert found[each.target] == pytest.approx(each.score, rel=0.05), each.target
            same += 1
    assert same >= 5


@pytest.mark.parametrize("way", ["json", "form", "address", "text"])
def test_a_plan_is_answered_whatever_way_it_comes(way: str, client: TestClient) -> None:
    accept = {"Accept": "application/json"}
    answer = {"json": lambda: client.post("/match", json=PLAN, headers=accept), "form": lambda: client.post("/match", data=PLAN, headers=accept),
              "address": lambda: client.get("/match", params=PLAN, headers=accept),
              "text": lambda: client.post("/match", content="Organic school meals from local farms in Denmark",
                                          headers={**accept, "Content-Type": "text/plain"})}[way]()
    found = answer.json()
    assert answer.status_code == 200 and len(found["synergies"]) == 10 and found["improve"]
    labels = " ".join(each["target_label"] for each in found["synergies"])
    assert "school" in labels.lower() or "Food" in labels
    for each in found["synergies"]:
        assert each["score"] == pytest.approx(sum(one["contribution"] for one in each["evidence"]), abs=1e-4)


def test_unknown_terms_are_answered_with_the_near_ones(client: TestClient) -> None:
    found = client.get("/match", params={"instrument": "lots", "theme": "food", "country": "Denmrk"}, headers={"Accept": "application/json"}).json()
    unknown = {each["field"]: each for each in found["unknown"]}
    assert "division-into-lots" in [each["code"] for each in unknown["instrument"]["near"]]
    assert "DNK" in [each["code"] for each in unknown["country"]["near"]]
    assert [each["label"] for each in found["understood"]] == ["Food and catering"]


@pytest.mark.parametrize(("ask", "status"), [
    ({"json": {}}, 400), ({"json": {"theme": []}}, 400), ({"json": []}, 400), ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ({"json": {"shoe": "42"}}, 400), ({"json": {"text": "x" * 6000}}, 400), ({"json": {"theme": ["food"], "limit": 0}}, 400),
    ({"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain"}}, 400)])
def test_a_profile_that_says_nothing_is_refused_with_an_example(ask: dict[str, Any], status: int, client: TestClient) -> None:
    answer = client.post("/match", **ask)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_the_page_is_a_form_and_then_an_answer(client: TestClient) -> None:
    page = {"Accept": "text/html"}
    assert "<textarea" in client.get("/match", headers=page).text
    answer = client.get("/match", params={"text": "Organic school meals <script>", "theme": "nonsense"}, headers=page)
    assert answer.status_code == 200 and "that fit best" in answer.text and "<script>" not in answer.text.split("<main", 1)[1]
    assert "is in no list (theme" in answer.text and "improve" in answer.text


@pytest.mark.parametrize("suffix", ["csv", "ttl", "jsonld", "json"])
def test_every_format(suffix: str, client: TestClient) -> None:
    answer = client.get(f"/match.{suffix}", params={"theme": "food"})
    assert answer.status_code == 200 and len(answer.text) > 500


def test_nothing_is_stored(client: TestClient, store: LocalStore) -> None:
    before = store.version()
    client.post("/match", json=PLAN)
    assert store.version() == before and not client.app.state.journal.contributions()  # type: ignore[attr-defined]
