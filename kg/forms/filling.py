"""A record as the answers that would state it: the way back from statements to a form."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg.forms.known import Known
from kg.forms.model import Field, Form
from kg.shapes import Column
from kg.terms import DCT, split_iri, thing

MOST_TIMES = 99


def fill_form(form: Form, graph: Graph, subject: URIRef, known: Known) -> list[tuple[str, str]]:
    """The pairs of a form that `read_form` would read as these statements on a record, its id first."""
    pairs = [("id", split_iri(str(subject))[1])]
    for field in form.fields().values():
        for time in range(1, MOST_TIMES + 1):
            values = sorted(_find_values(graph, subject, field.column, time), key=lambda value: (_language(value) != "en", value))
            key = f"{field.key}.{time}" if time > 1 else field.key
            if field.kind in ("text", "long") and not field.column.part and not field.column.list:
                for number, value in enumerate(values, 1):
                    pairs += _pair(f"{field.key}.{number}" if number > 1 else field.key, field, value, known)
            else:
                for value in values:
                    pairs += _pair(key, field, value, known)
            if not field.column.part:
                break
    pairs += [("source_url", page) for page in sorted(map(str, graph.objects(subject, DCT.source)))[:1]]
    return pairs


def _find_values(graph: Graph, subject: URIRef, column: Column, time: int) -> Iterator[URIRef | Literal]:
    owner = "-".join(split_iri(str(subject))) + (f".{time}" if time > 1 else "")
    nodes: list[Node] = [subject]
    for step, template in zip(column.path[:-1], column.through, strict=True):
        head = thing(template.record_type, owner)
        nodes = [middle for node in nodes for middle in graph.objects(node, step.predicate)
                 if (str(middle).startswith(f"{head}-") if column.each else middle == head)]
    last = column.path[-1]
    for node in nodes:
        for value in graph.subjects(last.predicate, node) if last.inverse else graph.objects(node, last.predicate):
            if isinstance(value, URIRef | Literal):
                yield value


def _pair(key: str, field: Field, value: URIRef | Literal, known: Known) -> list[tuple[str, str]]:
    if isinstance(value, URIRef):
        return [(key, known.code(field, value))]
    if field.kind in ("text", "long"):
        return [(key, str(value)), (f"{key}@", _language(value) or "en")]
    return [(key, f"{value} @{value.language}" if value.language not in (None, "en") else str(value))]


def _language(value: URIRef | Literal) -> str:
    return (value.language or "") if isinstance(value, Literal) else ""
