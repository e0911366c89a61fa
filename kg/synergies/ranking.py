"""Ranking: all profiles as sparse matrices, so that one thing is compared with all others in a millisecond.

The score of a pair is the inner product of two rows, hence additive over features; it equals the published query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Set
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rdflib import URIRef
from scipy.sparse import csr_matrix, diags

from kg.queries import load_query
from kg.store import Store, Term
from kg.store.kept import Kept
from kg.synergies.features import Features, feature_iri

FOLDER = Path(__file__).parent
ANSWERS = {"shares": "shares", "gives": "needs", "needs": "gives"}
BLOCK = 256
Basis = tuple[URIRef, Term, tuple[Term, ...]]
"""What a feature rests on: its rule, the value, and what else must be the same."""


@dataclass(frozen=True)
class Share:
    """What one feature adds to the score of one pair; role is that of the first thing, `also` what both have beside `on`."""

    feature: URIRef
    rule: URIRef
    on: Term
    also: tuple[Term, ...]
    role: str
    value: float


class Ranking:
    """Matrices of shape (things, features): what is shared, given and needed; rows are in the order of `items`."""

    def __init__(self, rows: list[tuple[URIRef, str, URIRef, float]], features: dict[URIRef, Basis]) -> None:
        self.items = sorted({row[0] for row in rows})
        self.row = {item: number for number, item in enumerate(self.items)}
        self.features = sorted(features)
        self.about = features
        self.cells: dict[URIRef, dict[tuple[str, URIRef], float]] = {item: {} for item in self.items}
        for item, role, feature, value in rows:
            self.cells[item][role, feature] = value
        column = {feature: number for number, feature in enumerate(self.features)}
        self.matrices = {}
        for role in ("shares", "gives", "needs"):
            chosen = [row for row in rows if row[1] == role]
            self.matrices[role] = csr_matrix(
                ([row[3] for row in chosen], ([self.row[row[0]] for row in chosen], [column[row[2]] for row in chosen])),
                shape=(len(self.items), len(self.features)), dtype=np.float64)

    def without(self, ended: Set[URIRef]) -> Ranking:
        """The same ranking, in which these things have no score with anything and are not known."""
        other = copy(self)
        kept = diags([float(item not in ended) for item in self.items])
        other.row = {item: number for item, number in self.row.items() if item not in ended}
        other.cells = {item: cells for item, cells in self.cells.items() if item not in ended}
        other.matrices = {role: csr_matrix(kept @ matrix) for role, matrix in self.matrices.items()}
        return other

    def scores(self, item: URIRef) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The scores of one thing with all, shape (things,), each from 0 to 1; the thing itself scores 0."""
        number = self.row[item]
        total = np.zeros(len(self.items))
        for mine, theirs in (("shares", "shares"), ("gives", "needs"), ("needs", "gives")):
            total += np.asarray((self.matrices[theirs] @ self.matrices[mine][number].T).todense()).ravel()
        total[number] = 0.0
        return total

    def shares(self, item: URIRef, other: URIRef) -> list[Share]:
        """What makes the score of a pair, largest first, ties by IRI and role."""
        found: list[Share] = []
        there = self.cells[other]
        for (role, feature), value in self.cells[item].items():
            if (ANSWERS[role], feature) in there:
                found.append(Share(feature, *self.about[feature], role, value * there[ANSWERS[role], feature]))
        return sorted(found, key=lambda share: (-round(share.value, 9), share.feature, share.role))


def find_strongest(ranking: Ranking, each: int, but: Collection[tuple[URIRef, URIRef]] = ()) -> set[tuple[URIRef, URIRef]]:
    """The pairs, smaller IRI first, of every thing with the `each` others that score highest, those of `but` apart; ties go to the
    smaller IRI."""
    pairs: set[tuple[URIRef, URIRef]] = set()
    known = [(ranking.row[one], ranking.row[other]) for one, other in but if one in ranking.row and other in ranking.row]
    left_out = np.array([ends for one, other in known for ends in ((one, other), (other, one))], dtype=np.int64).reshape(-1, 2)
    targets = {role: matrix.T.tocsr() for role, matrix in ranking.matrices.items()}
    for start in range(0, len(ranking.items), BLOCK):
        stop = min(start + BLOCK, len(ranking.items))
        scores = np.round(sum((ranking.matrices[mine][start:stop] @ targets[theirs]).toarray() for mine, theirs in ANSWERS.items()), 9)
        scores[np.arange(stop - start), np.arange(start, stop)] = 0.0
        here = left_out[(left_out[:, 0] >= start) & (left_out[:, 0] < stop)]
        scores[here[:, 0] - start, here[:, 1]] = 0.0
        least = np.partition(scores, -each, axis=1)[:, -each] if each < scores.shape[1] else np.zeros(stop - start)
        for offset, row in enumerate(scores):
            candidates = np.flatnonzero((row >= least[offset]) & (row > 0))
            for number in candidates[np.argsort(-row[candidates], kind="stable")][:each]:
                one, other = sorted((start + offset, int(number)))
                pairs.add((ranking.items[one], ranking.items[other]))
    return pairs


def rank_features(features: Features) -> Ranking:
    """The ranking of features as they were gathered, the same as that of the published ones."""
    rows: list[tuple[URIRef, str, URIRef, float]] = []
    about: dict[URIRef, Basis] = {}
    for rule, profiles in features.profiles.items():
        named = {on: feature_iri(rule, on) for on in features.content[rule]}
        weighed = {on: rule.weight ** 0.5 * bits for on, bits in features.content[rule].items()}
        about.update({feature: (rule.iri, on, tuple(also)) for (on, *also), feature in named.items()})
        for item, profile in profiles.items():
            norm = features.norms[rule, item]
            rows.extend((item, role, named[on], weighed[on] / norm) for role, values in profile.roles.items() for on in values)
    return Ranking(rows, about)


def read_ranking(store: Store) -> Ranking:
    """Read all profiles; the entry of a thing and feature is sqrt(share of the rule) x content / norm."""
    rows: list[tuple[URIRef, str, URIRef, float]] = []
    features: dict[URIRef, Basis] = {}
    also: dict[Term, list[Term]] = defaultdict(list)
    for row in store.select(load_query(FOLDER / "conditions.rq").text):
        also[row["feature"]].append(row["value"])
    for row in store.select(load_query(FOLDER / "profiles.rq").text):
        feature = URIRef(row["feature"])
        value = float(row["share"]) ** 0.5 * float(row["ic"]) / float(row["norm"])
        rows.append((URIRef(row["item"]), str(row["role"]), feature, value))
        features[feature] = (URIRef(row["rule"]), row["on"], tuple(sorted(also.get(feature, ()), key=str)))
    return Ranking(rows, features)


RANKINGS = Kept(read_ranking)


def load_ranking(store: Store) -> Ranking:
    """The ranking of a store's data version, read once."""
    return RANKINGS.load(store)
