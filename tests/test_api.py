"""The service: every address in every format, manners of answers, problems that say what to do."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, Literal, URIRef

from kg.queries import PROLOGUE
from kg.store.local import LocalStore
from kg.synergies.ranking import load_ranking
from kg.terms import BASE, DCT, thing

PAGE = {"Accept": "text/html"}
THING = "/doc/initiative/circular-pp"
PAGES = ("/", "/initiatives", "/practices", "/partnerships", "/actions", "/cities", "/organisations", "/results", "/events",
         "/instruments", "/themes", "/plans", "/recovery-ways", "/frameworks", "/surveys", THING, f"{THING}/synergies", "/search?q=school+meals",
         "/about", "/recovery", "/gaps", "/cooperation", "/docs", "/accessibility", "/privacy", "/ontology", "/shapes", "/voc/theme", "/voc/theme/food")


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_finished(client: TestClient, address: str) -> None:
    answer = client.get(address, headers=PAGE)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("<h1") == 1 and "<title>" in answer.text and '<html lang="en">' in answer.text
    assert "set-cookie" not in answer.headers and answer.headers["content-security-policy"].startswith("default-src 'self'")
    for attribute in ('src="http', '<link rel="stylesheet" href="http', "@import"):
        assert attribute not in answer.text


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf"])
def test_rdf_of_a_thing_equals_its_description(client: TestClient, store: LocalStore, suffix: str) -> None:
    answer = client.get(f"{THING}.{suffix}")
    names = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml"}
    graph = Graph().parse(data=answer.text, format=names[suffix])
    expected = store.construct("CONSTRUCT { ?x ?p ?o } WHERE { ?x ?p ?o }", {"x": thing("initiative", "circular-pp")})
    assert set(graph) == set(expected) and len(graph) > 10


def test_accept_chooses_the_format(client: TestClient) -> None:
    assert client.get(THING, headers={"Accept": "text/turtle;q=0.5, application/ld+json"}).headers["content-type"] == "application/ld+json"
    assert client.get(THING, headers={"Accept": "text/csv"}).headers["content-type"].startswith("text/csv")
    refused = client.get(THING, headers={"Accept": "image/png"})
    assert refused.status_code == 406 and "text/turtle" in refused.json()["detail"]


def test_a_thing_leads_to_its_description(client: TestClient) -> None:
    answer = client.get("/id/city/haarlem", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/doc/city/haarlem"
    merged = client.get("/id/initiative/procura-plus", follow_redirects=False)
    assert merged.status_code == 301 and merged.headers["location"] == "/doc/initiative/procura-plus-network"


def test_synergies_are_the_same_in_every_format_and_by_the_query(client: TestClient, store: LocalStore) -> None:
    answer = client.get(f"{THING}/synergies.json?limit=10").json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"{THING}/synergies.csv?limit=10").text)))
    graph = Graph().parse(data=client.get(f"{THING}/synergies.ttl?limit=10").text, format="turtle")
    page = client.get(f"{THING}/synergies?limit=10", headers=PAGE).text
    redone: dict[str, float] = {}
    for row in store.select(answer["query"]):
        redone[str(row["other"])] = redone.get(str(row["other"]), 0.0) + float(row["contribution"])
    documented = rows[len(answer["synergies"]):]
    for link, line in zip(answer["documented"], documented, strict=True):
        assert (link["statement"], link["page"], "documented") == (line["sentence"], line["page"], line["review"])
        assert (None, DCT.description, Literal(link["statement"], lang="en")) in graph
    assert documented
    for found, line in zip(answer["synergies"], rows, strict=False):
        assert found["score"] == pytest.approx(sum(each["contribution"] for each in found["evidence"]), abs=1e-4)
        assert found["score"] == pytest.approx(redone[found["target"]], abs=1e-5)
        assert float(line["score"]) == pytest.approx(found["score"], abs=1e-6)
        assert (URIRef(found["id"]), URIRef(f"{BASE}ontology#connects"), URIRef(found["target"])) in graph
        assert f"{found['score']:.3f}" in page
    stated = {answer["item"], *(each["target"] for each in answer["documented"])}
    others = [other for other in sorted(redone, key=lambda other: -redone[other]) if other not in stated]
    assert others[0] == answer["synergies"][0]["target"]


@pytest.mark.parametrize("reference", ["initiative/circular-pp", "practice/aalborg-ict-buy-back", "action/pp2-action-3",
                                       "partnership/food", "result/pp-elearning-module"])
def test_the_query_redoes_the_scores_of_every_kind(client: TestClient, store: LocalStore, reference: str) -> None:
    answer = client.get(f"/doc/{reference}/synergies.json").json()
    redone: dict[str, float] = {}
    for row in store.select(answer["query"]):
        redone[str(row["other"])] = redone.get(str(row["other"]), 0.0) + float(row["contribution"])
    ranking = load_ranking(store)
    scores = ranking.scores(URIRef(answer["item"]))
    positive = {ranking.items[number]: score for number, score in enumerate(scores) if score > 1e-9}
    assert set(redone) == {str(other) for other in positive}
    for other, score in positive.items():
        assert redone[str(other)] == pytest.approx(score, abs=1e-5)


def test_evidence_rests_on_statements_that_stand_in_their_graphs(client: TestClient, store: LocalStore) -> None:
    checked = 0
    read = cache(store.graph)
    for found in client.get(f"{THING}/synergies.json").json()["synergies"]:
        for reason in found["evidence"]:
            assert reason["statements"], reason
            for each in reason["statements"]:
                graph = read(URIRef(each["graph"]))
                assert (URIRef(each["subject"]), URIRef(each["predicate"]), None) in graph
                checked += 1
    assert checked > 50


def test_lists_filter_count_and_lead_on(client: TestClient) -> None:
    first = client.get("/practices.json?theme=food&limit=5")
    assert first.json()["total"] > 5 and 'rel="next"' in first.headers["link"]
    second = client.get(first.json()["next"])
    assert {each["iri"] for each in first.json()["things"]}.isdisjoint(each["iri"] for each in second.json()["things"])
    assert client.get("/cities.geojson?limit=100").json()["features"][0]["geometry"]["type"] == "Point"


@pytest.mark.parametrize(("address", "status", "words"), [
    ("/doc/city/nowhere", 404, "there is no city"), ("/nothing-here", 404, "There is initiatives"), ("/initiatives?colour=red", 400, "Known are q, theme"),
    ("/initiatives?limit=1000", 400, "from 1 to 100"), ("/initiatives?year_from=soon", 400, "whole number"), ("/initiatives?sort=size", 400, "Known are label"),
    (f"{THING}/synergies?type=friendship", 400, "Known are"), (f"{THING}/synergies?min_score=high", 400, "from 0 to 1"), (f"{THING}.png", 404, "there is no"),
    ("/voc/nothing", 404, "no concept scheme"), ("/voc/theme/nothing", 404, "no concept"), ("/doc/plan/air-quality-2017.geojson", 406, ".ttl"),
    ("/doc/city/haarlem?x=1", 400, "Known are lang")])
def test_problems_say_what_to_do(client: TestClient, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem) and problem["status"] == status
    assert words.lower() in problem["detail"].lower()
    page = client.get(address, headers=PAGE)
    assert page.status_code == status and "<h1>" in page.text


def test_manners(client: TestClient) -> None:
    answer = client.get(THING, headers=PAGE)
    assert answer.headers["data-version"] in answer.headers["etag"] and "Accept" in answer.headers["vary"]
    again = client.get(THING, headers={**PAGE, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    head = client.head(THING, headers=PAGE)
    assert head.status_code == 200 and head.content == b"" and head.headers["etag"] == answer.headers["etag"]
    assert client.options(THING).headers["allow"] == "GET, HEAD, OPTIONS"
    assert "license" in answer.headers["link"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a" * 10_000, "\x00\x07", "javascript:alert(1)", "{{ 1234*5678 }}", "%00", "'; DROP"])
def test_hostile_words_are_harmless(client: TestClient, text: str) -> None:
    for address in ("/search", "/initiatives"):
        answer = client.get(address, params={"q": text}, headers=PAGE)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text and "7006652" not in answer.text


def test_every_number_of_a_page_is_a_query(client: TestClient, store: LocalStore) -> None:
    rows = store.select(PROLOGUE + "SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE { ?x a uaeu:ProcurementPractice }")
    assert client.get("/practices.json").json()["total"] == int(str(rows.rows[0][0]))


def test_openapi_describes_the_addresses(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1") and "/doc/{kind}/{reference}" in described["paths"]
    assert json.dumps(described)


def test_recovery_shows_measured_cases_first(client: TestClient) -> None:
    ways = client.get("/recovery.json").json()["ways"]
    assert [way["rank"] for way in ways] == list(range(1, 14)) and all(way["mechanism"] and way["horizon"] and way["cases"] for way in ways)
    for way in ways:
        measured = [case["status"] == "measured" for case in way["cases"]]
        assert measured == sorted(measured, reverse=True)
    assert len(Graph().parse(data=client.get("/recovery.ttl").text, format="turtle")) > 13 * 5
    assert len(list(csv.DictReader(io.StringIO(client.get("/recovery.csv").text)))) == sum(len(way["cases"]) for way in ways)


def test_gaps_have_practices_of_one_country_at_most(client: TestClient) -> None:
    rows = client.get("/gaps.json").json()["themes"]
    assert rows and all(row["countries"] < 2 for row in rows)
    listed = client.get("/practices.json", params={"theme": rows[-1]["theme"]}).json()["total"]
    assert listed == rows[-1]["practices"]


def test_cooperation_counts_shared_members(client: TestClient, store: LocalStore) -> None:
    first = client.get("/cooperation.json").json()["pairs"][0]
    query = PROLOGUE + """SELECT (COUNT(DISTINCT ?actor) AS ?n) WHERE { ?a org:member ?actor ; org:organization ?one .
                          ?b org:member ?actor ; org:organization ?other . }"""
    rows = store.select(query, {"one": URIRef(first["one"]), "other": URIRef(first["other"])})
    assert int(str(rows.rows[0][0])) == first["actor"] > 1


def test_features_and_profiles_of_comparisons_have_pages(client: TestClient) -> None:
    found = client.get(f"{THING}/synergies.json").json()
    for feature in {reason["feature"] for each in found["synergies"] for reason in each["evidence"]}:
        address = feature.removeprefix(BASE)
        led = client.get(f"/{address}", follow_redirects=False)
        assert led.status_code == 303
        graph = Graph().parse(data=client.get(f"{led.headers['location']}.ttl").text, format="turtle")
        assert (URIRef(feature), URIRef(f"{BASE}ontology#featureKind"), None) in graph
    assert client.get(led.headers["location"], headers=PAGE).status_code == 200
    profile = next(str(each) for each in Graph().parse(data=client.get(f"{THING}.ttl").text, format="turtle").objects(
        URIRef(found["item"]), URIRef(f"{BASE}ontology#hasProfile")))
    assert client.get(f"/{profile.removeprefix(BASE)}", headers=PAGE).status_code == 200
