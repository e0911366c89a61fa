"""The catalogue as a feed for portals that follow DCAT-AP Feeds: one member per entity, its description in the graph it names."""

from __future__ import annotations

import hashlib
from typing import Final

from rdflib import Dataset, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from kg.publication.catalogue import CATALOGUE, DCATAP, SPDX, VCARD
from kg.terms import DCAT, DCT, FOAF, PREFIXES, RDF, XSD

AS: Final = Namespace("https://www.w3.org/ns/activitystreams#")
LDES: Final = Namespace("https://w3id.org/ldes#")
TREE: Final = Namespace("https://w3id.org/tree#")
ENTITIES: Final = (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService, FOAF.Agent, VCARD.Kind, DCT.LicenseDocument)
STREAM: Final = URIRef(f"{CATALOGUE}/feed")


def make_feed(catalogue: Graph) -> Dataset:
    """A page of Create members; a member's name holds a digest of what it says, so that another version is another member."""
    feed = Dataset()
    own = {"as": AS, "ldes": LDES, "tree": TREE, "dcatap": DCATAP, "spdx": SPDX, "vcard": VCARD}
    for prefix, iri in (PREFIXES | own).items():
        feed.bind(prefix, iri, override=True, replace=True)
    published = Literal(f"{catalogue.value(CATALOGUE, DCT.modified)}T00:00:00Z", datatype=XSD.dateTime)
    feed.add((STREAM, RDF.type, LDES.EventStream))
    feed.add((STREAM, LDES.timestampPath, AS.published))
    feed.add((STREAM, LDES.versionOfPath, AS.object))
    feed.add((STREAM, TREE.view, URIRef("")))
    entities = {node for kind in ENTITIES for node in catalogue.subjects(RDF.type, kind)}
    for entity in sorted(entities, key=str):
        described = _describe(catalogue, entity, entities)
        digest = hashlib.sha256("\n".join(sorted(" ".join(term.n3() for term in triple) for triple in described)).encode()).hexdigest()
        member = URIRef(f"{STREAM}/{digest[:16]}")
        feed.add((STREAM, TREE.member, member))
        feed.add((member, RDF.type, AS.Create))
        feed.add((member, AS.object, entity))
        feed.add((member, AS.published, published))
        graph = feed.graph(member)
        for triple in described:
            graph.add(triple)
    return feed


def _describe(catalogue: Graph, entity: Node, entities: set[Node]) -> Graph:
    """The triples of an entity, and of the nodes that only it has: its period and its checksum."""
    found, waiting = Graph(), [entity]
    while waiting:
        node = waiting.pop()
        for triple in catalogue.triples((node, None, None)):
            found.add(triple)
            if str(triple[2]).startswith(f"{entity}/") and triple[2] not in entities:
                waiting.append(triple[2])
    return found
