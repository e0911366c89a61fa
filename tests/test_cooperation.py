"""Cooperation of partnerships: the matrix, each number redone by its query, and the pair in every format."""

from __future__ import annotations

import csv
import re
from itertools import permutations

from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from kg.cooperation import REASONS, Matrix
from kg.queries import load_query
from kg.store.local import LocalStore
from kg.tables.values import make_date
from kg.terms import CV, DCAT, DCT, ORG, PROV, RDF, UAEU, VOC, thing

HTML = {"Accept": "text/html"}


def test_each_number_is_the_count_of_its_query(client: TestClient, store: LocalStore) -> None:
    pairs = client.get("/cooperation.json").json()["pairs"]
    assert len(pairs) > 200
    names = set(store.names())
    for pair in pairs[::25]:
        query = client.get(pair["page"] + ".json").json()["query"]
        answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"})
        rows = {(row["kind"]["value"], row["on"]["value"]) for row in answer.json()["results"]["bindings"]}
        found = client.get(pair["page"] + ".json").json()["reasons"]
        mine = [reason for reason in found if reason["from"] == pair["one"]]
        assert len(rows) == pair["total"] == sum(pair[kind] for kind in ("gives", "actor", "place", "theme")) == len(mine)
        assert {(reason["kind"], reason["on"]) for reason in mine} == rows
        assert all(reason["mine"] and reason["theirs"] and {*map(URIRef, reason["graphs"])} <= names and reason["graphs"] for reason in found)


def test_the_matrix_says_the_same_on_the_page_in_csv_and_in_rdf(client: TestClient) -> None:
    found = client.get("/cooperation.json").json()
    pairs = found["pairs"]
    assert "query" not in pairs[0] and "SELECT" in found["query"]
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
    assert "can give to" in page and "Next steps" in page and "Where both are at work" in page
    assert "stated in" not in re.sub(r'\s<span class="formats">stated in', "", page)
    other = client.get(f"{address}?lang=de", headers=HTML).text
    assert "Nächste Schritte" in other and "geben kann" in other and "shows it to" not in other and "before both spend" not in other
    graph = Graph().parse(data=client.get(f"{address}.ttl").text, format="turtle")
    evidence = set(graph.objects(None, UAEU.hasEvidence))
    assert evidence and all((each, PROV.wasDerivedFrom, None) in graph for each in evidence)
    for each in {str(node).replace("https://w3id.org/uaeu-kg/", "/").split("#")[0] for node in (*evidence, *graph.subjects(UAEU.hasEvidence))}:
        assert client.get(each).status_code == 200
    assert len(client.get(f"{address}.csv").text.splitlines()) == len(found["reasons"]) + 1


def test_the_strongest_pairs_are_named_once(client: TestClient) -> None:
    page = client.get("/cooperation", headers=HTML).text
    strongest = re.findall(r'<li><a href="/cooperation/([\w-]+)/([\w-]+)"', page)
    assert len(strongest) == 10 == len({frozenset(ends) for ends in strongest})


def test_actions_whose_stated_end_has_passed_are_not_open() -> None:
    store, graph = LocalStore(), Graph()
    for partnership, end in (("a", "2100"), ("b", ""), ("c", "2019"), ("d", "2022-06")):
        plan, action, period = (thing(kind, partnership) for kind in ("plan", "action", "period"))
        graph.add((thing("partnership", partnership), RDF.type, UAEU.ThematicPartnership))
        graph.add((thing("partnership", partnership), UAEU.hasActionPlan, plan))
        graph.add((plan, UAEU.includesAction, action))
        graph.add((action, UAEU.theme, VOC["theme/food"]))
        if end:
            graph.add((plan if partnership == "d" else action, DCT.temporal, period))
            graph.add((period, DCAT.endDate, make_date(end)))
    store.put(URIRef("https://w3id.org/uaeu-kg/graph/test/actions"), graph)
    matrix = Matrix(store)
    open_ones = {thing("partnership", "a"), thing("partnership", "b")}
    assert set().union(*matrix.pairs) == open_ones
    for one, other in permutations(matrix.partnerships, 2):
        rows = list(store.select(load_query(REASONS).text, {"one": one, "other": other}))
        assert len(rows) == ({one, other} == open_ones)


