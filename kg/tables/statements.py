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
from kg.tables.reader import Fault, Place, Row, refuse, split_key
from kg.tables.source import CITED, INFERRED, UNCITED, Source
from kg.tables.values import Registry, make_literal
from kg.terms import DCT, GRAPH, PROV, RDF, SKOS, UAEU, VOC, is_reference, slug, thing
from kg.wording import break_row

NO_PAGE = "uncited-knowledge"
Triple = tuple[URIRef, URIRef, URIRef | Literal]


class Importer:
    """Turns the rows of many sources into named graphs and the provenance graph that describes them.

    `registry` knows every record and concept, so a reference may be a local id, a full IRI or a label.
    A cell that cannot be read is handed to `fault`, as BrokenRow with file, row, column and what to do; without it, it is raised.
    `places`, where one is given, learns where each statement was written.
    """

    def __init__(self, tables: Mapping[str, Table], registry: Registry, fault: Fault = refuse,
                 places: dict[Triple, Place] | None = None) -> None:
        self.tables, self.registry, self._fault, self._places = tables, registry, fault, places
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
        self._apply(main_graph, subject, table.stamp, row.place("id"))
        if table.record_type.startswith("voc/"):
            scheme = VOC[table.record_type[4:]]
            main_graph.add((subject, SKOS.inScheme, scheme))
            if "broader" not in row.cells:
                main_graph.add((subject, SKOS.topConceptOf, scheme))
        for key, cell in row.cells.items():
            name, time = split_key(key)
            if name in table.columns:
                graph = self.graphs[self._graph_for(source, row, key)]
                for text in _values(cell, table.columns[name]):
                    self._state(graph, subject, table.columns[name], text, source, row.place(key), time)

    def subject(self, source: str, table: Table, identifier: str) -> URIRef:
        """The IRI of a row's record, after the decisions which two are one."""
        if table.record_type.startswith("voc/"):
            return VOC[f"{table.record_type[4:]}/{identifier}"]
        return self.registry.thing(source, table.record_type, identifier)

    def _state(self, graph: Graph, subject: URIRef, column: Column, text: str, source: Source, place: Place, time: int) -> None:
        try:
            value = self.registry.resolve(source.name, column.reference, text) if column.reference \
                else make_literal(text, column.datatype)
        except ValueError as error:
            return self._fault(BrokenRow(f"column {place.key}: {error}", where=place.where, line=place.line, column=place.column or None,
                                         advice=getattr(error, "advice", "") or "Correct the cell.", code=getattr(error, "code", ""),
                                         values=getattr(error, "values", ())))
        node = subject
        owner = "-".join(str(subject).rsplit("/", 2)[1:]) + (f".{time}" if time > 1 else "")
        for step, template in zip(column.path[:-1], column.through, strict=True):
            code = f"-{_code(value)}" if column.each else ""
            middle = thing(template.record_type, f"{owner}{code}")
            self._add(graph, (node, step.predicate, middle), place)
            self._apply(graph, middle, template.stamp, place)
            node = middle
        last = column.path[-1]
        if last.inverse:
            assert isinstance(value, URIRef)
            self._add(graph, (value, last.predicate, node), place)
        else:
            self._add(graph, (node, last.predicate, value), place)
        if column.also_as is not None:
            self._add(graph, (node, column.also_as, value), place)

    def _apply(self, graph: Graph, node: URIRef, stamp: Stamp, place: Place) -> None:
        for predicate, value in stamp:
            self._add(graph, (node, predicate, value), place)

    def _add(self, graph: Graph, triple: Triple, place: Place) -> None:
        graph.add(triple)
        if self._places is not None:
            self._places.setdefault(triple, place)

    def _graph_for(self, source: Source, row: Row, key: str) -> URIRef:
        page = row.cells.get("source_url", NO_PAGE)
        confidence = row.cells.get("confidence", "medium")
        if confidence not in ("high", "medium"):
            self._fault(break_row("no-confidence", confidence, where=row.where, line=row.line, column=row.numbers.get("confidence")))
            confidence = "medium"
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


def _code(value: URIRef | Literal) -> str:
    tail = str(value).rsplit("/", 1)[-1] if isinstance(value, URIRef) else slug(str(value))
    return tail if is_reference(tail) else slug(tail)


def _page_slug(page: str) -> str:
    host = (urlsplit(page).hostname or "page").removeprefix("www.")
    return f"{host}-{hashlib.sha256(page.encode()).hexdigest()[:8]}"
