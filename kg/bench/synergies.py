"""What synergies cost at sizes far beyond the real data: one thing with its evidence, and all pairs, beside the exact answer."""

from __future__ import annotations

import math
import os
import platform
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from kg import resources
from kg.bench.figure import Figure
from kg.bench.size import Size
from kg.generate import Field, load_shape
from kg.queries import load_query
from kg.rules import Rule, load_rules
from kg.settings import Settings
from kg.shapes import read_graph
from kg.store.local import LocalStore
from kg.synergies.kernel import Postings, Progress, rank
from kg.synergies.weights import Kind, weigh
from kg.terms import VOCABULARY_GRAPH

FIELDS = {"theme": "shared-theme", "instrument": "shared-instrument", "input": "shared-input", "process": "shared-process",
          "outcome": "shared-outcome", "country": "shared-place"}
HAND_OVER = "hand-over"
HIERARCHY = Path(__file__).parent.parent / "synergies" / "hierarchy.rq"
KEEP = 20
ASKED = 300
Array = np.ndarray[Any, np.dtype[Any]]
Wider = Mapping[str, set[str]]


@dataclass(frozen=True)
class Cost:
    """Figures of one size: seconds, milliseconds, share of the exact top found, peak memory in MB, and milliseconds of one row of the
    plain sparse product."""

    items: int
    concepts: float
    features: float
    all_pairs: float
    recall: float
    one_p50: float
    one_p95: float
    memory: float
    plain: float = math.nan


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """All pairs and one thing with its reasons, beside the plain sparse product of scipy."""
    label, (wider, serves) = f"{size.items:,} things", read_hierarchy()
    costs = [bench(size.items, run, wider, serves, lambda step, done, total: None) for run in range(1, size.runs + 1)]
    say(f"{label}: all pairs {costs[-1].all_pairs:.1f} s")
    yield Figure("all pairs, one thing", "ms", tuple(cost.all_pairs / size.items * 1000 for cost in costs), "plain sparse product",
                 tuple(cost.plain for cost in costs), size=label)
    yield Figure("one thing with its reasons, p95", "ms", tuple(cost.one_p95 for cost in costs), goal=5, size=label)
    yield Figure("share of the exact top 20", "", tuple(cost.recall for cost in costs), more=True, goal=0.95, size=label)
    yield Figure("peak memory", "MB", tuple(cost.memory for cost in costs), goal=3000, size=label)


def read_hierarchy() -> tuple[Wider, Wider]:
    """The wider concepts of each, and what each serves, as the vocabularies say."""
    store = LocalStore()
    store.put(VOCABULARY_GRAPH, read_graph(resources.ontology() / "voc"))
    found: dict[str, dict[str, set[str]]] = {"wider": defaultdict(set), "serves": defaultdict(set)}
    for row in store.select(load_query(HIERARCHY).text):
        found[str(row["how"])][str(row["narrow"])].add(str(row["wide"]))
    return found["wider"], found["serves"]


