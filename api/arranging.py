"""A graph in one order and with one name for each blank node, so that the same triples give the same bytes in every process and engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from rdflib import BNode, Graph
from rdflib.term import Node

Triple = tuple[Node, Node, Node]
Stated = dict[Node, list[tuple[Node, Node]]]
DEPTH: Final = 8
"""Steps from a blank node within which it has to differ from its like; farther off, the order in which they came decides."""


class Arranged(Graph):
    """A copy of a graph whose triples come by subject, predicate and object; rdflib keeps them in a set, in another order each time.

    Blank nodes are named by the way that leads to them from a thing with an IRI: `b1`, `b2` and so on.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(bind_namespaces="none")
        for prefix, iri in graph.namespaces():
            self.bind(prefix, iri)
        self._order: list[Triple] = []
        for triple in _walk(graph):
            self.add(triple)
            self._order.append(triple)

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """The triples of a pattern, all of them in their order."""
        return iter(self._order) if triple == (None, None, None) else super().triples(triple)


def arrange_json(value: Any) -> Any:
    """JSON-LD with its sets in order; what stands in `@list` and `@context` stays as it is (JSON-LD 1.1, 4.3)."""
    if isinstance(value, dict):
        return {key: each if key in ("@list", "@context") else arrange_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(arrange_json, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _walk(graph: Graph) -> Iterator[Triple]:
    """The triples from subject to subject: those with an IRI in order, each followed by the blank nodes that it leads to."""
    stated: Stated = {subject: list(graph.predicate_objects(subject)) for subject in set(graph.subjects())}
    signs: dict[tuple[Node, int], str] = {}
    for subject, pairs in stated.items():
        stated[subject] = sorted(pairs, key=lambda pair: (pair[0].n3(), _sign(pair[1], DEPTH, stated, signs)))
    reached = {value for value in graph.objects() if isinstance(value, BNode)}
    named = sorted((subject for subject in stated if not isinstance(subject, BNode)), key=str)
    roots = sorted((subject for subject in stated if isinstance(subject, BNode) and subject not in reached),
                   key=lambda subject: _sign(subject, DEPTH, stated, signs))
    names: dict[Node, BNode] = {}
    done: set[Node] = set()
    # Blank nodes that lead to each other in a ring are nobody's root, and have no order of their own
    for subject in chain(_follow(stated, [*named, *roots], done), _follow(stated, list(stated), done)):
        for predicate, value in stated[subject]:
            yield _name(subject, names), predicate, _name(value, names)


def _follow(stated: Stated, subjects: list[Node], done: set[Node]) -> Iterator[Node]:
    waiting = subjects[::-1]
    while waiting:
        subject = waiting.pop()
        if subject in stated and subject not in done:
            done.add(subject)
            yield subject
            waiting += [value for _, value in reversed(stated[subject]) if isinstance(value, BNode)]


def _sign(term: Node, depth: int, stated: Stated, signs: dict[tuple[Node, int], str]) -> str:
    """A term as N-Triples has it; for a blank node what is said of it, so many steps far, in short."""
    if not isinstance(term, BNode):
        return term.n3()
    if (term, depth) not in signs:
        pairs = stated.get(term, ()) if depth else ()
        said = sorted(f"{predicate.n3()} {_sign(value, depth - 1, stated, signs)}" for predicate, value in pairs)
        signs[term, depth] = sha256("\n".join(said).encode()).hexdigest()
    return signs[term, depth]


def _name(term: Node, names: dict[Node, BNode]) -> Node:
    if not isinstance(term, BNode):
        return term
    return names.setdefault(term, BNode(f"b{len(names) + 1}"))