def test_a_city_of_different_things_is_a_shared_place_and_one_organisation_in_both_is_not() -> None:
    store, graph = LocalStore(), Graph()
    for partnership, member in (("a", "city-of-ghent"), ("b", "city-of-ghent"), ("c", "port-of-ghent")):
        graph.add((thing("partnership", partnership), RDF.type, UAEU.ThematicPartnership))
        graph.add((thing("membership", partnership), ORG.organization, thing("partnership", partnership)))
        graph.add((thing("membership", partnership), ORG.member, thing("organisation", member)))
        graph.add((thing("organisation", member), UAEU.urbanAuthorityOf, thing("city", "ghent")))
    store.put(URIRef("https://w3id.org/uaeu-kg/graph/test/places"), graph)
    matrix = Matrix(store)
    a, b, c = (thing("partnership", name) for name in "abc")
    assert [reason.kind for reason in matrix.reasons(a, b)] == ["actor"]
    assert [(reason.kind, reason.on) for reason in matrix.reasons(a, c)] == [("place", thing("city", "ghent"))]


def test_wrong_pairs_are_refused(client: TestClient) -> None:
    assert client.get("/cooperation/circular-economy/circular-economy").status_code == 400
    assert client.get("/cooperation/circular-economy/nobody").status_code == 404
    assert {client.get(f"/{name}.doc").status_code for name in ("cooperation", "gaps", "recovery", "exchange")} == {406}
    assert client.get("/cooperation?colour=red").status_code == 400


def test_recovery_shows_measured_cases_first_with_advice(client: TestClient) -> None:
    ways = client.get("/recovery.json").json()["ways"]
    page = client.get("/recovery", headers=HTML).text
    for way in ways:
        measured = [case["status"] == "measured" for case in way["cases"]]
        assert measured == sorted(measured, reverse=True)
        assert way["mechanism"] and way["horizon"] and way["advice"] and way["instruments"]
    status = {case["iri"].rsplit("/", 1)[-1]: case["status"] for way in ways for case in way["cases"]}
    assert status["mouans-sartoux-organic-canteens"] == "measured" and status["malmo-organic-canteens"] == "target"
    assert status["venlo-city-hall-c2c"] == "expected" and status["gabicce-mare-reserved-cleaning"] == "circumstance"
    assert "Measured: Reduction of food waste, 80\u00a0%" in page and "Target: Share of organic food" in page
    rows = list(csv.DictReader(client.get("/recovery.csv").text.splitlines()))
    assert all(row["mechanism"] and row["instruments"] and row["themes"] for row in rows)
    assert sum(bool(case["value"]) for way in ways for case in way["cases"]) and page.count("Advice:") == len(ways)
    assert len(client.get("/recovery.csv").text.splitlines()) > len(ways) and len(Graph().parse(data=client.get("/recovery.ttl").text))


def test_gaps_are_themes_and_pairs_in_every_format(client: TestClient) -> None:
    found = client.get("/gaps.json").json()
    page = client.get("/gaps", headers=HTML).text
    assert found["themes"] and all(row["countries"] < 2 and row["label"].replace("&", "&amp;") in page for row in found["themes"])
    assert found["pairs"] and all(row["score"] >= 0.06 and row["synergy"].rsplit("/", 1)[-1] in page for row in found["pairs"])
    assert len(client.get("/gaps.csv").text.splitlines()) == len(found["themes"]) + len(found["pairs"]) + 1
    graph = Graph().parse(data=client.get("/gaps.ttl").text, format="turtle")
    assert {str(each) for each in graph.subjects(UAEU.score)} == {row["synergy"] for row in found["pairs"]}
    for row in found["pairs"][:5]:
        reasons = {reason["rule"].rsplit("/", 1)[-1] for each in client.get(
            row["one"].replace("https://w3id.org/uaeu-kg/id/", "/doc/") + "/synergies.json?limit=100").json()["synergies"]
            if each["target"] == row["other"] for reason in each["evidence"]}
        assert reasons and not reasons & {"shared-actor", "names-it", "shared-source", "succession"}
    ends = {frozenset(row[end].rsplit("/", 1)[-1] for end in ("one", "other")) for row in found["pairs"]}
    guide = {"urbact-smart-procurement-guide", *(f"{name}-procure-action-plan" for name in ("koszalin", "almelo", "candelaria"))}
    assert not any(pair <= guide or pair == {"ljubljana-beverage-carton-tissue", "novo-mesto-joint-hygiene-paper"} for pair in ends)
    counts = {str(graph.value(count, UAEU.unit)): graph.value(count, CV.value) for count in graph.objects(None, UAEU.hasMeasurement)}
    assert set(counts) == {"practices", "countries"}
