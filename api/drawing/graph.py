"""The graph of many synergies: a layout by springs and repulsion (Fruchterman and Reingold 1991), the same at each load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from api.drawing.ring import shorten

WIDTH, HEIGHT, MARGIN = 1040, 760, 40
MOST: Final = 150
"""Nodes above which a picture shows nothing any more; the page asks for a filter instead."""
ROUNDS: Final = 120
NAME_HEIGHT, LETTER = 15, 6.4


@dataclass(frozen=True)
class Edge:
    """A synergy to draw: both ends as IRI and name, and a strength from 0 to 1."""

    one: str
    one_label: str
    other: str
    other_label: str
    strength: float


@dataclass(frozen=True)
class Node:
    """A thing in the picture; `named` when its name has room beside it, else it shows when the node is pointed at."""

    iri: str
    label: str
    short: str
    x: float
    y: float
    radius: float
    named: bool


@dataclass(frozen=True)
class Graph:
    """What a template writes: nodes, and lines as numbers of two nodes and a width."""

    nodes: tuple[Node, ...]
    lines: tuple[tuple[int, int, float], ...]


def count_nodes(edges: Sequence[Edge]) -> int:
    """How many things the edges join."""
    return len({end for edge in edges for end in (edge.one, edge.other)})


@lru_cache(maxsize=64)
def draw_graph(edges: tuple[Edge, ...]) -> Graph:
    """The picture of at most MOST nodes; units are those of a viewBox of WIDTH x HEIGHT."""
    labels = {edge.one: edge.one_label for edge in edges} | {edge.other: edge.other_label for edge in edges}
    iris = sorted(labels)
    number = {iri: at for at, iri in enumerate(iris)}
    pairs = [(number[edge.one], number[edge.other], edge.strength) for edge in edges]
    degrees = [sum(at in pair[:2] for pair in pairs) for at in range(len(iris))]
    points = _lay_out(len(iris), pairs)
    named = _find_room(points, [shorten(labels[iri]) for iri in iris], degrees)
    nodes = tuple(Node(iri, labels[iri], shorten(labels[iri]), round(float(x), 1), round(float(y), 1),
                       round(5 + 1.5 * degrees[at] ** 0.5, 1), at in named)
                  for at, (iri, (x, y)) in enumerate(zip(iris, points, strict=True)))
    return Graph(nodes, tuple((one, other, round(1 + 5 * strength, 1)) for one, other, strength in pairs))


def _lay_out(count: int, pairs: Sequence[tuple[int, int, float]]) -> np.ndarray:
    turn = np.arange(count) * np.pi * (3 - 5 ** 0.5)  # the golden angle spreads the start evenly without chance
    points = 0.5 * np.sqrt((np.arange(count) + 0.5) / max(count, 1))[:, None] * np.column_stack((np.cos(turn), np.sin(turn)))
    wish = 0.9 / max(count, 1) ** 0.5
    ends = np.array([pair[:2] for pair in pairs], dtype=int).reshape(-1, 2)
    for step in range(ROUNDS if count > 1 else 0):
        gaps = points[:, None, :] - points[None, :, :]
        squares = np.maximum((gaps ** 2).sum(axis=2), 1e-6)
        push = (gaps * (wish ** 2 / squares)[:, :, None]).sum(axis=1)
        along = points[ends[:, 0]] - points[ends[:, 1]]
        pull = along * (np.linalg.norm(along, axis=1) / wish)[:, None]
        np.add.at(push, ends[:, 0], -pull)
        np.add.at(push, ends[:, 1], pull)
        push -= 1.2 * points  # holds apart parts together
        length = np.maximum(np.linalg.norm(push, axis=1), 1e-9)[:, None]
        points = points + push / length * np.minimum(length, 0.12 * (1 - step / ROUNDS))
    low, high = points.min(axis=0, initial=0), points.max(axis=0, initial=0)
    spread = np.where(high - low > 1e-9, high - low, 1)
    placed: np.ndarray = MARGIN + (points - low) / spread * (np.array([WIDTH, HEIGHT]) - 2 * MARGIN)
    return placed


def _find_room(points: np.ndarray, names: Sequence[str], degrees: Sequence[int]) -> set[int]:
    """The nodes whose names fit above them, those with most synergies first."""
    taken: list[tuple[float, float, float]] = []
    named: set[int] = set()
    for at in sorted(range(len(names)), key=lambda each: (-degrees[each], each)):
        x, y = points[at]
        half = len(names[at]) * LETTER / 2
        free = all(abs(x - other) > half + width or abs(y - height) > NAME_HEIGHT for other, height, width in taken)
        if free and half < x < WIDTH - half:
            taken.append((float(x), float(y), half))
            named.add(at)
    return named
