"""From events to graphs: the same function for a running store and for a build from nothing, so that both end in the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rdflib import Graph, Literal, URIRef

from kg.journal import Event
from kg.store import Term
from kg.store.local import LocalStore
from kg.terms import DCT, GRAPH, OWL, PROV, RDF, UAEU, VOC, XSD, thing, write_term

JOURNAL_GRAPH: Final = GRAPH["journal"]
TOMBSTONES_GRAPH: Final = GRAPH["tombstones"]
SOURCE: Final = thing("source", "contributions")
LICENCE: Final = URIRef("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0")

Quad = tuple[URIRef, Term, Term, Term]


def graph_name(reference: str) -> URIRef:
    """The named graph of a contribution."""
    return GRAPH[f"contribution/{reference}"]


def replay(events: Iterable[Event], held: Callable[[URIRef], Graph]) -> tuple[dict[URIRef, Graph], list[URIRef]]:
    """Apply events in order to the graphs that `held` gives by name: the graphs that change, and the names that end.

    Applying an event twice is the same as once, so that a publish which was cut off is simply done again. The graph
    `graph:journal` says which event was the last.
    """
    graphs: dict[URIRef, Graph] = {}
    dropped: set[URIRef] = set()

    def changing(name: URIRef) -> Graph:
        if name not in graphs:
            graphs[name] = Graph()
            for triple in held(name):
                graphs[name].add(triple)
        return graphs[name]

    for event in events:
        for name, subject, predicate, value in read_quads(event.change.removed):
            changing(name).remove((subject, predicate, value))
        for name in map(URIRef, event.change.dropped):
            graphs[name] = Graph()
            dropped.add(name)
        for name, subject, predicate, value in read_quads(event.change.added):
            changing(name).add((subject, predicate, value))
            dropped.discard(name)
            changing(TOMBSTONES_GRAPH).remove((subject, None, None))
        for iri in map(URIRef, event.change.gone):
            changing(TOMBSTONES_GRAPH).add((iri, PROV.invalidatedAtTime, Literal(event.at, datatype=XSD.dateTime)))
        graphs[JOURNAL_GRAPH] = Graph()
        graphs[JOURNAL_GRAPH].add((JOURNAL_GRAPH, OWL.versionInfo, Literal(str(event.sequence))))
    return {name: graph for name, graph in graphs.items() if name not in dropped and len(graph)}, \
        sorted({*dropped, *(name for name, graph in graphs.items() if not len(graph))})


def describe(reference: str, agent: str, published: str) -> Graph:
    """What a contribution's graph says of itself: whose it is, since when, under which licence (domain model, section 3)."""
    graph, name = Graph(), graph_name(reference)
    for kind in (PROV.Entity, UAEU.Contribution):
        graph.add((name, RDF.type, kind))
    graph.add((name, DCT.isPartOf, SOURCE))
    graph.add((name, DCT.issued, Literal(published[:10], datatype=XSD.date)))
    graph.add((name, DCT.license, LICENCE))
    graph.add((name, PROV.wasAttributedTo, URIRef(agent)))
    graph.add((name, UAEU.contributionStatus, VOC["contribution-status/published"]))
    graph.add((name, UAEU.support, VOC["support/contributed"]))
    return graph


def write_quads(name: URIRef, graph: Graph) -> bytes:
    """A graph as N-Quads under a name, sorted; literals as they are written."""
    return b"".join(sorted(f"{s.n3()} {p.n3()} {write_term(o)} {name.n3()} .\n".encode() for s, p, o in graph))


def read_quads(content: bytes) -> list[Quad]:
    """The quads of N-Quads that we wrote, each as graph, subject, predicate, object."""
    if not content:
        return []
    scratch = LocalStore()
    scratch.load(content)
    return [(name, *triple) for name in scratch.names() for triple in scratch.graph(name)]  # type: ignore[misc]


def read_graph(content: bytes) -> Graph:
    """The triples of a contribution as the journal keeps them."""
    graph = Graph()
    for _, *triple in read_quads(content):
        graph.add(tuple(triple))  # type: ignore[arg-type]
    return graph
