"""Rows that a partner sent as statements: the importer of our own tables, with every fault and the place of every statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import Graph, Literal, URIRef

from kg.errors import BrokenRow
from kg.forms.known import Known
from kg.shapes import Table
from kg.tables import Importer, Place, Row, Source
from kg.tables.values import BadCell, make_literal
from kg.terms import DCT, PROV, RDF, UAEU, VOC, XSD, split_iri, thing
from kg.wording import break_row

MOST_FAULTS: Final = 200
SOURCE: Final = Source("contributions", thing("source", "contributions"), Graph(), Path())
Triple = tuple[URIRef, URIRef, URIRef | Literal]


class TooManyFaults(Exception):
    """So many cells are wrong that reading on says nothing new."""


@dataclass(frozen=True)
class Stated:
    """What rows state: the triples, where each was written, the records, the pages they name, and the cells that cannot be read."""

    graph: Graph
    places: dict[Triple, Place]
    subjects: dict[URIRef, Row]
    sources: tuple[str, ...]
    faults: tuple[BrokenRow, ...]

    def existing(self, known: Known) -> tuple[URIRef, ...]:
        """Those of its records that are published already."""
        return tuple(each for each in self.subjects if known.registry.knows(each))


def state_rows(tables: Mapping[str, Table], rows: Iterable[Row], known: Known, faults: Iterable[BrokenRow] = ()) -> Stated:
    """The statements of rows; rows may refer to each other, to published things by id, IRI or name, and to concepts."""
    found, places, subjects = list(faults), dict[Triple, Place](), dict[URIRef, Row]()

    def note(fault: BrokenRow) -> None:
        found.append(fault)
        if len(found) >= MOST_FAULTS:
            raise TooManyFaults

    importer = Importer(tables, known.registry.copy(), note, places)
    graph, sources = Graph(), dict[str, None]()
    held = list(rows)
    importer.register(SOURCE, held)
    try:
        for row in held:
            importer.read(SOURCE, [row])
            subject = importer.subject(SOURCE.name, tables[row.table], row.id)
            subjects[subject] = row
            if "source_url" in row.cells:
                _state_source(graph, subject, row, note, places)
                sources[row.cells["source_url"]] = None
    except TooManyFaults:
        found.append(break_row("too-many-faults", str(MOST_FAULTS), where=row.where, line=row.line))
    for part in importer.graphs.values():
        for triple in part:
            graph.add(triple)
    return Stated(graph, places, subjects, tuple(sources), tuple(found))


def answer_survey(stated: Stated, survey: URIRef) -> None:
    """Add that each record answers a survey (domain model, competency question 21)."""
    for subject, row in stated.subjects.items():
        response = thing("survey-response", "-".join(split_iri(str(subject))))
        for predicate, value in ((RDF.type, UAEU.SurveyResponse), (RDF.type, UAEU.Contribution), (RDF.type, PROV.Entity),
                                 (UAEU.inResponseTo, survey), (UAEU.describesRecord, subject),
                                 (UAEU.contributionStatus, VOC["contribution-status/published"])):
            stated.graph.add((response, predicate, value))
            stated.places[response, predicate, value] = row.place("id")


def _state_source(graph: Graph, subject: URIRef, row: Row, note: Callable[[BrokenRow], None], places: dict[Triple, Place]) -> None:
    place = row.place("source_url")
    try:
        page = make_literal(row.cells["source_url"], XSD.anyURI)
    except BadCell as error:
        note(BrokenRow(f"column source_url: {error}", where=row.where, line=row.line, column=place.column or None, advice=error.advice,
                       code=error.code, values=error.values))
        return
    graph.add((subject, DCT.source, page))
    places[subject, DCT.source, page] = place
