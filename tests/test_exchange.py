"""Needs and offers: open ones with who fits, closed ones left out."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient
from rdflib import XSD, Graph, Literal, URIRef

from kg.exchange import read_board
from kg.store.local import LocalStore
from kg.synergies.saying import Speech
from kg.synergies.statements import load_statements
from kg.tables.values import make_date
from kg.terms import DCT, PROV, RDF, UAEU, VOC, thing

NEED, OFFER, CLOSED = thing("need", "visit"), thing("offer", "canteens"), thing("offer", "over")


@pytest.fixture(scope="module")
def board_store() -> LocalStore:
    graph = Graph()
    for item, kind, until in ((NEED, UAEU.ExchangeNeed, "2027-01-31"), (OFFER, UAEU.ExchangeOffer, ""), (CLOSED, UAEU.ExchangeOffer, "2026-01-31")):
        graph.add((item, RDF.type, kind))
        graph.add((item, DCT.title, Literal(f"Title of {item}", lang="en")))
        graph.add((item, DCT.type, VOC["exchange-type/study-visit"]))
        graph.add((item, UAEU.theme, VOC["theme/food"]))
        graph.add((item, PROV.wasAttributedTo, thing("organisation", "ghent" if item == NEED else "lyon")))
        if until:
            graph.add((item, DCT.valid, Literal(until, datatype=XSD.date)))
    store = LocalStore()
    store.put(URIRef("https://w3id.org/uaeu-kg/graph/test/board"), graph)
    return store


def test_an_open_need_meets_an_open_offer(board_store: LocalStore) -> None:
    board = {each.iri: each for each in read_board(board_store, date(2026, 11, 24))}
    assert set(board) == {str(NEED), str(OFFER)}
    assert [each.iri for each in board[str(NEED)].counterparts] == [str(OFFER)]
    assert set(board[str(NEED)].counterparts[0].values) == {str(VOC["theme/food"]), str(VOC["exchange-type/study-visit"])}
    assert board[str(NEED)].until == "2027-01-31" and board[str(OFFER)].side == "offer"


def put(store: LocalStore, name: str, kind: URIRef, organisation: str, sort: str, until: str = "", theme: str = "food") -> str:
    graph, item = Graph(), thing("exchange-test", name)
    graph.add((item, RDF.type, kind))
    graph.add((item, DCT.title, Literal(name, lang="en")))
    graph.add((item, DCT.type, VOC[f"exchange-type/{sort}"]))
    graph.add((item, UAEU.theme, VOC[f"theme/{theme}"]))
    graph.add((item, PROV.wasAttributedTo, thing("organisation", organisation)))
    if until:
        graph.add((item, DCT.valid, make_date(until)))
    store.put(URIRef(f"https://w3id.org/uaeu-kg/graph/test/{name}"), graph)
    return str(item)


def test_nobody_answers_the_own_need_and_a_visit_is_no_workshop() -> None:
    store = LocalStore()
    need = put(store, "need", UAEU.ExchangeNeed, "ghent", "study-visit")
    put(store, "own", UAEU.ExchangeOffer, "ghent", "study-visit")
    put(store, "workshop", UAEU.ExchangeOffer, "lyon", "workshop")
    put(store, "other-theme", UAEU.ExchangeOffer, "lyon", "study-visit", theme="mobility")
    fits = put(store, "fits", UAEU.ExchangeOffer, "lyon", "study-visit")
    board = {each.iri: each for each in read_board(store, date(2026, 11, 24))}
    assert [each.iri for each in board[need].counterparts] == [fits]


@pytest.mark.parametrize("until, last, after", [("2026-11-28", date(2026, 11, 28), date(2026, 11, 29)),
                                                ("2026-11", date(2026, 11, 30), date(2026, 12, 1)), ("2026", date(2026, 12, 31), date(2027, 1, 1))])
def test_a_month_and_a_year_last_to_their_end(until: str, last: date, after: date) -> None:
    store = LocalStore()
    need = put(store, "need", UAEU.ExchangeNeed, "ghent", "study-visit", until)
    assert [each.iri for each in read_board(store, last)] == [need] and read_board(store, after) == []


def test_the_last_day_counts_and_the_next_does_not(board_store: LocalStore) -> None:
    assert str(NEED) in {each.iri for each in read_board(board_store, date(2027, 1, 31))}
    assert str(NEED) not in {each.iri for each in read_board(board_store, date(2027, 2, 1))}


def test_things_that_fit_are_said_in_the_language(store: LocalStore) -> None:
    own = LocalStore()
    own.load(b"".join(store.dump()))
    put(own, "seeks-canteens", UAEU.ExchangeNeed, "ghent", "study-visit")
    names = load_statements(own).label
    english, german = ([one for each in read_board(own, date(2026, 11, 24), speech) for one in each.counterparts]
                       for speech in (None, Speech("de", lambda iri: names(URIRef(iri)))))
    assert len(german) == len(english) > 0 and [each.iri for each in german] == [each.iri for each in english]
    assert {each.language for each in english} == {"en"} and {each.language for each in german} == {"de"}
    assert all(one.sentence != other.sentence for one, other in zip(german, english, strict=True))


def test_rdf_says_why_a_thing_fits(client: TestClient, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    own = LocalStore()
    own.load(b"".join(store.dump()))
    for name in ("seeks-canteens", "seeks-meals"):
        put(own, name, UAEU.ExchangeNeed, "ghent", "study-visit")
    board = read_board(own, date(2026, 11, 24))
    # An address that nobody else asks, since the service keeps its answers
    monkeypatch.setattr("api.routes.exchange.read_board", lambda *_: board)
    graph = Graph().parse(data=client.get("/exchange.ttl?side=need&lang=ga").text, format="turtle")
    for each in board:
        assert each.counterparts
        for one in each.counterparts:
            node, = (node for node in graph.subjects(UAEU.connects, URIRef(one.iri)) if (node, UAEU.connects, URIRef(each.iri)) in graph)
            assert str(graph.value(node, DCT.description)) == one.sentence and float(graph.value(node, UAEU.score) or 0) == pytest.approx(one.score, abs=1e-5)
            shares = [float(graph.value(reason, UAEU.contributionToScore) or 0) for reason in graph.objects(node, UAEU.hasEvidence)]
            assert sum(shares) == pytest.approx(one.score, abs=1e-4)


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".ttl", ".jsonld"])
def test_the_page_and_its_formats(suffix: str, client: TestClient) -> None:
    answer = client.get(f"/exchange{suffix}", headers={"Accept": "text/html"} if not suffix else {})
    assert answer.status_code == 200
    if not suffix:
        assert "/contribute/need" in answer.text and "Nothing is open today" in answer.text


def test_an_unknown_side_is_refused(client: TestClient) -> None:
    assert client.get("/exchange", params={"side": "middle"}).status_code == 400
