"""The one room that knows the SHACL engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyshacl
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg.terms import RDF, RDFS, SH

VIOLATION, WARNING, INFO = "Violation", "Warning", "Info"


@dataclass(frozen=True)
class ValidationResult:
    """One result of a validation report (SHACL, section 3.6.2); `messages` are by language, "" for none."""

    severity: str
    focus: Node
    path: Node | None
    value: Node | None
    shape: Node | None
    component: str
    messages: dict[str, str]

    def message(self, language: str = "en") -> str:
        """The message in a language, else in English, else any."""
        return self.messages.get(language) or self.messages.get("en") or next(iter(self.messages.values()), "")


@dataclass(frozen=True)
class ValidationReport:
    """What a validation found; it conforms when no result is a violation (domain model, section 5)."""

    results: tuple[ValidationResult, ...]
    graph: Graph

    @property
    def conforms(self) -> bool:
        return not self.count(VIOLATION)

    def count(self, severity: str) -> int:
        """The number of results of a severity: Violation, Warning or Info."""
        return sum(result.severity == severity for result in self.results)


def validate_graph(data: Graph, shapes: Graph, background: Graph | None = None,
                   focus_nodes: Iterable[Node] | None = None) -> ValidationReport:
    """Validate a graph against shapes, without inference (SHACL and SHACL-SPARQL).

    `background` is known besides (vocabularies, things referred to) and is not validated itself; `focus_nodes` narrows
    the validation to these nodes. Raises what pySHACL raises for shapes that are not well formed.
    """
    wanted = set(focus_nodes) if focus_nodes is not None else None if background is None else _find_own(data, background)
    merged = data if background is None else data + background
    _, report, _ = pyshacl.validate(
        merged, shacl_graph=shapes if wanted is None else _aim(shapes, merged, wanted), inference="none", inplace=True,
        do_owl_imports=False, js=False)
    assert isinstance(report, Graph)
    results = [_read_result(report, node, shapes) for node in report.objects(None, SH.result)]
    results.sort(key=lambda result: (str(result.focus), str(result.shape), result.component, str(result.value)))
    return ValidationReport(tuple(results), report)


def _aim(shapes: Graph, data: Graph, wanted: set[Node]) -> Graph:
    """The shapes with their targets narrowed to some nodes.

    pySHACL's own `focus_nodes` also hides the values that sh:node and sh:or look at, and so finds too little.
    """
    aimed = Graph() + shapes
    for predicate in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf):
        for shape, target in list(shapes.subject_objects(predicate)):
            aimed.remove((shape, predicate, target))
            for node in _find_targets(data, predicate, target) & wanted:
                aimed.add((shape, SH.targetNode, node))
    return aimed


def _find_targets(data: Graph, predicate: URIRef, target: Node) -> set[Node]:
    if predicate == SH.targetClass:
        classes = set(data.transitive_subjects(RDFS.subClassOf, target)) | {target}
        return {node for each in classes for node in data.subjects(RDF.type, each)}
    if predicate == SH.targetNode:
        return {target}
    return set(data.subjects(target) if predicate == SH.targetSubjectsOf else data.objects(None, target))


def _find_own(data: Graph, background: Graph) -> set[Node]:
    return set(data.subjects()) | {node for node in data.objects() if (node, None, None) not in background}


def _read_result(report: Graph, node: Node, shapes: Graph) -> ValidationResult:
    # pySHACL drops the language of the messages of a SPARQL constraint, so they are read where they stand.
    constraint = report.value(node, SH.sourceConstraint)
    texts = list(report.objects(node, SH.resultMessage) if constraint is None else shapes.objects(constraint, SH.message))
    return ValidationResult(
        severity=_name(report.value(node, SH.resultSeverity)), focus=report.value(node, SH.focusNode) or node,
        path=report.value(node, SH.resultPath), value=report.value(node, SH.value),
        shape=report.value(node, SH.sourceShape), component=_name(report.value(node, SH.sourceConstraintComponent)),
        messages={text.language or "": str(text) for text in texts if isinstance(text, Literal)})


def _name(term: Node | None) -> str:
    return str(term).rsplit("#", 1)[-1]
