"""Terms and shapes explain themselves: what the validators ask for in words but do not measure.

The Test Bed's rule on messages and labels stands in a list that no engine reads as shapes, so it finds nothing; and the
Style Guide asks for a label only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdflib import Graph, Literal, URIRef

from kg.shapes import parse_turtle
from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model, find_line
from kg.terms import OWL, RDF, RDFS, SH, SKOS

OF_TERMS = (RDFS.label, SKOS.definition, SKOS.example)
WANTED: dict[URIRef, tuple[URIRef, ...]] = {
    OWL.Class: OF_TERMS, OWL.ObjectProperty: OF_TERMS, OWL.DatatypeProperty: OF_TERMS,
    SH.NodeShape: (RDFS.label, RDFS.comment, SH.message), SH.PropertyShape: (SH.name, SH.description, SH.message),
}


def check_texts(_assets: Assets, model: Model) -> CheckedSet:
    """Each term has label, definition and example, each shape name, description and message, in English (section 5)."""
    checked = 0
    findings: list[Finding] = []
    for path in [model.ontology / "uaeu.ttl", *sorted(model.shapes.glob("*.ttl"))]:
        graph = parse_turtle(path, Graph())
        checked += sum(1 for kind in WANTED for _ in graph.subjects(RDF.type, kind))
        findings += _find_silent(path, graph)
    return CheckedSet("Texts of terms and shapes", "domain model, sections 2 and 5", checked, "terms", tuple(findings))


def _find_silent(path: Path, graph: Graph) -> Iterator[Finding]:
    for kind, predicates in WANTED.items():
        for term in sorted(graph.subjects(RDF.type, kind), key=str):
            for predicate in predicates:
                texts = list(graph.objects(term, predicate))
                if not any(isinstance(text, Literal) and text.language == "en" and text.strip() for text in texts):
                    word = str(predicate).rsplit("#", 1)[-1]
                    name = str(term).rsplit("#", 1)[-1]
                    yield Finding(f"{path.parent.name}/{path.name}", find_line(path, term), f"has {word}",
                                  f"{name} has no {word} in English")
