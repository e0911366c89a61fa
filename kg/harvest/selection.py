"""What of a source enters: its own things, once each; what is here already, or was made from ours, stays out.

Two services that harvest each other so neither echo nor double: a thing that another graph states is left to that graph, a thing of
another name with the same counterpart (skos:closeMatch, skos:exactMatch) is the thing that is here, a synergy is worked out here anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from kg.contributions.replay import TOMBSTONES_GRAPH
from kg.errors import Refused
from kg.harvest.sources import Source
from kg.queries import load_query
from kg.shapes import load_tables
from kg.store import Store
from kg.terms import BASE, DCT, GRAPH, PROV, RDF, SKOS, UAEU, slug, split_iri, thing

QUERIES: Final = Path(__file__).parent / "queries"
DEPTH: Final = 50
WORKED_OUT: Final = (UAEU.SynergyEvidence, UAEU.SynergyProfile, UAEU.SynergyFeature)
NAMES: Final = (SKOS.prefLabel, DCT.title)
RECOGNISED: Final = (str(UAEU.keyword), str(UAEU.mentions), str(UAEU.hasProfile))


@dataclass
class Selection:
    """The graphs that enter by their names here, and the things that do not: known, the same as another, withdrawn or derived."""

    graphs: dict[URIRef, Graph]
    known: list[URIRef] = field(default_factory=list)
    same: dict[URIRef, URIRef] = field(default_factory=dict)
    withdrawn: list[URIRef] = field(default_factory=list)
    derived: list[URIRef] = field(default_factory=list)

    def whole(self) -> Graph:
        """All that enters as one graph."""
        graph = Graph()
        for each in self.graphs.values():
            graph += each
        return graph


def select(graphs: Mapping[str, Graph], source: Source, store: Store, ended: Callable[[], set[str]]) -> Selection:
    """Choose from the graphs of a source; `ended` gives the things that this source itself withdrew before and may bring again.

    Raises Refused for a graph name that is not the source's to use.
    """
    selection = Selection({name: _name_nodes(graph) for name, graph in _place(graphs, source).items()})
    whole = selection.whole()
    tombstones = set(store.graph(TOMBSTONES_GRAPH).subjects(PROV.invalidatedAtTime)) & set(whole.subjects())
    buried = {subject for subject in tombstones if str(subject) not in ended()} if tombstones else set()
    left: set[Node] = set()
    for subject in sorted(URIRef(str(each)) for each in set(whole.subjects())):
        if (subject, UAEU.scoredBy, None) in whole or any((subject, RDF.type, kind) in whole for kind in WORKED_OUT):
            selection.derived.append(subject)
        elif _is_part(subject):
            continue
        elif _is_stated(subject, whole, source, store):
            selection.known.append(subject)
        elif subject in buried:
            selection.withdrawn.append(subject)
        elif (other := _find_alike(subject, whole, source, store)) is not None:
            selection.same[subject] = other
        else:
            continue
        left.add(subject)
    left |= _find_orphans(whole, left)
    for name, graph in selection.graphs.items():
        selection.graphs[name] = _keep(graph, left, selection, whole)
    selection.graphs = {name: graph for name, graph in selection.graphs.items() if len(graph)}
    return selection


def find_records(graph: Graph) -> set[Node]:
    """The things of a graph that are of one of our classes."""
    return {subject for kind in _own_classes() for subject in graph.subjects(RDF.type, kind)}


def _place(graphs: Mapping[str, Graph], source: Source) -> dict[URIRef, Graph]:
    """The graphs by their names here; a name in our space is taken only where it is the source's own place."""
    placed: dict[URIRef, Graph] = {}
    for name, graph in graphs.items():
        if name.startswith(BASE) and not name.startswith(source.head):
            raise Refused(f"it names the graph <{name}>, which is not its own.", advice=f"Name graphs under {source.head}, or by own IRIs.")
        if source.space and name.startswith("http") and not name.startswith((source.space, source.head)):
            raise Refused(f"it names the graph <{name}> of somebody else.", advice=f"Name graphs under {source.space}.")
        place = URIRef(name) if name.startswith(source.head) else URIRef(
            f"{source.head}{slug(name.removeprefix(source.space)) or 'data'}")
        placed[place] = placed.get(place, Graph()) + graph
    return placed


