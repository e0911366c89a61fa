"""A report on what was sent, in forms that programs take: SARIF for data in Git, rows for a table, RDF."""

from __future__ import annotations

from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef

from kg.reception import Sent
from kg.remarks import Remark
from kg.terms import DCT, RDF, RDFS, SH
from kg.validation.engine import write_result

LEVELS: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
HEADER: Final = ("severity", "code", "where", "line", "column", "record", "message", "advice")


def list_rows(sent: Sent) -> list[tuple[str | int, ...]]:
    """One row per remark, in the order of `HEADER`."""
    return [(each.severity, each.code, each.where or each.key, each.line or "", each.column or "", each.record, each.text, each.advice)
            for each in sent.remarks]


def write_sarif(sent: Sent, name: str, folder: bool = False) -> dict[str, Any]:
    """The remarks as a run of SARIF 2.1.0 (OASIS), which GitHub and editors show at the line; `name` is that of the file, or of the
    folder that holds the files."""
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "urban-agenda-kg", "informationUri": "https://w3id.org/uaeu-kg/shapes",
                            "rules": [{"id": code} for code in sorted({each.code for each in sent.remarks})]}},
        "results": [_result(each, f"{name}/{each.where}".rstrip("/") if folder else name) for each in sent.remarks]}]}


def write_report(sent: Sent) -> Graph:
    """All results as a validation report (SHACL, section 3.6), also those of one cause, with their messages in every language.

    The line of each, where it is known, is a dct:identifier such as "line 12", a suggestion an rdfs:comment. What is no result of SHACL,
    such as a statement that the policy refuses, is a result without a shape.
    """
    graph, report = Graph(), BNode()
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(sent.conforms)))
    for result, remark in sent.results:
        _place(graph, report, write_result(graph, result), remark)
    judged = {remark.code for _, remark in sent.results}
    for remark in (each for each in sent.remarks if each.code not in judged):
        node = BNode()
        graph.add((node, RDF.type, SH.ValidationResult))
        graph.add((node, SH.resultSeverity, SH[remark.severity]))
        graph.add((node, SH.resultMessage, Literal(remark.text)))
        if remark.record.startswith(("http://", "https://")):
            graph.add((node, SH.focusNode, URIRef(remark.record)))
        _place(graph, report, node, remark)
    return graph


def _place(graph: Graph, report: BNode, node: BNode, remark: Remark) -> None:
    graph.add((report, SH.result, node))
    if remark.advice:
        graph.add((node, RDFS.comment, Literal(remark.advice)))
    if remark.line:
        sheet = f"{remark.where}, row {remark.line}, column {remark.column}" if remark.column else f"line {remark.line}"
        graph.add((node, DCT.identifier, Literal(sheet)))


def _result(remark: Remark, name: str) -> dict[str, Any]:
    region = {"startLine": remark.line, **({"startColumn": remark.column} if remark.column else {})}
    place = {"artifactLocation": {"uri": name}, **({"region": region} if remark.line else {})}
    return {"ruleId": remark.code, "level": LEVELS[remark.severity],
            "message": {"text": " ".join(part for part in (remark.text, remark.advice) if part)},
            "locations": [{"physicalLocation": place}]}
