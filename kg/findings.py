"""A report on what was sent, in forms that programs take: SARIF for data in Git, rows for a table, RDF."""

from __future__ import annotations

from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef

from kg.reception import Remark, Sent
from kg.terms import DCT, RDF, SH, UASH

LEVELS: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
HEADER: Final = ("severity", "code", "where", "line", "column", "record", "message", "advice")


def list_rows(sent: Sent) -> list[tuple[str | int, ...]]:
    """One row per remark, in the order of `HEADER`."""
    return [(each.severity, each.code, each.where or each.key, each.line or "", each.column or "", each.record, each.text, each.advice)
            for each in sent.remarks]


def write_sarif(sent: Sent, name: str) -> dict[str, Any]:
    """The remarks as a run of SARIF 2.1.0 (OASIS), which GitHub and editors show at the line; `name` is the file's."""
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "urban-agenda-kg", "informationUri": "https://w3id.org/uaeu-kg/shapes",
                            "rules": [{"id": code} for code in sorted({each.code for each in sent.remarks})]}},
        "results": [_result(each, name) for each in sent.remarks]}]}


def write_report(sent: Sent) -> Graph:
    """The remarks as a validation report (SHACL, section 3.6), with the line of each as dct:identifier of its result."""
    graph, report = Graph(), BNode()
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(sent.conforms)))
    for each in sent.remarks:
        result = BNode()
        graph.add((report, SH.result, result))
        graph.add((result, RDF.type, SH.ValidationResult))
        graph.add((result, SH.resultSeverity, SH[each.severity]))
        graph.add((result, SH.resultMessage, Literal(" ".join(part for part in (each.text, each.advice) if part))))
        if each.record.startswith(("http://", "https://")):
            graph.add((result, SH.focusNode, URIRef(each.record)))
        shape, _, component = each.code.partition(".")
        if component:
            graph.add((result, SH.sourceShape, UASH[shape]))
            graph.add((result, SH.sourceConstraintComponent, SH[f"{component}ConstraintComponent"]))
        if each.line:
            graph.add((result, DCT.identifier, Literal(f"line {each.line}")))
    return graph


def _result(remark: Remark, name: str) -> dict[str, Any]:
    region = {"startLine": max(remark.line, 1), **({"startColumn": remark.column} if remark.column else {})}
    return {"ruleId": remark.code, "level": LEVELS[remark.severity],
            "message": {"text": " ".join(part for part in (remark.text, remark.advice) if part)},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": name}, "region": region}}]}
