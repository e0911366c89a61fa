"""The same triples give the same bytes, in whatever order they come and whatever a process calls its blank nodes."""

from __future__ import annotations

import json
import random

import pytest
from rdflib import BNode, Graph
from rdflib.compare import isomorphic

from api.arranging import Arranged, arrange_json
from api.serialising import write_rdf
from kg import resources
from kg.formats import BY_SUFFIX
from kg.shapes import read_graph

WRITTEN = """
@prefix x: <urn:x:> . @prefix own: <urn:own:> .
x:a a x:Two, x:One ; own:list ( x:c x:b x:a ) ; x:has [ x:name "b"@en, "b"@de ; x:has [ x:deep 1 ] ], [ x:name "a" ] .
x:b x:has [ x:name "of b" ] .
[] x:says "no name at all" ; x:about x:a .
"""


def shuffle(graph: Graph, seed: int) -> Graph:
    """The same graph: other labels of blank nodes, in another order."""
    names = {term: BNode() for triple in graph for term in triple if isinstance(term, BNode)}
    triples = [tuple(names.get(term, term) for term in triple) for triple in graph]
    random.Random(seed).shuffle(triples)
    made = Graph(bind_namespaces="none")
    for prefix, iri in graph.namespaces():
        made.bind(prefix, iri)
    for triple in triples:
        made.add(triple)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf"])
def test_order_and_labels_do_not_show(suffix: str) -> None:
    graph = Graph().parse(data=WRITTEN, format="turtle")
    bodies = {bytes(write_rdf(shuffle(graph, seed), BY_SUFFIX[suffix]).body) for seed in range(6)}
    assert len(bodies) == 1
    assert isomorphic(Graph().parse(data=bodies.pop(), format=BY_SUFFIX[suffix].rdflib), graph)


def test_nothing_is_lost_of_the_ontology_and_of_a_ring_of_blank_nodes() -> None:
    graph = read_graph(resources.ontology())
    assert isomorphic(Arranged(graph), graph) and len(list(Arranged(graph))) == len(graph)
    ring = Graph().parse(data="_:a <urn:p> _:b . _:b <urn:p> _:c . _:c <urn:p> _:a .", format="turtle")
    assert isomorphic(Arranged(ring), ring) and len(list(Arranged(ring))) == 3


def test_lists_and_contexts_keep_their_order() -> None:
    kept = {"@context": [{"b": "urn:b"}, "urn:a"], "@graph": [{"@id": "z"}, {"@id": "a", "of": {"@list": [3, 1, 2]}, "@type": ["b", "a"]}]}
    assert arrange_json(kept) == {"@context": [{"b": "urn:b"}, "urn:a"],
                                  "@graph": [{"@id": "a", "of": {"@list": [3, 1, 2]}, "@type": ["a", "b"]}, {"@id": "z"}]}
    assert json.dumps(arrange_json(kept)) == json.dumps(arrange_json(json.loads(json.dumps(kept))))
