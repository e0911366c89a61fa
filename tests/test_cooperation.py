"""Cooperation of partnerships: the matrix, each number redone by its query, and the pair in every format."""

from __future__ import annotations

from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from kg.store.local import LocalStore
from kg.terms import PROV, UAEU

HTML = {"Accept": "text/html"}


def test_each_number_is_the_count_of_its_query(client: TestClient, store: LocalStore) -> None:
    pairs = client.get("/cooperation.json").json()["pairs"]
    assert len(pairs) > 200
    names = set(store.names())
    for pair in pairs[::25]:
        answer = client.get("/sparql", params={"query": pair["query"]}, headers={"Accept": "application/sparql-results+json"})
        rows = {(row["kind"]["value"], row["on"]["value"]) for row in answer.json()["results"]["bindings"]}
        found = client.get(pair["page"] + ".json").json()["reasons"]
        mine = [reason for reason in found if reason["from"] == pair["one"]]
        assert len(rows) == pair["total"] == pair["gives"] + pair["actor"] + pair["theme"] == len(mine)
        assert {(reason["kind"], reason["on"]) for reason in mine} == rows
        assert all(reason["mine"] and reason["theirs"] and {*map(URIRef, reason["graphs"])} <= names and reason["graphs"] for reason in found)


def test_the_matrix_says_the_same_on_the_page_in_csv_and_in_rdf(client: TestClient) -> None:
    pairs = client.get("/cooperation.json").json()["pairs"]
    page = client.get("/cooperation", headers=HTML).text
    assert all(f'href="{pair["page"]}"' in page for pair in pairs)
    assert len(client.get("/cooperation.csv").text.splitlines()) == len(pairs) + 1
    graph = Graph().parse(data=client.get("/cooperation.ttl").text, format="turtle")
    assert len(set(graph.subjects(UAEU.hasEvidence))) == len(pairs)
    assert len(list(graph.triples((None, UAEU.hasEvidence, None)))) == sum(pair["total"] for pair in pairs)


def test_a_pair_is_a_proposal_with_evidence(client: TestClient) -> None:
    address = "/cooperation/circular-economy/climate-adaptation"
    found = client.get(f"{address}.json").json()
    page = client.get(address, headers=HTML).text
    assert all(reason["label"].replace("&", "&amp;") in page for reason in found["reasons"])
    assert "can give" in page and "Next steps" in page
    graph = Graph().parse(data=client.get(f"{address}.ttl").text, format="turtle")
    evidence = set(graph.objects(None, UAEU.hasEvidence))
    assert evidence and all((each, PROV.wasDerivedFrom, None) in graph for each in evidence)
    assert len(client.get(f"{address}.csv").text.splitlines()) == len(found["reasons"]) + 1


def test_wrong_pairs_are_refused(client: TestClient) -> None:
    assert client.get("/cooperation/circular-economy/circular-economy").status_code == 400
    assert client.get("/cooperation/circular-economy/nobody").status_code == 404
    assert client.get("/cooperation.doc").status_code == 400
    assert client.get("/cooperation?colour=red").status_code == 400


def test_recovery_shows_measured_cases_first_with_advice(client: TestClient) -> None:
    ways = client.get("/recovery.json").json()["ways"]
    page = client.get("/recovery", headers=HTML).text
    for way in ways:
        measured = [bool(case["value"]) for case in way["cases"]]
        assert measured == sorted(measured, reverse=True)
        assert way["mechanism"] and way["horizon"] and way["advice"] and way["instruments"]
    assert sum(bool(case["value"]) for way in ways for case in way["cases"]) and page.count("Advice:") == len(ways)
    assert len(client.get("/recovery.csv").text.splitlines()) > len(ways) and len(Graph().parse(data=client.get("/recovery.ttl").text))


def test_gaps_are_themes_and_pairs_in_every_format(client: TestClient) -> None:
    found = client.get("/gaps.json").json()
    page = client.get("/gaps", headers=HTML).text
    assert found["themes"] and all(row["countries"] < 2 and row["label"].replace("&", "&amp;") in page for row in found["themes"])
    assert found["pairs"] and all(row["score"] >= 0.1 and row["synergy"].rsplit("/", 1)[-1] in page for row in found["pairs"])
    assert len(client.get("/gaps.csv").text.splitlines()) == len(found["themes"]) + len(found["pairs"]) + 1
    graph = Graph().parse(data=client.get("/gaps.ttl").text, format="turtle")
    assert {str(each) for each in graph.subjects(UAEU.score)} == {row["synergy"] for row in found["pairs"]}
    for row in found["pairs"][:5]:
        reasons = {reason["rule"].rsplit("/", 1)[-1] for each in client.get(
            row["one"].replace("https://w3id.org/uaeu-kg/id/", "/doc/") + "/synergies.json?limit=100").json()["synergies"]
            if each["target"] == row["other"] for reason in each["evidence"]}
        assert reasons and not reasons & {"shared-actor", "names-it", "succession"}
