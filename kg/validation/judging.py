"""Judging a contribution in the context of what is published, in a time that does not grow with it.

The shapes run on the contributed nodes and on the published things that refer to what changes; the contribution is in memory with its
literals as written, everything else is looked up in the store (design of validation, sections 1 and 4).
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg.shapes import load_shapes
from kg.store import Store
from kg.terms import SH
from kg.validation.context import Context, Triple
from kg.validation.engine import Runner, ValidationReport

DEEP = (SH["class"], SH.node, SH["or"], SH["not"], SH["and"], SH.xone, SH.qualifiedValueShape, SH.property, SH.sparql)


def judge(graph: Graph, store: Store, hidden: Set[Triple] = frozenset(), shapes: Graph | None = None) -> ValidationReport:
    """The report on a contribution; `hidden` are the published triples that it replaces, `shapes` ours without a graph.

    It has the findings that a validation of the published graph after this contribution would have on the contributed nodes and on
    those that refer to them.
    """
    runner = _runner(shapes if shapes is not None else load_shapes())
    context = Context(graph, store, hidden)
    changed = set(graph.subjects()) | {triple[0] for triple in hidden}
    nodes = {node for node in changed if (node, None, None) in context} | _find_referrers(runner.graph, context, store, changed, hidden)
    return runner.run(context, runner.aim(context, nodes))


def find_untargeted(graph: Graph, store: Store) -> list[URIRef]:
    """Contributed things that nothing else in the contribution refers to and that are no target of a shape."""
    context = Context(graph, store, frozenset())
    records = {node for node in graph.subjects() if isinstance(node, URIRef) and (None, None, node) not in graph}
    aimed = _runner(load_shapes()).aim(context, records)
    return sorted(records.difference(*aimed.values()))


def _find_referrers(shapes: Graph, context: Context, store: Store, changed: Set[Node], hidden: Set[Triple]) -> set[Node]:
    """Published things whose own judgement may change, since a shape looks at the thing that they refer to."""
    known = [node for node in changed if isinstance(node, URIRef) and not context.is_new(node)]
    return {triple[0] for node in known for predicate in _find_deep(shapes)
            for triple in store.match(None, predicate, node) if triple not in hidden and triple[0] not in changed}


@lru_cache(maxsize=4)
def _find_deep(shapes: Graph) -> frozenset[URIRef]:
    """Properties whose values a shape judges by what is said of them."""
    found: set[URIRef] = set()
    for shape, path in shapes.subject_objects(SH.path):
        if isinstance(path, URIRef):
            if any((shape, parameter, None) in shapes for parameter in DEEP):
                found.add(path)
        else:
            found |= {step for step in shapes.items(path) if isinstance(step, URIRef)}
    return frozenset(found)


@lru_cache(maxsize=4)
def _runner(shapes: Graph) -> Runner:
    return Runner(shapes)
