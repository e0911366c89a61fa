"""The specification as pages: every term with its properties, shapes and a live example."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg import picture, resources
from kg.index import Index, Thing
from kg.queries import load_query
from kg.shapes import load_shapes, read_graph, read_path
from kg.store import Store
from kg.terms import OWL, RDF, RDFS, SH, SKOS, UAEU, shorten

QUERIES: Final = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class TermEntry:
    """A class or property of ours with its texts; `wider` is the term that it specialises."""

    iri: str
    name: str
    kind: str
    label: str
    definition: str
    example: str
    note: str
    wider: tuple[str, ...]


@dataclass(frozen=True)
class ShapeEntry:
    """A property shape of a class: the property, what may stand there and whether it must."""

    shape: str
    property: str
    name: str
    description: str
    needed: str
    severity: str


def read_terms(ontology: Graph) -> list[TermEntry]:
    """The classes, then the properties of the ontology, by name."""
    kinds = ((OWL.Class, "class"), (OWL.ObjectProperty, "property"), (OWL.DatatypeProperty, "property"))
    found = [_read_term(ontology, URIRef(str(term)), kind) for type_, kind in kinds for term in ontology.subjects(RDF.type, type_)]
    return sorted(found, key=lambda each: (each.kind, each.name))


def read_shapes(name: str) -> list[ShapeEntry]:
    """The property shapes that apply to a class, those that must be kept first."""
    shapes, found = load_shapes(), []
    for node in shapes.subjects(SH.targetClass, UAEU[name]):
        for shape in shapes.objects(node, SH.property):
            severity = str(shapes.value(shape, SH.severity) or SH.Violation).rsplit("#", 1)[-1]
            needed = "should" if severity == "Warning" else "must" if shapes.value(shape, SH.minCount) else "may"
            found.append(ShapeEntry(str(shape), _write_path(shapes, shape), _text(shapes, shape, SH.name),
                                    _text(shapes, shape, SH.description), needed, severity))
    strongest: dict[tuple[str, str], ShapeEntry] = {}
    for each in sorted(found, key=lambda each: (("must", "should", "may").index(each.needed), each.name)):
        strongest.setdefault((each.property, each.name), each)
    return list(strongest.values())


def find_example(store: Store, index: Index, iri: str) -> Thing | None:
    """A thing of a class, or one that has a property, as it is published now."""
    rows = store.select(load_query(QUERIES / "example_of_term.rq").text, {"term": URIRef(iri)}).rows
    return next((thing for row in rows if (thing := index.thing(str(row[0]))) is not None), None)


@lru_cache(maxsize=64)
def draw_term(name: str) -> str:
    """The neighbourhood of a class as SVG, empty when nothing leads to it or from it."""
    drawn = picture.draw_neighbourhood(f"uaeu:{name}", read_graph(resources.ontology()), load_shapes(), picture.read_axioms())
    return drawn if "<path d=\"M0 0" in drawn and drawn.count("<rect") > 1 else ""


def _write_path(shapes: Graph, shape: Node) -> str:
    path = shapes.value(shape, SH.path)
    steps = read_path(shapes, path) if path is not None else ()
    return " / ".join(("^" if step.inverse else "") + shorten(step.predicate) for step in steps)


def _read_term(graph: Graph, term: URIRef, kind: str) -> TermEntry:
    wider = sorted(shorten(str(each)) for each in graph.objects(term, RDFS.subClassOf if kind == "class" else RDFS.subPropertyOf))
    label, definition, example, note = (_text(graph, term, each) for each in (RDFS.label, SKOS.definition, SKOS.example, SKOS.scopeNote))
    return TermEntry(str(term), str(term).rsplit("#", 1)[-1], kind, label, definition, example, note, tuple(wider))


def _text(graph: Graph, term: Node, predicate: URIRef) -> str:
    found = sorted(str(text) for text in graph.objects(term, predicate) if getattr(text, "language", None) in ("en", None))
    return found[0] if found else ""
