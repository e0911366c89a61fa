"""The graph as tables for analysts: one per type, with the columns of its shape, then what else its records state.

The columns of a type are those in which its source tables are written, so that a table can be edited and sent in again. Every thing and
every concept of ours has a row in one table; labels of all terms, ours and others', are a table of their own.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rdflib import URIRef

from kg.publication.serialisations import Triple, read_literal, shorten
from kg.shapes import Column, Table, load_tables
from kg.terms import BASE, DCT, GRAPH, ID, RDF, RDFS, SKOS, VOC, XSD

LABELS: Final = tuple(f"<{predicate}>" for predicate in (SKOS.prefLabel, DCT.title, RDFS.label))
INTEGERS: Final = frozenset({str(XSD.integer), str(XSD.nonNegativeInteger)})
NUMBERS: Final = INTEGERS | {str(XSD.decimal), str(XSD.double)}
_TYPE: Final = f"<{RDF.type}>"

Record = dict[str, list[str]]


@dataclass(frozen=True)
class Field:
    """One column: its name, whether a row may have several values, their separator, and the type of all of them."""

    name: str
    many: bool
    separator: str = " | "
    type: str = "text"


@dataclass(frozen=True)
class Sheet:
    """One table: fields, and for each row the IRI and a list of values per field."""

    name: str
    fields: tuple[Field, ...]
    rows: list[tuple[str, list[list[str]]]]


def make_sheets(triples: Iterable[Triple]) -> Iterator[Sheet]:
    """Every table of a graph, rows in the order of their IRIs; a table without rows is left out."""
    tables = [table for table in load_tables().values() if table.record_type]
    turned = {_name(step.predicate) for table in tables for column in table.columns.values() for step in column.path if step.inverse}
    records: dict[str, Record] = defaultdict(dict)
    inverse: dict[str, Record] = defaultdict(dict)
    for subject, predicate, value in triples:
        records[subject].setdefault(predicate, []).append(value)
        if predicate in turned:
            inverse[predicate].setdefault(value, []).append(subject)
    groups: dict[str, list[str]] = defaultdict(list)
    chosen: dict[str, Table] = {}
    for subject in sorted(records):
        table = _find_table(subject, records[subject], tables)
        name = table.name if table else _find_group(subject)
        if name:
            groups[name].append(subject)
        if table:
            chosen[table.name] = table
    for name in sorted(groups):
        yield _make_sheet(name, chosen.get(name), groups[name], records, inverse)
    yield Sheet("labels", (Field("language", False), Field("label", False)), [
        (subject[1:-1], [[language], [text]]) for subject in sorted(records)
        for text, language, _ in sorted({read_literal(value) for predicate in LABELS for value in records[subject].get(predicate, ())
                                         if value.startswith('"')})])


def write_csv(sheet: Sheet) -> bytes:
    """A table as CSV (RFC 4180); several values of a cell stand with their separator, no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("iri", *(field.name for field in sheet.fields)))
    for iri, values in sheet.rows:
        writer.writerow((iri, *(_tame(field.separator.join(each)) for field, each in zip(sheet.fields, values, strict=True))))
    return text.getvalue().encode()


def _find_table(subject: str, record: Record, tables: list[Table]) -> Table | None:
    types = set(record.get(_TYPE, ()))
    fitting = [table for table in tables if subject.startswith(f"<{BASE}{_place(table)}/")
               and {_name(value) for predicate, value in table.stamp if predicate == RDF.type} <= types]
    return max(fitting, key=lambda table: len(table.stamp), default=None)


def _place(table: Table) -> str:
    return table.record_type if table.record_type.startswith("voc/") else f"id/{table.record_type}"


def _find_group(subject: str) -> str:
    if subject.startswith(str(ID), 1):
        return subject[len(str(ID)) + 1:].partition("/")[0]
    if subject.startswith(str(VOC), 1):
        return "concepts"
    return "graphs" if subject.startswith(str(GRAPH), 1) else ""


def _make_sheet(name: str, table: Table | None, subjects: list[str], records: dict[str, Record],
                inverse: dict[str, Record]) -> Sheet:
    columns = list(table.columns.values()) if table else []
    covered = {_name(column.path[0].predicate) for column in columns if not column.path[0].inverse}
    covered |= {_name(column.also_as) for column in columns if column.also_as} | ({_TYPE} if table else set())
    further = sorted({predicate for subject in subjects for predicate in records[subject]} - covered)
    cells = [[[value for value in _follow(subject, column, records, inverse)] for column in columns]
             + [records[subject].get(predicate, []) for predicate in further] for subject in subjects]
    names = [*(column.key for column in columns), *(shorten(predicate).strip("<>").replace(":", "_", 1) for predicate in further)]
    fields = []
    for number, field in enumerate(names):
        column = columns[number] if number < len(columns) else None
        values = [row[number] for row in cells]
        fields.append(Field(field, (column.list if column else False) or any(len(each) > 1 for each in values),
                            column.separator if column and column.list else " | ", _find_type(values)))
    return Sheet(name, tuple(fields), [(subject[1:-1], [[_write(value) for value in cell] for cell in row])
                                       for subject, row in zip(subjects, cells, strict=True)])


def _follow(subject: str, column: Column, records: dict[str, Record], inverse: dict[str, Record]) -> list[str]:
    found = [subject]
    for step in column.path:
        predicate = _name(step.predicate)
        found = [value for node in found for value in (inverse[predicate].get(node, ()) if step.inverse
                                                       else records[node].get(predicate, ()) if node in records else ())]
    return sorted(set(found))


def _find_type(values: list[list[str]]) -> str:
    kinds = {read_literal(value)[2] if value.startswith('"') else "" for each in values for value in each}
    return "integer" if kinds and kinds <= INTEGERS else "number" if kinds and kinds <= NUMBERS else "text"


def _write(value: str) -> str:
    if value.startswith("<"):
        return value[1:-1]
    text, language, _ = read_literal(value)
    return f"{text}@{language}" if language not in ("", "en") else text


def _tame(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "@", "\t", "\r") else cell


def _name(iri: URIRef | object) -> str:
    return f"<{iri}>"
