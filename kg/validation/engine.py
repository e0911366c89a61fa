"""The one room that knows the SHACL engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyshacl
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.terms import SH

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
                   focus_nodes: Iterable[URIRef] | None = None) -> ValidationReport:
    """Validate a graph against shapes, without inference (SHACL and SHACL-SPARQL).

    `background` is known besides (vocabularies, things referred to) and is not validated itself; `focus_nodes` narrows
    the validation to these nodes. Raises what pySHACL raises for shapes that are not well formed.
    """
    wanted = set(focus_nodes) if focus_nodes is not None else set(data.subjects()) if background is not None else None
    merged = data if background is None else data + background
    narrow = wanted is not None and not any(isinstance(node, BNode) for node in wanted)
    _, report, _ = pyshacl.validate(
        merged, shacl_graph=shapes, inference="none", inplace=True, do_owl_imports=False, js=False,
        focus_nodes=[str(node) for node in wanted] if narrow and wanted else None)
    assert isinstance(report, Graph)
    results = [_read_result(report, node) for node in report.objects(None, SH.result)]
    kept = [result for result in results if wanted is None or result.focus in wanted]
    kept.sort(key=lambda result: (str(result.focus), str(result.shape), result.component, str(result.value)))
    return ValidationReport(tuple(kept), report)


def _read_result(report: Graph, node: Node) -> ValidationResult:
    messages = {text.language or "": str(text) for text in report.objects(node, SH.resultMessage)
                if isinstance(text, Literal)}
    return ValidationResult(
        severity=_name(report.value(node, SH.resultSeverity)), focus=report.value(node, SH.focusNode) or node,
        path=report.value(node, SH.resultPath), value=report.value(node, SH.value),
        shape=report.value(node, SH.sourceShape), component=_name(report.value(node, SH.sourceConstraintComponent)),
        messages=messages)


def _name(term: Node | None) -> str:
    return str(term).rsplit("#", 1)[-1]
