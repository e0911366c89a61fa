"""Quads as the engine holds them, as canonical lines, in pieces, and as operations that change them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox
from rdflib import URIRef

from kg.errors import Invalid
from kg.store.local.terms import to_ox

PIECE: Final = 20_000
"""Quads of one transaction, which the engine holds in memory at some 4 KB each; a larger change is made in several."""


def write_lines(name: URIRef, triples: Iterable[tuple[Any, Any, Any]]) -> list[bytes]:
    """The canonical N-Quads lines, without line ends, of triples in a graph, as this engine holds them."""
    return list_lines(hold_quads(name, triples))


def read_lines(name: URIRef, ntriples: bytes) -> set[bytes]:
    """The lines of `write_lines` for a document in N-Triples; raises Invalid."""
    node, scratch = ox.NamedNode(str(name)), ox.Store()
    try:
        scratch.bulk_extend(ox.Quad(triple.subject, triple.predicate, triple.object, node)
                            for triple in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))
    except SyntaxError as error:
        raise Invalid(f"the document does not parse: {error}", advice="Take it again.") from error
    return set(list_lines(scratch))


def parse_quads(content: bytes, media_type: str, base: str) -> Iterator[tuple[str, str, str, str]]:
    """Subject, predicate, object and graph ("" for the default graph) of an RDF document, as N-Quads write them; raises Invalid."""
    try:
        for quad in ox.parse(content, format=ox.RdfFormat.from_media_type(media_type), base_iri=base):
            yield (str(quad.subject), str(quad.predicate), str(quad.object),
                   "" if quad.graph_name == ox.DefaultGraph() else str(quad.graph_name))
    except (SyntaxError, ValueError) as error:
        raise Invalid(f"the document does not parse: {error}", where=base, advice="Take it again.") from error


def hold_quads(name: URIRef, triples: Iterable[tuple[Any, Any, Any]]) -> set[Any]:
    """The quads as the engine holds them: it writes a number in its shortest form, and a version must not depend on when it is read."""
    node = ox.NamedNode(str(name))
    held: set[Any] = set()
    for piece in cut(triples):
        scratch = ox.Store()
        scratch.bulk_extend(ox.Quad(to_ox(s), to_ox(p), to_ox(o), node) for s, p, o in piece)
        held.update(scratch)
    return held


def merge_quads(quads: Iterable[Any]) -> Iterator[Any]:
    """The same statements in the default graph (RDF 1.1 Semantics, "RDF merge"; there are no blank nodes to keep apart)."""
    return (ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


def cut(values: Iterable[Any], size: int | None = None) -> Iterator[list[Any]]:
    """The values in pieces."""
    remaining = iter(values)
    while piece := list(islice(remaining, size or PIECE)):
        yield piece


def list_lines(quads: Iterable[Any]) -> list[bytes]:
    """The canonical N-Quads lines of quads, without line ends."""
    return (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").splitlines()


def write_data(verb: str, quads: Collection[Any]) -> Iterator[str]:
    """A SPARQL Update operation of quads that the engine itself has written (SPARQL 1.1 Update, 3.1.1 and 3.1.2)."""
    if quads:
        blocks = "".join(f"GRAPH {quad.graph_name} {{ {quad.triple} }}\n" if isinstance(quad.graph_name, ox.NamedNode)
                         else f"{quad.triple} .\n" for quad in quads)
        yield f"{verb} DATA {{\n{blocks}}}"
