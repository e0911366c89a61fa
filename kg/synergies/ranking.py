"""Ranking: all profiles as sparse matrices, so that one thing is compared with all others in a millisecond.

The score of a pair is the inner product of two rows, hence additive over features; it equals the published query.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from rdflib import URIRef
from scipy.sparse import csr_matrix

from kg.queries import load_query
from kg.store import Store, Term

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Share:
    """What one feature adds to the score of one pair; role is that of the first thing."""

    feature: URIRef
    rule: URIRef
    on: Term
    role: str
    value: float


class Ranking:
    """Matrices of shape (things, features): what is shared, given and needed; rows are in the order of `items`."""

    def __init__(self, rows: list[tuple[URIRef, str, URIRef, float]], features: dict[URIRef, tuple[URIRef, Term]]) -> None:
        self.items = sorted({row[0] for row in rows})
        self.row = {item: number for number, item in enumerate(self.items)}
        self.features = sorted(features)
        self.about = features
        column = {feature: number for number, feature in enumerate(self.features)}
        self.matrices = {}
        for role in ("shares", "gives", "needs"):
            chosen = [row for row in rows if row[1] == role]
            self.matrices[role] = csr_matrix(
                ([row[3] for row in chosen], ([self.row[row[0]] for row in chosen], [column[row[2]] for row in chosen])),
                shape=(len(self.items), len(self.features)), dtype=np.float64)

    def scores(self, item: URIRef) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The scores of one thing with all, shape (things,), each from 0 to 1; the thing itself scores 0."""
        number = self.row[item]
        total = np.zeros(len(self.items))
        for mine, theirs in (("shares", "shares"), ("gives", "needs"), ("needs", "gives")):
            total += np.asarray((self.matrices[theirs] @ self.matrices[mine][number].T).todense()).ravel()
        total[number] = 0.0
        return total

    def shares(self, item: URIRef, other: URIRef) -> list[Share]:
        """What makes the score of a pair, largest first, ties by IRI."""
        found: list[Share] = []
        for mine, theirs in (("shares", "shares"), ("gives", "needs"), ("needs", "gives")):
            product = self.matrices[mine][self.row[item]].multiply(self.matrices[theirs][self.row[other]]).tocoo()
            for number, value in zip(product.col, product.data, strict=True):
                feature = self.features[number]
                rule, on = self.about[feature]
                found.append(Share(feature, rule, on, mine, float(value)))
        return sorted(found, key=lambda share: (-round(share.value, 9), share.feature))


_RANKINGS: WeakKeyDictionary[Store, tuple[str, Ranking]] = WeakKeyDictionary()
_LOCK = Lock()


def load_ranking(store: Store) -> Ranking:
    """The ranking of a store's data version, read once."""
    version = store.version()
    with _LOCK:
        held = _RANKINGS.get(store)
        if held is None or held[0] != version:
            held = (version, read_ranking(store))
            _RANKINGS[store] = held
    return held[1]


def read_ranking(store: Store) -> Ranking:
    """Read all profiles; the entry of a thing and feature is sqrt(share of the rule) x content / norm."""
    rows: list[tuple[URIRef, str, URIRef, float]] = []
    features: dict[URIRef, tuple[URIRef, Term]] = {}
    for row in store.select(load_query(FOLDER / "profiles.rq").text):
        feature = URIRef(row["feature"])
        value = float(row["share"]) ** 0.5 * float(row["ic"]) / float(row["norm"])
        rows.append((URIRef(row["item"]), str(row["role"]), feature, value))
        features[feature] = (URIRef(row["rule"]), row["on"])
    return Ranking(rows, features)
