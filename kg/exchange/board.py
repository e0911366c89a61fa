"""The board of exchange: what is open on a day, and who fits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from rdflib import Graph, URIRef

from kg.queries import load_query
from kg.store import Store, Term
from kg.synergies import Synergy
from kg.synergies.about import is_over
from kg.synergies.matching import load_matcher
from kg.synergies.saying import Speech

FOLDER: Final = Path(__file__).parent
BEST: Final = 3


@dataclass(frozen=True)
class Counterpart:
    """Who fits and why: an offer for a need or the other way round (`values` are the concepts that both name), or a thing that is
    published, with its synergy and the sentence of that in a language."""

    iri: str
    values: tuple[str, ...]
    sentence: str
    score: float
    language: str = "en"
    synergy: Synergy | None = None


@dataclass(frozen=True)
class Exchange:
    """A need or an offer that is open, with its best counterparts; `until` is its last day, empty when it stays open."""

    iri: str
    side: str
    title: str
    description: str
    kind: str
    organisation: str
    city: str
    until: str
    counterparts: tuple[Counterpart, ...]


def read_board(store: Store, today: date, speech: Speech | None = None) -> list[Exchange]:
    """The needs and offers that are open on a day, those that end first before the others; closed ones keep their own page.

    `speech` is what the sentences are in, English without one.
    """
    answers: dict[URIRef, dict[URIRef, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in store.select(load_query(FOLDER / "pairs.rq").text):
        need, offer = URIRef(row["need"]), URIRef(row["offer"])
        answers[need][offer].append(str(row["shared"]))
        answers[offer][need].append(str(row["shared"]))
    rows = {URIRef(row["item"]): row for row in reversed(list(store.select(load_query(FOLDER / "open.rq").text)))
            if "until" not in row or not is_over(str(row["until"]), today)}
    board = []
    for item, row in rows.items():
        pairs = [Counterpart(str(other), tuple(shared), "", float(len(shared))) for other, shared in answers[item].items() if other in rows]
        text = {key: str(row.get(key, "")) for key in ("side", "title", "description", "kind", "organisation", "city", "until")}
        board.append(Exchange(str(item), **text, counterparts=(*sorted(pairs, key=lambda each: (-each.score, each.iri))[:BEST],
                                                               *_find_published(store, item, row.get("organisation"), speech))))
    return sorted(board, key=lambda each: (each.until or "9999", each.iri))


def _find_published(store: Store, item: URIRef, organisation: Term | None, speech: Speech | None) -> list[Counterpart]:
    matcher, own = load_matcher(store), Graph()
    for triple in store.match(item, None, None):
        own.add(triple)
    known: set[Term] = set()
    if isinstance(organisation, URIRef):
        rows = store.select(load_query(FOLDER / "own.rq").text, {"organisation": organisation})
        known = {organisation, *(row["practice"] for row in rows)}
    found = [each for each in matcher.match(store, own, item, BEST + len(known), speech) if each.target not in known]
    return [Counterpart(str(each.target), (), each.sentence, each.score, each.language, each) for each in found[:BEST]]
