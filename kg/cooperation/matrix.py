"""The matrix of partnerships: for each ordered pair the reasons to work together, with the things and graphs they rest on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Final

from rdflib import URIRef

from kg.queries import load_query
from kg.store import Store
from kg.store.kept import Kept

FOLDER: Final = Path(__file__).parent
REASONS: Final = FOLDER / "reasons.rq"
MEETS: Final = {"gives": "needs", "actor": "actor", "place": "place", "theme": "theme"}

Held = dict[URIRef, dict[URIRef, list[URIRef]]]


@dataclass(frozen=True)
class Reason:
    """One reason: `gives` (an outcome of the first is an input of the second), `actor`, `place` or `theme`, what it is on, the things
    of the first and of the second that it rests on, and the graphs that state so."""

    kind: str
    on: URIRef
    mine: tuple[URIRef, ...]
    theirs: tuple[URIRef, ...]
    graphs: tuple[URIRef, ...]


class Matrix:
    """All ordered pairs of partnerships on a day; the first is the one that gives. `pairs` holds those with a reason."""

    def __init__(self, store: Store) -> None:
        self.day = datetime.now(UTC).date()
        self._held: dict[URIRef, dict[str, Held]] = {}
        for row in store.select(load_query(FOLDER / "partnerships.rq").text):
            self._held[URIRef(row["partnership"])] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for row in store.select(load_query(FOLDER / "holdings.rq").text):
            things = self._held[URIRef(row["partnership"])][str(row["kind"])][URIRef(row["on"])]
            things[URIRef(row["thing"])].append(URIRef(row["graph"]))
        self.partnerships = tuple(self._held)
        self.pairs = {ends: found for ends in permutations(self.partnerships, 2) if (found := self.reasons(*ends))}

    def reasons(self, one: URIRef, other: URIRef) -> list[Reason]:
        """The reasons of an ordered pair: what the first gives, then actors, places and themes; each by IRI."""
        found = []
        for kind, answer in MEETS.items():
            mine, theirs = self._held[one][kind], self._held[other][answer]
            for on in sorted(mine.keys() & theirs.keys()):
                if kind == "place" and mine[on].keys() == theirs[on].keys() and len(mine[on]) == 1:
                    # One organisation in both is said as an actor already.
                    continue
                graphs = {graph for held in (mine[on], theirs[on]) for each in held.values() for graph in each}
                found.append(Reason(kind, on, tuple(sorted(mine[on])), tuple(sorted(theirs[on])), tuple(sorted(graphs))))
        return found


def _keep_none(store: Store) -> dict[date, Matrix]:
    return {}


MATRICES: Final = Kept(_keep_none)


def load_matrix(store: Store) -> Matrix:
    """The matrix of a store's data version and of this day (UTC), after which more actions are over; read once."""
    matrices, today = MATRICES.load(store), datetime.now(UTC).date()
    if today not in matrices:
        matrix = Matrix(store)
        matrices.clear()
        matrices[matrix.day] = matrix
        return matrix
    return matrices[today]
