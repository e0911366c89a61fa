"""How good the ranking is: recall and reciprocal rank on links that a source states, beside two text baselines.

Statements that simply state such a link (`dct:relation`, `dct:isPartOf`, `uaeu:hasResult`, and the documented synergies) are no
features of any rule, so nothing has to be hidden; a test holds that. The weights were chosen with the documented links in sight, hence two
checks beside them: links that only such columns state, which were in sight too when two rules were made, and weights chosen anew without
the links that judge them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from rdflib import URIRef

from kg.errors import NotFound
from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store
from kg.synergies.ranking import Ranking, load_ranking
from kg.synergies.recognition import count_words, read_texts

FOLDER = Path(__file__).parent
RESAMPLES = 2000
FOLDS = 5
TRIED = {"shared-words": (0.7, 1.0, 1.4), "shared-source": (0.0, 0.5, 1.0), "case-collection": (0.0, 0.5, 1.0)}
"""Factors of the weights that the cross-validation chooses from."""
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
    """Text baselines, the product's score, also cross-validated, each kind of reason alone and the score without it.

    Raises NotFound where no source documents a link.
    """
    ranking = load_ranking(store)
    gold = read_gold(store, ranking, "gold")
    if not gold:
        raise NotFound("no source documents a link between two things.", where="kg check synergies", advice="Run kg build first.")
    texts = {item: [text for _, text in stated] for item, stated in read_texts(store).items()}
    methods: dict[str, Matrix] = {"text TF-IDF": tf_idf(ranking, texts), "text BM25": bm25(ranking, texts),
                                  "synergies": score_all(ranking, {rule.iri for rule in load_rules()})}
    for rule in load_rules():
        methods[f"only {rule.name}"] = score_all(ranking, {rule.iri})
    for rule in load_rules():
        methods[f"without {rule.name}"] = score_all(ranking, {other.iri for other in load_rules()} - {rule.iri})
    figures = [measure(name, scores, ranking, gold, seed) for name, scores in methods.items()]
    return [*figures[:3], cross_validate(ranking, gold, seed), *figures[3:]]


def evaluate_stated(store: Store, seed: int = 1) -> list[Figures]:
    """Text baselines and the product's score on the links that only columns state."""
    ranking = load_ranking(store)
    gold = read_gold(store, ranking, "stated")
    texts = {item: [text for _, text in stated] for item, stated in read_texts(store).items()}
    methods = {"text TF-IDF": tf_idf(ranking, texts), "text BM25": bm25(ranking, texts),
               "synergies": score_all(ranking, {rule.iri for rule in load_rules()})}
    return [measure(name, scores, ranking, gold, seed) for name, scores in methods.items()]


def read_gold(store: Store, ranking: Ranking, name: str) -> dict[URIRef, set[URIRef]]:
    """For each thing with a link of the query `name`, the things it is linked to, among those that are compared."""
    gold: dict[URIRef, set[URIRef]] = defaultdict(set)
    for row in store.select(load_query(FOLDER / f"{name}.rq").text):
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


def cross_validate(ranking: Ranking, gold: Mapping[URIRef, set[URIRef]], seed: int) -> Figures:
    """The figures when the factors of TRIED are chosen on four fifths of the links and judged on the others.

    Things that links connect stay in one fold, so that no link is judged by a weight that it helped to choose.
    """
    rules = {rule.name: rule.iri for rule in load_rules()}
    rest = score_all(ranking, {iri for name, iri in rules.items() if name not in TRIED})
    parts = {name: score_all(ranking, {rules[name]}) for name in TRIED}
    answers = []
    for factors in product(*TRIED.values()):
        scores = rest + sum((factor * parts[name] for name, factor in zip(TRIED, factors, strict=True)), np.zeros_like(rest))
        answers.append([_place(scores, ranking, item, gold[item]) for item in sorted(gold)])
    at_10 = np.array([[np.mean([place <= 10 for place in places]) for places in answer] for answer in answers])
    fold = _fold(gold, seed)
    chosen = [answers[int(np.argmax(at_10[:, fold != fold[number]].mean(axis=1)))][number] for number in range(len(fold))]
    return _summarise("synergies, cross-validated", chosen, seed)


def _fold(gold: Mapping[URIRef, set[URIRef]], seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each thing in the order of IRIs; what links connect is in one."""
    group = {item: number for number, item in enumerate(sorted(gold))}
    for _ in group:
        moved = {item: min(group[item], *(group[other] for other in gold[item])) for item in group}
        if moved == group:
            break
        group = moved
    folds = np.random.default_rng(seed).integers(0, FOLDS, len(group))
    return np.array([folds[group[item]] for item in sorted(gold)])


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
    return _summarise(method, [_place(scores, ranking, item, gold[item]) for item in sorted(gold)], seed)


def _place(scores: Matrix, ranking: Ranking, item: URIRef, others: set[URIRef]) -> list[int]:
    """The ranks of the linked things, best first."""
    row = scores[ranking.row[item]].copy()
    row[ranking.row[item]] = -math.inf
    rank = np.empty(len(row), np.int64)
    rank[np.argsort(-np.round(row, 9), kind="stable")] = np.arange(1, len(row) + 1)
    return sorted(int(rank[ranking.row[other]]) for other in others)


def _summarise(method: str, answers: list[list[int]], seed: int) -> Figures:
    at_10 = np.array([np.mean([place <= 10 for place in places]) for places in answers])
    at_20 = np.array([np.mean([place <= 20 for place in places]) for places in answers])
    draws = np.random.default_rng(seed).integers(0, len(at_10), (RESAMPLES, len(at_10)))
    low, high = np.quantile(at_10[draws].mean(axis=1), (0.025, 0.975))
    return Figures(method, len(at_10), float(at_10.mean()), float(at_20.mean()), float(np.mean([1 / places[0] for places in answers])),
                   (float(low), float(high)))


def read_misses(store: Store) -> list[tuple[int, URIRef, URIRef]]:
    """Documented links that the score does not rank among the first ten: rank, thing, the linked thing."""
    ranking = load_ranking(store)
    misses = []
    for item, others in sorted(read_gold(store, ranking, "gold").items()):
        scores = ranking.scores(item)
        order = sorted(range(len(scores)), key=lambda number: (-round(float(scores[number]), 9), ranking.items[number]))
        rank = {ranking.items[number]: place for place, number in enumerate(order, 1)}
        misses += [(rank[other], item, other) for other in sorted(others) if rank[other] > 10]
    return misses
