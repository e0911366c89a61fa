"""The ledger of the soak sees each kind of wrong answer, and lost contributions are found."""

from __future__ import annotations

import json
from pathlib import Path

from rdflib import Graph, Literal

from kg.contributions import open_contributions
from kg.settings import read_settings
from kg.soak import Answer, Ledger
from kg.soak.load import Soak
from kg.soak.outcome import find_lost, measure_growth
from kg.soak.questions import LISTED, RECORD
from kg.terms import DCT, RDF, UAEU, thing


def listing(**titles: str) -> bytes:
    rows = [{"record": {"value": f"https://w3id.org/uaeu-kg/id/practice/{record}"}, "title": {"value": title}}
            for record, title in titles.items()]
    return json.dumps({"results": {"bindings": rows}}).encode()


def ledger() -> Ledger:
    made = Ledger()
    made.state("v1", {"soak-1": "A"}, frozenset())
    made.state("v2", {}, frozenset({"soak-1"}))
    made.take(Answer("one", LISTED, 200, "v1", listing(**{"soak-1": "A"}), 0.1))
    made.take(Answer("two", LISTED, 200, "v1", listing(**{"soak-1": "A"}), 0.1))
    made.take(Answer("one", f"{RECORD}1", 200, "v1", b'{"label": "A"}', 0.1))
    made.take(Answer("one", f"{RECORD}1", 410, "v2", b"{}", 0.1))
    made.take(Answer("one", f"{RECORD}2", 404, "v2", b"{}", 0.1))
    made.take(Answer("one", "/about", 503, "v2", b"{}", 0.1))
    return made


def test_right_answers_are_right() -> None:
    made = ledger()
    assert made.find_wrong() == []
    assert (made.answers, made.pairs(), made.compared()) == (6, 4, 1)


def test_each_kind_of_wrong_answer_is_seen() -> None:
    for answer, said in ((Answer("two", LISTED, 200, "v1", listing(), 0.1), "different answers"),
                         (Answer("two", LISTED, 200, "v2", listing(**{"soak-1": "A"}), 0.1), "instead of (200, {})"),
                         (Answer("two", f"{RECORD}1", 404, "v2", b"{}", 0.1), "410"),
                         (Answer("two", f"{RECORD}3", 200, "v1", b'{"label": "B"}', 0.1), "instead of (404"),
                         (Answer("two", f"{RECORD}1", 200, "v3", b'{"label": "B"}', 0.1), "never published"),
                         (Answer("two", "/", 200, "", b"", 0.1), "no data version"),
                         (Answer("two", "/", 500, "v1", b"", 0.1), "status 500")):
        made = ledger()
        made.take(answer)
        assert any(said in each for each in made.find_wrong()), answer


def test_a_version_between_two_publishes_says_what_one_of_them_says() -> None:
    made = ledger()
    made.take(Answer("one", LISTED, 200, "early", listing(), 0.1))
    made.take(Answer("one", f"{RECORD}1", 410, "early", b"{}", 0.1))
    assert made.find_wrong() == []
    made.take(Answer("one", f"{RECORD}3", 200, "early", b'{"label": "A"}', 0.1))
    assert len(made.find_wrong()) == 1


def test_a_lost_contribution_is_found(tmp_path: Path) -> None:
    settings = read_settings({}, var=tmp_path / "var")
    graph = Graph()
    graph.add((thing("initiative", "a"), RDF.type, UAEU.ProcurementInitiative))
    graph.add((thing("initiative", "a"), DCT.title, Literal("A", lang="en")))
    with open_contributions(settings) as (contributions, _):
        reference = contributions.receive(graph).contribution.reference
    assert find_lost(settings, {reference: "submitted"}) == []
    assert find_lost(settings, {reference: "published", "0" * 12: "withdrawn"}) == [
        f"{reference}: submitted instead of published", "000000000000: unknown instead of withdrawn"]


def test_growth_is_that_of_the_last_quarter() -> None:
    assert measure_growth([100, 300, 400, 400, 400, 400, 440, 440]) == 0.1
    assert measure_growth([1, 2]) == 0


def test_the_editor_tells_the_ledger_what_it_took_back_by_the_names_of_addresses(tmp_path: Path) -> None:
    soak = Soak(read_settings({}, var=tmp_path), 1, 1, lambda line: None)
    soak.titles, soak.gone = {"1": "A"}, {"2"}
    soak.state("v1")
    for answer in (Answer("one", LISTED, 200, "v1", listing(**{"soak-1": "A"}), 0.1), Answer("one", f"{RECORD}1", 200, "v1", b'{"label": "A"}', 0.1),
                   Answer("one", f"{RECORD}2", 410, "v1", b"{}", 0.1), Answer("one", f"{RECORD}3", 404, "v1", b"{}", 0.1)):
        soak.ledger.take(answer)
    assert soak.ledger.find_wrong() == []
    soak.ledger.take(Answer("two", f"{RECORD}2", 404, "v1", b"{}", 0.1))
    assert soak.ledger.find_wrong()
