"""The list of sources, in Turtle: DCAT and VoID say what each publishes, who does, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from kg.errors import UnreadableFile
from kg.shapes import parse_turtle
from kg.terms import BASE, DCAT, DCT, FOAF, GRAPH, PROV, RDF, RDFS, SKOS, VOID, is_reference, thing

TREE: Final = Namespace("https://w3id.org/tree#")
WAYS: Final = ("dump", "catalogue", "stream", "endpoint")


@dataclass(frozen=True)
class Source:
    """One publisher's data: a short name, the agent that answers for them, and the one way in which they are taken.

    `way` is one of `WAYS`, `addresses` where it begins. `space` is the start of the publisher's own IRIs, `places` are the origins
    besides those of the addresses that may be called when something leads there. `description` is what we say of source and agent.
    """

    name: str
    agent: URIRef
    way: str
    addresses: tuple[str, ...]
    space: str
    places: frozenset[str]
    description: Graph

    @property
    def iri(self) -> URIRef:
        """The source in the provenance of its graphs."""
        return thing("source", f"harvest-{self.name}")

    @property
    def head(self) -> str:
        """What the names of its graphs begin with."""
        return str(GRAPH[f"harvest/{self.name}/"])

    def allows(self, address: str) -> bool:
        """Whether an address is at one of the places that the source names."""
        return find_origin(address) in self.places


def find_origin(address: str) -> str:
    """Scheme, host and port of an address (RFC 6454, section 4)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".casefold()


def read_sources(path: Path) -> list[Source]:
    """The sources of a file, by name; raises UnreadableFile when one does not say all that is needed."""
    graph = parse_turtle(path, Graph())
    found = [_read(graph, node, path.name) for node in sorted(set(graph.subjects(DCT.identifier)), key=str)]
    names = [source.name for source in found]
    spaces = [source.space for source in found if source.space]
    if not found or len(set(names)) < len(names):
        raise UnreadableFile("there is no source, or two have the same name.", where=path.name, advice="Give each its own dct:identifier.")
    if any(one != other and other.startswith(one) for one in spaces for other in spaces) or len(set(spaces)) < len(spaces):
        raise UnreadableFile("two sources claim the same IRIs.", where=path.name, advice="Give each its own void:uriSpace.")
    return found


def _read(graph: Graph, node: Node, where: str) -> Source:
    name = str(graph.value(node, DCT.identifier))
    agent, space = graph.value(node, DCT.publisher), str(graph.value(node, VOID.uriSpace) or "")
    title, licence = graph.value(node, DCT.title), graph.value(node, DCT.license)
    if not is_reference(name) or not isinstance(agent, URIRef) or title is None or not isinstance(licence, URIRef):
        raise UnreadableFile(f"the source {name!r} does not say who it is.", where=where, advice=(
            "Say dct:identifier (lower-case letters, digits, dashes), dct:title, and dct:publisher and dct:license as IRIs."))
    if space and (space.startswith(BASE) or BASE.startswith(space) or urlsplit(space).scheme not in ("http", "https")):
        raise UnreadableFile(f"{space!r} cannot be the IRIs of {name}.", where=where, advice="Write the start of the publisher's own IRIs.")
    files = {*graph.objects(node, VOID.dataDump), *(address for each in graph.objects(node, DCAT.distribution)
                                                    for address in graph.objects(each, DCAT.downloadURL))}
    ways = {"catalogue" if (node, RDF.type, DCAT.Catalog) in graph else "dump": files, "stream": set(graph.objects(node, TREE.view)),
            "endpoint": set(graph.objects(node, VOID.sparqlEndpoint))}
    stated = {way: sorted(str(address) for address in addresses) for way, addresses in ways.items() if addresses}
    if len(stated) != 1 or (len(addresses := next(iter(stated.values()))) > 1 and "dump" not in stated):
        raise UnreadableFile(f"the source {name} has no address, or several ways in.", where=where, advice=(
            "Say one of void:dataDump, dcat:distribution/dcat:downloadURL, tree:view or void:sparqlEndpoint."))
    places = frozenset(find_origin(str(address)) for address in (*addresses, *graph.objects(node, RDFS.seeAlso)))
    return Source(name, agent, next(iter(stated)), tuple(addresses), space, places, _describe(graph, node, name, agent))


def _describe(graph: Graph, node: Node, name: str, agent: URIRef) -> Graph:
    """What is published about source and agent: the statements of the list with which the provenance of our own sources is told."""
    made, iri = Graph(), thing("source", f"harvest-{name}")
    for kind in (PROV.Entity, DCAT.Dataset):
        made.add((iri, RDF.type, kind))
    for predicate in (DCT.title, DCT.description, DCT.publisher, DCT.license):
        for value in graph.objects(node, predicate):
            made.add((iri, predicate, value))
    for kind in (PROV.Agent, FOAF.Agent):
        made.add((agent, RDF.type, kind))
    for label in graph.objects(agent, FOAF.name):
        if isinstance(label, Literal):
            made.add((agent, FOAF.name, label))
            made.add((agent, SKOS.prefLabel, label))
    return made
