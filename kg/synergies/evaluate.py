"""How good the ranking is: recall and reciprocal rank on links that a source states, beside two text baselines.

Statements that simply state such a link (`dct:relation`, `dct:isPartOf`, `uaeu:hasResult`, and the documented synergies) are no
features of any rule, so nothing has to be hidden; a test holds that.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rdflib import URIRef

from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store
from kg.synergies.ranking import Ranking, load_ranking
from kg.synergies.recognition import count_words, read_texts

FOLDER = Path(__file__).parent
RESAMPLES = 2000
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Figures:
    """Means over queries of recall at 10 and 20 and of the reciprocal rank, and the 95 % interval of recall at 10."""

    method: str
    queries: int
    recall_10: float
    recall_20: float
    mrr: float
    interval: tuple[float, float]


def evaluate(store: Store, seed: int = 1) -> list[Figures]:
    """Text baselines, the product's score, each kind of reason alone and the score without it."""
    ranking = load_ranking(store)
    gold = read_gold(store, ranking)
    texts = {item: [text for _, text in stated] for item, stated in read_texts(store).items()}
    methods: dict[str, Matrix] = {"text TF-IDF": tf_idf(ranking, texts), "text BM25": bm25(ranking, texts),
                                  "synergies": score_all(ranking, {rule.iri for rule in load_rules()})}
    for rule in load_rules():
        methods[f"only {rule.name}"] = score_all(ranking, {rule.iri})
    for rule in load_rules():
        methods[f"without {rule.name}"] = score_all(ranking, {other.iri for other in load_rules()} - {rule.iri})
    return [measure(name, scores, ranking, gold, seed) for name, scores in methods.items()]


def read_gold(store: Store, ranking: Ranking) -> dict[URIRef, set[URIRef]]:
    """For each thing with a documented link, the things it is linked to, among those that are compared."""
    gold: dict[URIRef, set[URIRef]] = defaultdict(set)
    for row in store.select(load_query(FOLDER / "gold.rq").text):
        one, other = URIRef(row["source"]), URIRef(row["target"])
        if one in ranking.row and other in ranking.row:
            gold[one].add(other)
            gold[other].add(one)
    return gold


def score_all(ranking: Ranking, rules: set[URIRef]) -> Matrix:
    """Scores of all pairs, shape (things, things), with the features of the kept rules."""
    kept = np.array([1.0 if ranking.about[feature][0] in rules else 0.0 for feature in ranking.features])
    shares, gives, needs = (ranking.matrices[role].multiply(kept).tocsr() for role in ("shares", "gives", "needs"))
    total = shares @ shares.T + gives @ needs.T + needs @ gives.T
    return np.asarray(total.todense())


def tf_idf(ranking: Ranking, texts: Mapping[URIRef, list[str]]) -> Matrix:
    """Cosine of words with (1 + ln tf) x log2(n / df), the usual text baseline."""
    counts, frequency = _count(ranking, texts)
    weighted = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * np.log2(len(ranking.items) / frequency)
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    weighted = weighted / np.where(lengths > 0, lengths, 1)
    return np.asarray(weighted @ weighted.T)


def bm25(ranking: Ranking, texts: Mapping[URIRef, list[str]], k: float = 1.2, b: float = 0.75) -> Matrix:
    """Okapi BM25 with each thing's words as query."""
    counts, frequency = _count(ranking, texts)
    lengths = counts.sum(axis=1, keepdims=True)
    saturated = counts * (k + 1) / (counts + k * (1 - b + b * lengths / max(lengths.mean(), 1)))
    weights = np.log((len(ranking.items) - frequency + 0.5) / (frequency + 0.5) + 1)
    return np.asarray((counts > 0).astype(float) @ (saturated * weights).T)


def _count(ranking: Ranking, texts: Mapping[URIRef, list[str]]) -> tuple[Matrix, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    words = [count_words(texts.get(item, [])) for item in ranking.items]
    column = {word: number for number, word in enumerate(sorted({word for each in words for word in each}))}
    counts = np.zeros((len(ranking.items), len(column)))
    for number, each in enumerate(words):
        for word, count in each.items():
            counts[number, column[word]] = count
    return counts, (counts > 0).sum(axis=0).astype(float)


def measure(method: str, scores: Matrix, ranking: Ranking, gold: Mapping[URIRef, set[URIRef]], seed: int) -> Figures:
    """Figures of one method; the interval is a bootstrap over queries with a fixed seed."""
    at_10, at_20, reciprocal = [], [], []
    for item in sorted(gold):
        row = scores[ranking.row[item]].copy()
        row[ranking.row[item]] = -math.inf
        order = np.argsort(-np.round(row, 9), kind="stable")
        rank = {ranking.items[number]: place for place, number in enumerate(order, 1)}
        places = sorted(rank[other] for other in gold[item])
        at_10.append(sum(place <= 10 for place in places) / len(places))
        at_20.append(sum(place <= 20 for place in places) / len(places))
        reciprocal.append(1 / places[0])
    sample = np.array(at_10)
    draws = np.random.default_rng(seed).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.quantile(sample[draws].mean(axis=1), (0.025, 0.975))
    return Figures(method, len(sample), float(np.mean(at_10)), float(np.mean(at_20)), float(np.mean(reciprocal)),
                   (float(low), float(high)))


def read_misses(store: Store) -> list[tuple[int, URIRef, URIRef]]:
    """Documented links that the score does not rank among the first ten: rank, thing, the linked thing."""
    ranking = load_ranking(store)
    misses = []
    for item, others in sorted(read_gold(store, ranking).items()):
        scores = ranking.scores(item)
        order = sorted(range(len(scores)), key=lambda number: (-round(float(scores[number]), 9), ranking.items[number]))
        rank = {ranking.items[number]: place for place, number in enumerate(order, 1)}
        misses += [(rank[other], item, other) for other in sorted(others) if rank[other] > 10]
    return misses
