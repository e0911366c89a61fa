"""Statements behind evidence: the triples that give a thing a feature, with the graphs of their sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef

from kg.queries import load_query
from kg.store import Store, Term
from kg.store.kept import Kept
from kg.synergies.about import NOTHING, About, read_about
from kg.synergies.recognition import name_stems, read_texts

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Verdict:
    """What a reviewer found: a concept of review-status, the organisation that says so, and its reason."""

    status: URIRef
    agent: URIRef
    why: str


@dataclass(frozen=True, order=True)
class Statement:
    """A triple and the named graph that states it."""

    subject: URIRef
    predicate: URIRef
    object: Term
    graph: URIRef


class Statements:
    """All statements that evidence may rest on, by thing and value; a value also stands for its narrower ones.

    `verdicts` holds what reviewers found, `stated` the pairs that a source links, both by pair in the order of IRIs.
    With `before` and `things`, only these things are read anew and the others are as before.
    """

    def __init__(self, store: Store, before: Statements | None = None, things: Iterable[URIRef] = ()) -> None:
        self.wider: dict[Term, set[Term]] = defaultdict(set)
        for row in store.select(load_query(FOLDER / "wider.rq").text):
            self.wider[row["narrow"]].add(row["wide"])
        self.labels: dict[Term, str] = {Literal(root): word for root, word in name_stems(read_texts(store)).items()}
        self.labels |= {URIRef(row["thing"]): str(row["label"])
                        for row in sorted(store.select(load_query(FOLDER / "names.rq").text), key=lambda row: row["label"])}
        self.verdicts = {(URIRef(row["one"]), URIRef(row["other"])): Verdict(URIRef(row["status"]), URIRef(row["agent"]), str(row["why"]))
                         for row in store.select(load_query(FOLDER / "verdicts.rq").text)}
        self._about = read_about(store)
        self.stated = frozenset(order(URIRef(row["item"]), URIRef(row["other"]))
                                for row in store.select(load_query(FOLDER / "documented.rq").text))
        self._by_thing: dict[URIRef, dict[Term, list[Statement]]] = {}
        self._found: dict[tuple[URIRef, Term], tuple[Statement, ...]] = {}
        query = load_query(FOLDER / "statements.rq").text
        if before is None or before.wider != self.wider:
            self._add(store.select(query))
        else:
            things = frozenset(things)
            self._by_thing = {item: found for item, found in before._by_thing.items() if item not in things}
            for thing in sorted(things):
                self._add(store.select(query, {"item": thing}))

    def _add(self, rows: Iterable[dict[str, Term]]) -> None:
        for row in rows:
            statement = Statement(URIRef(row["subject"]), URIRef(row["predicate"]), row["object"], URIRef(row["graph"]))
            values = self._by_thing.setdefault(URIRef(row["item"]), {})
            for value in (row["value"], *self.wider.get(row["value"], ())):
                values.setdefault(value, []).append(statement)

    def find(self, item: URIRef, on: Term) -> tuple[Statement, ...]:
        """The statements that connect a thing with a value; the thing itself may be the value (one names the other)."""
        found = self._found.get((item, on))
        if found is None:
            found = self._found[item, on] = tuple(sorted(set(self._by_thing.get(item, {}).get(on, ()))))
        return found

    def verdict(self, one: URIRef, other: URIRef) -> Verdict | None:
        """What a reviewer found of a pair, None before a review."""
        return self.verdicts.get(order(one, other))

    def about(self, item: URIRef) -> About:
        """The period and the countries of a thing."""
        return self._about.get(item, NOTHING)

    def label(self, term: Term) -> str:
        """What a term is called: its label, or its own text; the stem of a word by the word."""
        return self.labels.get(term, term.rsplit("/", 1)[-1] if isinstance(term, URIRef) else str(term))


def order(one: URIRef, other: URIRef) -> tuple[URIRef, URIRef]:
    """A pair in the order of IRIs."""
    return min(one, other), max(one, other)


STATEMENTS = Kept(Statements)


def load_statements(store: Store) -> Statements:
    """The statements of a store's data version, read once."""
    return STATEMENTS.load(store)
