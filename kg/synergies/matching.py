"""Matching: the synergies that a thing would have which is not published, found by the same rules as those of any other.

The thing is a small graph in memory over the published one; each rule is asked for it alone, and what the rule gives is weighed with
the published information contents. Nothing is stored.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdflib import Graph, Literal, URIRef
from scipy.sparse import csr_matrix

from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store
from kg.store.kept import Kept
from kg.synergies.about import describe_about
from kg.synergies.features import feature_iri, read_value
from kg.synergies.find import Synergy, explain, vary
from kg.synergies.ranking import ANSWERS, FOLDER, Ranking, Share, load_ranking
from kg.synergies.recognition import Recogniser, read_texts
from kg.synergies.saying import Speech
from kg.synergies.statements import load_statements
from kg.terms import DCT, SKOS
from kg.validation.context import Context

TEXTS = (DCT.title, DCT.description, SKOS.prefLabel)
OF_PAIRS = "AS ?item)"
"""How a rule ends that first finds two published things, such as succession; it has nothing to say of a thing that is not published."""


@dataclass(frozen=True)
class Weights:
    """What a feature weighs under its rule: its number, share and information content; and the longest profile."""

    features: dict[URIRef, tuple[int, float, float]]
    longest: float


class Matcher:
    """Everything of one data version that a match needs beside the store, read once."""

    def __init__(self, store: Store) -> None:
        self.ranking, self.statements = load_ranking(store), load_statements(store)
        self.recogniser = Recogniser(store, read_texts(store))
        self.weights = _read_weights(store, self.ranking)
        self.words = frozenset(str(value) for _, value, _ in self.ranking.about.values() if isinstance(value, Literal))

    def match(self, store: Store, graph: Graph, item: URIRef, limit: int = 10, speech: Speech | None = None) -> list[Synergy]:
        """The strongest synergies that a described thing would have, best first; none when nothing of it is known elsewhere."""
        return self.rank(self.weigh(store, graph, item), graph, item, limit, speech=speech)

    def weigh(self, store: Store, graph: Graph, item: URIRef) -> dict[str, csr_matrix]:
        """What a described thing shares, gives and needs, each a row over the features of the ranking."""
        own = Graph() + graph
        for triple in self.recogniser.annotate(item, (str(text) for predicate in TEXTS for text in graph.objects(item, predicate))):
            own.add(triple)
        return self._weigh(store, own, item)

    def list_features(self, rows: dict[str, csr_matrix]) -> list[tuple[URIRef, str, float]]:
        """The features of weighed rows, each with its role and with the norm by which what it adds to a score is divided."""
        weight = {number: share ** 0.5 * content for number, share, content in self.weights.features.values()}
        return [(self.ranking.features[number], role, weight[number] / float(value))
                for role, row in rows.items() for number, value in zip(row.indices, row.data, strict=True)]

    def rank(self, rows: dict[str, csr_matrix], graph: Graph, item: URIRef, limit: int, name: str = "",
             speech: Speech | None = None) -> list[Synergy]:
        """The strongest synergies of weighed rows, as varied as those of a published thing, said in a language.

        `name` is what the thing is called, its title without one.
        """
        totals = np.zeros(len(self.ranking.items))
        for mine, theirs in ANSWERS.items():
            totals += np.asarray((self.ranking.matrices[theirs] @ rows[mine].T).todense()).ravel()
        order = sorted(np.flatnonzero(totals > 1e-9), key=lambda number: (-round(float(totals[number]), 9), self.ranking.items[number]))
        name = name or next((str(title) for title in graph.objects(item, DCT.title)), "")
        own_about = describe_about(graph, item)
        own = {(role, self.ranking.features[column]): float(value) for role, row in rows.items()
               for column, value in zip(row.indices, row.data, strict=True)}
        candidates = ((other, self._share(own, other)) for other in (self.ranking.items[number] for number in order))
        return vary(candidates, lambda other, shares: explain(item, other, shares, self.statements, name=name, own=own_about,
                                                              speech=speech), limit)

    def _weigh(self, store: Store, own: Graph, item: URIRef) -> dict[str, csr_matrix]:
        context = Context(own, store)
        entries: dict[str, dict[int, float]] = {"shares": {}, "gives": {}, "needs": {}}
        for rule in load_rules():
            if OF_PAIRS in rule.query.text:
                continue
            found: dict[str, set[URIRef]] = defaultdict(set)
            for row in context.query(rule.query.text, initBindings={"item": item}).bindings:
                bound = {str(name): term for name, term in row.items() if isinstance(term, URIRef | Literal)}
                if "on" in bound and (feature := feature_iri(rule, read_value(bound))) in self.weights.features:
                    found[str(bound["role"])].add(feature)
            known = {feature: self.weights.features[feature] for feature in set().union(*found.values())}
            length = math.sqrt(sum(content ** 2 for _, _, content in known.values()))
            norm = max(math.sqrt(length * self.weights.longest), 1e-6)
            for role, features in found.items():
                for feature in features:
                    number, share, content = known[feature]
                    entries[role][number] = share ** 0.5 * content / norm
        width = len(self.ranking.features)
        return {role: csr_matrix((list(cells.values()), ([0] * len(cells), list(cells))), shape=(1, width))
                for role, cells in entries.items()}

    def _share(self, own: dict[tuple[str, URIRef], float], other: URIRef) -> list[Share]:
        there = self.ranking.cells[other]
        found = [Share(feature, *self.ranking.about[feature], role, value * there[ANSWERS[role], feature])
                 for (role, feature), value in own.items() if (ANSWERS[role], feature) in there]
        return sorted(found, key=lambda share: (-round(share.value, 9), share.feature, share.role))


def _read_weights(store: Store, ranking: Ranking) -> Weights:
    column = {feature: number for number, feature in enumerate(ranking.features)}
    features: dict[URIRef, tuple[int, float, float]] = {}
    for row in store.select(load_query(FOLDER / "weights.rq").text):
        feature = URIRef(row["feature"])
        features[feature] = (column[feature], float(row["share"]), float(row["ic"]))
    lengths: dict[tuple[URIRef, URIRef], float] = defaultdict(float)
    for item, cells in ranking.cells.items():
        for feature in {feature for _, feature in cells}:
            lengths[item, ranking.about[feature][0]] += features[feature][2] ** 2
    return Weights(features, math.sqrt(max(lengths.values(), default=1.0)))


MATCHERS: Final = Kept(Matcher)


def load_matcher(store: Store) -> Matcher:
    """The matcher of a store's data version, made once."""
    return MATCHERS.load(store)
