"""A source: a folder of tables and the file `source.ttl` that says who, where, licence and date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, URIRef

from kg.errors import UnreadableFile
from kg.shapes import parse_turtle
from kg.terms import DCT, PROV, RDF, thing

CITED, INFERRED, UNCITED = "cited", "inferred", "uncited"


@dataclass(frozen=True)
class Source:
    """Who says it: the name of the folder, its IRI and the graph of `source.ttl`."""

    name: str
    iri: URIRef
    description: Graph
    folder: Path


def read_source(folder: Path) -> Source:
    """Read `source.ttl`; raises UnreadableFile when it is missing or says neither title, agent nor licence."""
    path = folder / "source.ttl"
    where = f"{folder.name}/source.ttl"
    if not path.exists():
        raise UnreadableFile("the source does not say who it is.", where=where,
                             advice="Add source.ttl with dct:title, dct:publisher and dct:license.")
    graph = parse_turtle(path, Graph())
    iri = thing("source", folder.name)
    for predicate in (DCT.title, DCT.publisher, DCT.license):
        if (iri, predicate, None) not in graph:
            raise UnreadableFile(f"<{iri}> has no {predicate.n3(graph.namespace_manager)}.", where=where,
                                 advice="Say title, publisher and licence of the source.")
    graph.add((iri, RDF.type, PROV.Entity))
    return Source(folder.name, iri, graph, folder)