def _is_stated(subject: URIRef, whole: Graph, source: Source, store: Store) -> bool:
    """Whether graphs of others say what a thing is, and how it is called where the source does; what only adds to it does not count."""
    said = {row["said"] for row in store.select(load_query(QUERIES / "stated.rq").text, {"thing": subject})
            if not str(row["graph"]).startswith(source.head) and not _is_about(str(row["graph"]))}
    return {RDF.type, *(predicate for predicate in NAMES if (subject, predicate, None) in whole)} <= said


def _is_about(graph: str) -> bool:
    """Whether a graph is one that describes a harvest, and no thing."""
    rest = graph.removeprefix(str(GRAPH["harvest/"]))
    return rest != graph and "/" not in rest


def _find_alike(subject: URIRef, whole: Graph, source: Source, store: Store) -> URIRef | None:
    """The one published thing of another graph, of the same class, that has the same counterpart; None without one or with several."""
    found: set[URIRef] = set()
    for predicate in (SKOS.closeMatch, SKOS.exactMatch):
        for counterpart in whole.objects(subject, predicate):
            for kind in whole.objects(subject, RDF.type):
                if isinstance(counterpart, URIRef) and isinstance(kind, URIRef) and kind in _own_classes():
                    rows = store.select(load_query(QUERIES / "alike.rq").text, {"class": kind, "counterpart": counterpart})
                    found |= {URIRef(str(row["thing"])) for row in rows}
    found = {each for each in found - {subject} if _is_stated(each, whole, source, store)}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=1)
def _own_classes() -> frozenset[Node]:
    return frozenset(value for table in load_tables().values() if "/" not in table.record_type
                     for predicate, value in table.stamp if predicate == RDF.type and not str(value).startswith(str(PROV)))


def _find_orphans(whole: Graph, left: set[Node]) -> set[Node]:
    """Parts of descriptions, periods for instance, of which only things that are left out speak."""
    found: set[Node] = set()
    waiting = set(left)
    while waiting:
        step: set[Node] = {value for subject in waiting for value in whole.objects(subject)
                if isinstance(value, URIRef) and _is_part(value) and value not in left | found
                and all(referrer in left | found for referrer in whole.subjects(None, value))}
        found |= step
        waiting = step
    return found


def _is_part(subject: URIRef) -> bool:
    """Whether a node is a part of a description, which comes and goes with the thing that has it."""
    return split_iri(str(subject))[0] in _part_types()


@lru_cache(maxsize=1)
def _part_types() -> frozenset[str]:
    return frozenset({template.record_type for table in load_tables().values() for column in table.columns.values()
                      for template in column.through} | {"node"})


def _keep(graph: Graph, left: set[Node], selection: Selection, whole: Graph) -> Graph:
    """A graph without what is left out; what a thing that is here says of a new one stays, by the properties that are written so."""
    kept, backwards = Graph(), _find_backwards()
    for subject, predicate, value in graph:
        subject_here, value_here = selection.same.get(subject, subject), selection.same.get(value, value)  # type: ignore[call-overload]
        if str(predicate).startswith(RECOGNISED):
            continue
        if subject not in left or (predicate in backwards and value not in left and (value, RDF.type, None) in whole
                                   and (subject in selection.known or subject in selection.same)):
            kept.add((subject_here, predicate, value_here))
    return kept


@lru_cache(maxsize=1)
def _find_backwards() -> frozenset[URIRef]:
    """Properties that lead to a record from another, a plan from its partnership for instance."""
    return frozenset(column.path[0].predicate for table in load_tables().values() for column in table.columns.values()
                     if len(column.path) == 1 and column.path[0].inverse)


def _name_nodes(graph: Graph) -> Graph:
    """The graph with an IRI, made of what it states, in place of each blank node; raises Refused where these go round in a circle."""
    names: dict[Node, URIRef] = {}

    def name(node: Node, above: tuple[Node, ...]) -> Node:
        if not isinstance(node, BNode):
            return node
        if node in above or len(above) > DEPTH:
            raise Refused("its blank nodes refer to each other in a circle, or too deep.", advice="Give them IRIs.")
        if node not in names:
            stated = sorted(f"{predicate.n3()} {name(value, (*above, node)).n3()}" for predicate, value in graph.predicate_objects(node))
            names[node] = thing("node", hashlib.sha256("\n".join(stated).encode()).hexdigest()[:24])
        return names[node]

    named = Graph()
    for subject, predicate, value in graph:
        named.add((name(subject, ()), predicate, name(value, ())))
    return named
