"""Statements from rows: each cell becomes triples in the graph of its page, confidence and support.

    id,name,themes,source_url,confidence        uaeu/initiatives.csv
    civitas,CIVITAS,mobility,https://civitas.eu/,high

    GRAPH graph:uaeu/civitas.eu-1f0c2b7a-high { id:initiative/civitas dct:title "CIVITAS"@en ; uaeu:theme voc:theme/mobility . }
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from rdflib import Graph, Literal, URIRef

from kg.errors import BrokenRow
from kg.shapes import Column, Stamp, Table
from kg.tables.reader import Row
from kg.tables.source import CITED, INFERRED, UNCITED, Source
from kg.tables.values import Registry, make_literal
from kg.terms import DCT, GRAPH, PROV, RDF, SKOS, UAEU, VOC, is_reference, slug, thing

NO_PAGE = "uncited-knowledge"


class Importer:
    """Turns the rows of many sources into named graphs and the provenance graph that describes them.

    `registry` knows every record and concept, so a reference may be a local id, a full IRI or a label.
    Raises BrokenRow with file, row, column and what to do.
    """

    def __init__(self, tables: Mapping[str, Table], registry: Registry) -> None:
        self.tables, self.registry = tables, registry
        self.graphs: dict[URIRef, Graph] = defaultdict(Graph)
        self.provenance = Graph()

    def register(self, source: Source, rows: Iterable[Row]) -> None:
        """Make known which records the rows describe, before any of them is read for its references."""
        for row in rows:
            table = self.tables[row.table]
            labels = [row.cells[key] for key in ("name", "title", "pref_label") if key in row.cells]
            self.registry.add(source.name, table.record_type, row.id, labels)

    def read(self, source: Source, rows: Iterable[Row]) -> None:
        """Add the statements of the rows."""
        for row in rows:
            self._read_row(source, row, self.tables[row.table])

    def _read_row(self, source: Source, row: Row, table: Table) -> None:
        subject = self.subject(source.name, table, row.id)
        main = self._graph_for(source, row, "id")
        main_graph = self.graphs[main]
        _apply(main_graph, subject, table.stamp)
        if table.record_type.startswith("voc/"):
            scheme = VOC[table.record_type[4:]]
            main_graph.add((subject, SKOS.inScheme, scheme))
            if "broader" not in row.cells:
                main_graph.add((subject, SKOS.topConceptOf, scheme))
        for key, cell in row.cells.items():
            if key in table.columns:
                graph = self.graphs[self._graph_for(source, row, key)]
                for text in _values(cell, table.columns[key]):
                    self._state(graph, subject, table, table.columns[key], text, source, row)

    def subject(self, source: str, table: Table, identifier: str) -> URIRef:
        """The IRI of a row's record, after the decisions which two are one."""
        if table.record_type.startswith("voc/"):
            return VOC[f"{table.record_type[4:]}/{identifier}"]
        return self.registry.thing(source, table.record_type, identifier)

    def _state(self, graph: Graph, subject: URIRef, table: Table, column: Column, text: str, source: Source,
               row: Row) -> None:
        try:
            value = self.registry.resolve(source.name, column.reference, text) if column.reference \
                else make_literal(text, column.datatype)
        except ValueError as error:
            position = list(row.cells).index(column.key) + 1
            raise BrokenRow(f"column {column.key}: {error}", where=row.where, line=row.line, column=position,
                            advice=getattr(error, "advice", "") or "Correct the cell.") from error
        node = subject
        owner = "-".join(str(subject).rsplit("/", 2)[1:])
        for step, template in zip(column.path[:-1], column.through, strict=True):
            code = f"-{_code(value)}" if column.each else ""
            middle = thing(template.record_type, f"{owner}{code}")
            graph.add((node, step.predicate, middle))
            _apply(graph, middle, template.stamp)
            node = middle
        last = column.path[-1]
        graph.add((value, last.predicate, node) if last.inverse else (node, last.predicate, value))
        if column.also_as is not None:
            graph.add((node, column.also_as, value))

    def _graph_for(self, source: Source, row: Row, key: str) -> URIRef:
        page = row.cells.get("source_url", NO_PAGE)
        confidence = row.cells.get("confidence", "medium")
        if confidence not in ("high", "medium"):
            raise BrokenRow(f"the confidence {confidence!r} is not known.", where=row.where, line=row.line,
                            advice="Write high or medium.")
        uncited = row.cells.get("uncited_fields", "").split(";")
        support = CITED
        if key in row.cells.get("inferred_fields", "").split(";"):
            support = INFERRED
        elif page == NO_PAGE or key in uncited or "all" in uncited:
            support = UNCITED
        name = GRAPH[f"{source.name}/{_page_slug(page) if support == CITED else support}-{confidence}"]
        if (name, RDF.type, None) not in self.provenance:
            self._describe(name, source, page if support == CITED else "", confidence, support)
        return name

    def _describe(self, name: URIRef, source: Source, page: str, confidence: str, support: str) -> None:
        add = self.provenance.add
        add((name, RDF.type, PROV.Entity))
        add((name, RDF.type, UAEU.Contribution))
        add((name, DCT.isPartOf, source.iri))
        add((name, UAEU.confidence, VOC[f"confidence/{confidence}"]))
        add((name, UAEU.support, VOC[f"support/{support}"]))
        add((name, UAEU.contributionStatus, VOC["contribution-status/published"]))
        if page:
            add((name, DCT.source, URIRef(page)))
        for agent in source.description.objects(source.iri, DCT.publisher):
            if isinstance(agent, URIRef):
                add((name, PROV.wasAttributedTo, agent))
        for predicate in (DCT.license, DCT.issued):
            for value in source.description.objects(source.iri, predicate):
                add((name, predicate, value))


def _values(cell: str, column: Column) -> list[str]:
    if not column.list:
        return [cell]
    return [part.strip() for part in cell.split(column.separator) if part.strip()]


def _apply(graph: Graph, node: URIRef, stamp: Stamp) -> None:
    for predicate, value in stamp:
        graph.add((node, predicate, value))


def _code(value: URIRef | Literal) -> str:
    tail = str(value).rsplit("/", 1)[-1] if isinstance(value, URIRef) else slug(str(value))
    return tail if is_reference(tail) else slug(tail)


def _page_slug(page: str) -> str:
    host = (urlsplit(page).hostname or "page").removeprefix("www.")
    return f"{host}-{hashlib.sha256(page.encode()).hexdigest()[:8]}"
