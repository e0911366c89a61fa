"""Statements behind evidence: the triples that give a thing a feature, with the graphs of their sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

from rdflib import URIRef

from kg.queries import load_query
from kg.store import Store, Term

FOLDER = Path(__file__).parent


@dataclass(frozen=True, order=True)
class Statement:
    """A triple and the named graph that states it."""

    subject: URIRef
    predicate: URIRef
    object: Term
    graph: URIRef


class Statements:
    """All statements that evidence may rest on, by thing and value; a value also stands for its narrower ones."""

    def __init__(self, store: Store) -> None:
        self._by_thing: dict[URIRef, dict[Term, list[Statement]]] = defaultdict(lambda: defaultdict(list))
        wider: dict[Term, set[Term]] = defaultdict(set)
        for row in store.select(load_query(FOLDER / "wider.rq").text):
            wider[row["narrow"]].add(row["wide"])
        for row in store.select(load_query(FOLDER / "statements.rq").text):
            statement = Statement(URIRef(row["subject"]), URIRef(row["predicate"]), row["object"], URIRef(row["graph"]))
            values = self._by_thing[URIRef(row["item"])]
            for value in (row["value"], *wider[row["value"]]):
                values[value].append(statement)
        self.labels = {URIRef(row["thing"]): str(row["label"]) for row in store.select(load_query(FOLDER / "names.rq").text)}

    def find(self, item: URIRef, on: Term) -> tuple[Statement, ...]:
        """The statements that connect a thing with a value; the thing itself may be the value (one names the other)."""
        return tuple(sorted(set(self._by_thing[item].get(on, ()))))

    def label(self, term: Term) -> str:
        """What a term is called: its label, or its own text."""
        return self.labels.get(URIRef(term), str(term).rsplit("/", 1)[-1]) if isinstance(term, URIRef) else str(term)


_HELD: WeakKeyDictionary[Store, tuple[str, Statements]] = WeakKeyDictionary()
_LOCK = Lock()


def load_statements(store: Store) -> Statements:
    """The statements of a store's data version, read once."""
    version = store.version()
    with _LOCK:
        held = _HELD.get(store)
        if held is None or held[0] != version:
            held = (version, Statements(store))
            _HELD[store] = held
    return held[1]
