"""Whether sources or a file conform to the shapes: every finding with its record, row and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, URIRef

from kg import resources
from kg.build import find_rows, read_sources
from kg.errors import NotFound, UnreadableFile
from kg.formats import BY_SUFFIX, Format
from kg.shapes import load_shapes
from kg.store import Store
from kg.terms import ONTOLOGY_GRAPH, SHAPES_GRAPH
from kg.validation.engine import INFO, VIOLATION, WARNING, ValidationReport, ValidationResult, validate_graph

SEVERITIES = (VIOLATION, WARNING, INFO)


@dataclass(frozen=True)
class Finding:
    """One result of the validation and the rows that state its focus node, as `file, line`."""

    result: ValidationResult
    places: tuple[str, ...]


@dataclass(frozen=True)
class Conformance:
    """The report on a path and its findings, violations first."""

    report: ValidationReport
    findings: tuple[Finding, ...]

    def sentence(self) -> str:
        """The first line of a report, in words."""
        counts = [self.report.count(severity) for severity in SEVERITIES]
        advice = f"{counts[1]} {'entry' if counts[1] == 1 else 'entries'} could say more"
        if self.report.conforms:
            return f"It conforms: nothing to correct, {advice}."
        return f"It does not conform: {counts[0]} {'thing' if counts[0] == 1 else 'things'} to correct, {advice}."


def check_sources(folder: Path) -> Conformance:
    """Check a folder of sources as one graph; raises BrokenRow or UnreadableFile where a table cannot be read."""
    graphs = read_sources(folder)
    data, background = Graph(), Graph()
    for name, graph in graphs.items():
        if name not in (SHAPES_GRAPH, ONTOLOGY_GRAPH):
            data += graph
    if folder.resolve() != resources.data().resolve():
        for name, graph in read_sources(resources.data()).items():
            if name not in (SHAPES_GRAPH, ONTOLOGY_GRAPH):
                background += graph
    report = validate_graph(data, load_shapes(), background if len(background) else None)
    return _collect(report, find_rows(folder))


def check_file(path: Path, store: Store | None = None) -> Conformance:
    """Check one RDF file; what it refers to is looked up in a store. Raises UnreadableFile when it does not parse."""
    form: Format | None = BY_SUFFIX.get(path.suffix.lstrip("."))
    if form is None or not form.rdflib:
        raise UnreadableFile(f"files that end in {path.suffix or 'nothing'} are not known.", where=path.name,
                             advice="Give a folder of sources, or a file that ends in .ttl, .nt, .jsonld, .rdf, .nq or .trig.")
    data = Graph()
    try:
        data.parse(path, format=form.rdflib)
    except Exception as error:  # rdflib's parsers raise errors of many kinds
        raise UnreadableFile(f"the {form.label} does not parse: {str(error).splitlines()[0]}", where=path.name,
                             advice="Correct the file.") from error
    background = store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }") if store else None
    return _collect(validate_graph(data, load_shapes(), background), {})


def check_path(path: Path, store: Store | None = None) -> Conformance:
    """Check a folder of sources, one source, or a file; raises NotFound when there is none."""
    if not path.exists():
        raise NotFound("there is no such file or folder.", where=str(path), advice="Name a folder of sources or an RDF file.")
    return check_sources(path) if path.is_dir() else check_file(path, store)


def _collect(report: ValidationReport, rows: dict[URIRef, tuple[str, ...]]) -> Conformance:
    findings = [Finding(result, rows.get(URIRef(str(result.focus)), ())) for result in report.results]
    findings.sort(key=lambda each: (_rank(each.result.severity, SEVERITIES), each.places, str(each.result.focus)))
    return Conformance(report, tuple(findings))


def _rank(severity: str, order: Sequence[str]) -> int:
    return order.index(severity) if severity in order else len(order)