def bench(items: int, seed: int, wider: Wider, serves: Wider, report: Progress) -> Cost:
    """Draw items with the measured degrees and values, rank all pairs, and compare a sample with the plain product."""
    kinds, concepts = draw_kinds(items, seed, wider, serves)
    queries, targets = weigh(items, kinds)
    postings = Postings.of(queries, targets)
    del kinds
    rank(postings, np.arange(2), KEEP)
    started = time.perf_counter()
    scores, found = rank(postings, np.arange(items), KEEP, report)
    spent = time.perf_counter() - started
    sample = np.random.default_rng(seed).choice(items, min(items, ASKED), replace=False)
    started = time.perf_counter()
    recall = float(np.mean([_recall(queries, targets, row, scores[row]) for row in sample]))
    plain = (time.perf_counter() - started) * 1000 / len(sample)
    one = sorted(_time_one(postings, queries, targets, int(row)) for row in sample)
    return Cost(items, concepts, queries.nnz / items, spent, recall, one[len(one) // 2], one[math.ceil(len(one) * 0.95) - 1],
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, plain)


def draw_kinds(items: int, seed: int, wider: Wider, serves: Wider) -> tuple[list[Kind], float]:
    """The rules over drawn items, wider concepts included, and the mean number of concepts drawn for one."""
    chance, rules = np.random.default_rng(seed), {rule.name: rule for rule in load_rules()}
    kinds, drawn, total = [], {}, 0
    for name, rule in FIELDS.items():
        field = load_shape().fields[name]
        rows, columns = _draw(field, items, chance)
        drawn[name] = (rows, columns, list(field.values))
        total += len(rows)
        kinds.append(_kind(rules[rule], {"shares": _widen(rows, columns, list(field.values), wider)}))
    kinds.append(_kind(rules[HAND_OVER], {"gives": _widen(*drawn["outcome"], serves, itself=False),
                                          "needs": _widen(*drawn["input"], wider)}))
    return kinds, total / items


def _draw(field: Field, items: int, chance: np.random.Generator) -> tuple[Array, Array]:
    degrees = np.array(list(field.degrees))[_choose(field.degrees, items, chance)]
    rows = np.repeat(np.arange(items, dtype=np.int32), degrees)
    columns = _choose(field.values, len(rows), chance)
    pairs = np.unique(rows.astype(np.int64) * len(field.values) + columns)
    return (pairs // len(field.values)).astype(np.int32), (pairs % len(field.values)).astype(np.int32)


def _choose(counts: Mapping[Any, int], size: int, chance: np.random.Generator) -> Array:
    sums = np.array(list(accumulate(counts.values())))
    chosen: Array = np.searchsorted(sums, chance.random(size) * sums[-1], side="right")
    return chosen


def _widen(rows: Array, columns: Array, values: list[str], wider: Wider, itself: bool = True) -> tuple[Array, list[set[str]], Array]:
    return rows, [({value} if itself else set()) | wider.get(value, set()) for value in values], columns


def _kind(rule: Rule, roles: Mapping[str, tuple[Array, list[set[str]], Array]]) -> Kind:
    number = {on: place for place, on in enumerate(sorted({on for _, wide, _ in roles.values() for each in wide for on in each}))}
    made: dict[str, tuple[Array, Array]] = {}
    for role, (rows, wide, columns) in roles.items():
        sizes = np.array([len(each) for each in wide])
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        flat = np.array([number[on] for each in wide for on in sorted(each)], dtype=np.int32)
        repeated = sizes[columns]
        offset = np.arange(int(repeated.sum())) - np.repeat(np.cumsum(repeated) - repeated, repeated)
        made[role] = np.repeat(rows, repeated), flat[np.repeat(starts[columns], repeated) + offset]
    return Kind(rule.weight, len(number), made)


def _recall(queries: csr_matrix, targets: csr_matrix, row: int, kept: Array) -> float:
    """Share of the kept scores that reach the last of the exact top; ties make identity of rows no measure."""
    exact = np.round(np.asarray((targets @ queries[row].T).todense()).ravel(), 9)
    exact[row] = 0
    best = np.sort(np.partition(exact, -KEEP)[-KEEP:])[::-1]
    return float(np.mean(np.abs(best - kept) < 1e-8))


def _time_one(postings: Postings, queries: csr_matrix, targets: csr_matrix, row: int) -> float:
    """Milliseconds for the ten best of one thing, each with what every shared feature adds."""
    started = time.perf_counter()
    scores, found = rank(postings, np.array([row]), 10)
    asked = dict(zip(*_entries(queries, row), strict=True))
    for other in found[0]:
        if other >= 0:
            reasons = [(feature, asked[feature] * value)
                       for feature, value in zip(*_entries(targets, int(other)), strict=True) if feature in asked]
            reasons.sort(key=lambda reason: (-reason[1], reason[0]))
    return (time.perf_counter() - started) * 1000


def _entries(matrix: csr_matrix, row: int) -> tuple[list[int], list[float]]:
    place = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[place].tolist(), matrix.data[place].tolist()


def describe_machine() -> str:
    """Cores, architecture and versions that the figures belong to."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"


def draw_plot(costs: list[Cost], path: Path, say: Callable[[float], str] = "{:g}".format) -> None:
    """Seconds of all pairs and milliseconds of one against size, both axes logarithmic, as SVG."""
    width, height, edge = 640, 360, 60
    low, high = -1.0, 4.0
    across = {cost.items: edge + (math.log10(cost.items) - 4) / 2 * (width - 2 * edge) for cost in costs}

    def up(value: float) -> float:
        return height - edge - (math.log10(max(value, 10 ** low)) - low) / (high - low) * (height - 2 * edge)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="Arial" font-size="13">',
             "<title>Cost of synergies against the number of things</title>",
             *(f'<text x="{edge - 8}" y="{up(10 ** power) + 4}" text-anchor="end">{say(10.0 ** power)}</text>'
               f'<line x1="{edge}" x2="{width - edge}" y1="{up(10 ** power)}" y2="{up(10 ** power)}" stroke="#ddd"/>'
               for power in range(-1, 5)),
             *(f'<text x="{across[cost.items]}" y="{height - edge + 20}" text-anchor="middle">{cost.items:,}</text>' for cost in costs)]
    for name, colour, values in (("all pairs, s", "#0e47cb", [cost.all_pairs for cost in costs]),
                                 ("one with reasons, p95, ms", "#a02060", [cost.one_p95 for cost in costs])):
        points = " ".join(f"{across[cost.items]:.1f},{up(value):.1f}" for cost, value in zip(costs, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<text x="{across[costs[-1].items] - 6}" y="{up(values[-1]) - 8:.1f}" text-anchor="end" '
                     f'fill="{colour}">{name}</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
