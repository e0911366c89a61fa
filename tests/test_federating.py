"""Two copies of our service take from each other: nothing twice, nothing in circles, and what one withdraws ends at the other.

The stored questions over two services are asked as they are, of a copy and of an endpoint of procurement notices.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from harvesting import BREAD, CASES, GHENT, MEALS, Clock, Harvester, list_ghent, make_harvester, read_case, read_list
from rdflib import Graph, Literal, URIRef
from sparql_service import Service, run_service

from kg import resources
from kg.contributions.replay import TOMBSTONES_GRAPH
from kg.harvest import Outcome
from kg.queries import load_queries
from kg.terms import BASE, EPO, GRAPH, PROV, RDF, SKOS, UAEU

WIKIDATA = URIRef("http://www.wikidata.org/entity/Q1296")
HERS = URIRef(f"{BASE}id/city/gent")
QUESTIONS = load_queries(resources.ontology() / "questions" / "federated")
COPY, TED = "https://copy.example.org/sparql", "https://publications.europa.eu/webapi/rdf/sparql"
LIST = (CASES / "copies.ttl").read_text(encoding="utf-8")


class Copy:
    """A service that answers at an address, and that harvests into what it answers from."""

    def __init__(self, service: Service) -> None:
        state = service.app.state
        self.service, self.harvester = service, Harvester(state.settings, service.store, state.contributions, Clock())

    def take(self, other: Copy, folder: Path) -> Outcome:
        """Harvest the other copy by its SPARQL endpoint."""
        text = LIST.replace("ADDRESS", other.service.address.rstrip("/")).replace("NAME", "other")
        outcome, = self.harvester.take(*read_list(folder, text))
        # A harvest ends when its things are visible; what is compared here is the state with its synergies.
        self.service.app.state.publisher.follow()
        return outcome


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[tuple[Copy, Copy]]:
    """The first has Ghent with its practices, the second the same city by another name, and a city of its own."""
    second = Graph()
    for name, wikidata, city in (("Gent", WIKIDATA, HERS), ("Aalst", URIRef("http://www.wikidata.org/entity/Q1"), URIRef(f"{BASE}id/city/aalst"))):
        for predicate, value in ((RDF.type, UAEU.City), (SKOS.prefLabel, Literal(name, lang="nl")), (SKOS.closeMatch, wikidata),
                                 (URIRef("http://data.europa.eu/a4g/ontology#hasCountryCode"),
                                  URIRef("http://publications.europa.eu/resource/authority/country/BEL"))):
            second.add((city, predicate, value))
    base = {GRAPH["reference/here"]: read_case("here.ttl")}
    private = ("http://127.0.0.1:",)
    with run_service(tmp_path / "one", base | {GRAPH["ghent/data"]: read_case("ghent.ttl")}, harvest_private=private) as one, \
            run_service(tmp_path / "two", base | {GRAPH["second/data"]: second}, harvest_private=private) as two:
        yield Copy(one), Copy(two)


def cities(copy: Copy) -> set[str]:
    return {str(subject).rsplit("/", 1)[1] for subject, _, _ in copy.harvester.store.match(None, RDF.type, UAEU.City)}


def test_two_copies_have_the_same_city_once_and_come_to_rest(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    one, two = copies
    first, second = two.take(one, tmp_path), one.take(two, tmp_path)
    assert first.state == "published" and (str(GHENT), str(HERS)) in first.same, first
    assert second.state == "published" and second.things == 1, second
    assert cities(one) == {"bruges", "ghent", "aalst"} and cities(two) == {"bruges", "gent", "aalst"}
    applied = {value for _, _, value in two.harvester.store.match(MEALS, UAEU.appliedIn, None)}
    assert applied == {HERS}
    versions = one.harvester.store.version(), two.harvester.store.version()
    for _ in range(2):
        assert {two.take(one, tmp_path).state, one.take(two, tmp_path).state} == {"unchanged"}
    assert (one.harvester.store.version(), two.harvester.store.version()) == versions
    assert not [name for copy in copies for name in copy.harvester.store.names() if str(name).count("/harvest/") > 1]


def test_what_was_harvested_is_not_told_as_own(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    one, two = copies
    two.take(one, tmp_path)
    third = make_harvester(tmp_path / "third")
    text = LIST.replace("ADDRESS", two.service.address.rstrip("/")).replace("NAME", "two")
    outcome, = third.take(*read_list(tmp_path, text))
    assert outcome.state == "published" and third.has(HERS) and not third.has(MEALS) and not third.has(BREAD)


def test_what_the_origin_withdraws_ends_at_both(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    one, two = copies
    two.take(one, tmp_path)
    one.take(two, tmp_path)
    graph = read_case("ghent.ttl")
    graph.remove((BREAD, None, None))
    one.harvester.contributions.publish_graphs({GRAPH["ghent/data"]: graph}, (), str(GHENT), "withdrawn by its city")
    assert two.harvester.has(BREAD)
    assert two.take(one, tmp_path).removed == (str(BREAD),)
    one.take(two, tmp_path)
    for copy in copies:
        assert not copy.harvester.has(BREAD)
        assert (BREAD, PROV.invalidatedAtTime, None) in copy.harvester.store.graph(TOMBSTONES_GRAPH)


def test_what_was_withdrawn_here_does_not_come_back_from_others(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    one, two = copies
    two.harvester.contributions.publish_graphs({GRAPH["own/bread"]: read_case("ghent.ttl").cbd(BREAD)}, (), str(GHENT), "stated here")
    two.harvester.contributions.publish_graphs({}, (GRAPH["own/bread"],), str(GHENT), "a mistake")
    outcome = two.take(one, tmp_path)
    assert outcome.withdrawn == (str(BREAD),) and not two.harvester.has(BREAD) and two.harvester.has(MEALS)


def test_an_endpoint_that_answers_no_results_is_refused(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    source = list_ghent(tmp_path, copies[0].service.address.rstrip("/"), "void:sparqlEndpoint <ADDRESS/doc/city/ghent>")
    outcome, = copies[1].harvester.take(source)
    assert outcome.failed and "answered 405" in outcome.sentence


@pytest.mark.parametrize(("name", "expected"), [
    ("practices-elsewhere", {(str(HERS), str(MEALS)), (str(HERS), str(BREAD))}),
    ("themes-elsewhere", {(f"{BASE}id/practice/soup", str(MEALS))})])
def test_a_stored_question_is_answered_by_two_copies(name: str, expected: set[tuple[str, str]], tmp_path: Path) -> None:
    here = Graph()
    here.add((HERS, RDF.type, UAEU.City))
    here.add((HERS, SKOS.closeMatch, WIKIDATA))
    here.add((URIRef(f"{BASE}id/practice/soup"), RDF.type, UAEU.ProcurementPractice))
    here.add((URIRef(f"{BASE}id/practice/soup"), UAEU.theme, URIRef(f"{BASE}voc/theme/food")))
    with run_service(tmp_path / "there", {GRAPH["ghent/data"]: read_case("ghent.ttl")}) as there:
        address = f"{there.address}sparql"
        with run_service(tmp_path / "here", {GRAPH["here/data"]: here}, services=(address,), sparql_seconds=8.0) as service:
            answer = service.get(QUESTIONS[name].text.replace(COPY, address), "application/sparql-results+json")
            assert answer.status_code == 200, answer.text
            rows = answer.json()["results"]["bindings"]
            names = ("city", "practice") if name == "practices-elsewhere" else ("ours", "theirs")
            assert {tuple(row[each]["value"] for each in names) for row in rows} == expected
            assert service.get(QUESTIONS[name].text).status_code == 403


def test_a_stored_question_is_answered_with_an_endpoint_of_notices(tmp_path: Path) -> None:
    folder = Path(os.environ.get("KG_STANDARDS") or "../shared/standards") / "epo-notices-sdk-examples"
    if not folder.is_dir():
        pytest.skip("KG_STANDARDS names no folder with the notices of the eForms SDK in ePO")
    notices, here = Graph(), Graph()
    for path in sorted(folder.rglob("*.ttl")):
        notices.parse(path)
    for predicate, value in ((RDF.type, UAEU.ProcurementPractice), (URIRef("http://purl.org/dc/terms/title"), Literal("Workwear")),
                             (EPO.hasMainClassification, URIRef("http://data.europa.eu/cpv/cpv/18000000"))):
        here.add((MEALS, predicate, value))
    with run_service(tmp_path / "ted", {URIRef("https://ted.example/notices"): notices}) as ted:
        address = f"{ted.address}sparql"
        with run_service(tmp_path / "here", {GRAPH["here/data"]: here}, services=(address,), sparql_seconds=8.0) as service:
            answer = service.get(QUESTIONS["clothing-notices"].text.replace(TED, address), "application/sparql-results+json")
            assert answer.status_code == 200, answer.text
            rows = answer.json()["results"]["bindings"]
            assert rows and all(row["notice"]["value"].endswith("_Notice") and row["practice"]["value"] == str(MEALS) for row in rows)
            assert {row["class"]["value"] for row in rows} == {"http://data.europa.eu/cpv/cpv/18000000"}


def test_every_stored_question_over_two_services_is_tested() -> None:
    assert set(QUESTIONS) == {"practices-elsewhere", "themes-elsewhere", "clothing-notices"}
