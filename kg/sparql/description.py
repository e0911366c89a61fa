"""What the query service says of itself (SPARQL 1.1 Service Description, section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rdflib import BNode, Graph, Literal, Namespace, URIRef

from kg.sparql.formats import ASK, GRAPH, SELECT
from kg.terms import BASE, DCT, PREFIXES, RDF, RDFS, VOID, XSD

SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMAT: Final = Namespace("http://www.w3.org/ns/formats/")
_FORMAT_NAMES: Final = {"srj": "SPARQL_Results_JSON", "srx": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV",
                        "tsv": "SPARQL_Results_TSV", "ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF_XML", "jsonld": "JSON-LD",
                        "nq": "N-Quads", "trig": "TriG"}


def describe_service(endpoint: str, void: str, names: Iterable[URIRef], size: int, *, seconds: float, rows: int,
                     services: Iterable[str]) -> Graph:
    """The description of the service at `endpoint`: languages, formats, features, limits and the dataset with its graphs."""
    graph = Graph()
    for prefix, iri in (*PREFIXES.items(), ("sd", str(SD)), ("format", str(FORMAT))):
        graph.bind(prefix, iri)
    service, dataset, default = URIRef(endpoint + "#service"), URIRef(endpoint + "#dataset"), BNode("default")
    graph.add((service, RDF.type, SD.Service))
    graph.add((service, SD.endpoint, URIRef(endpoint)))
    graph.add((service, SD.supportedLanguage, SD.SPARQL11Query))
    graph.add((service, SD.feature, SD.UnionDefaultGraph))
    services = sorted(services)
    if services:
        graph.add((service, SD.feature, SD.BasicFederatedQuery))
    for each in dict.fromkeys((*SELECT, *ASK, *GRAPH)):
        graph.add((service, SD.resultFormat, FORMAT[_FORMAT_NAMES[each.suffix]]))
    graph.add((service, RDFS.comment, Literal(
        f"Reads only. A query has {seconds:g} seconds and {rows} rows; past either the answer is an error, never a part. "
        f"Relative IRIs are resolved against {BASE}. The default graph is the union of all named graphs. "
        + (f"SERVICE may call {', '.join(services)}." if services else "SERVICE may call no other address."), lang="en")))
    graph.add((service, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, RDFS.seeAlso, URIRef(void)))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, DCT.description, Literal("The union of all named graphs.", lang="en")))
    graph.add((default, VOID.triples, Literal(size, datatype=XSD.integer)))
    for name in names:
        node = URIRef(f"{endpoint}#{name.rsplit('/graph/', 1)[-1].replace('/', '-')}") if "/graph/" in name else BNode()
        graph.add((dataset, SD.namedGraph, node))
        graph.add((node, RDF.type, SD.NamedGraph))
        graph.add((node, SD.name, name))
    return graph
