"""A contribution before it is public: its records in words."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from rdflib import Graph, Literal, URIRef

from api.rendering import to_address
from kg.index import Index
from kg.terms import DCT, RDF, SKOS, UAEU

Row = tuple[str, list[tuple[str, str]]]
PARTS = (UAEU.hasInput, UAEU.hasProcessStep, UAEU.hasOutcome)
HIDDEN = frozenset({RDF.type})


def describe(index: Index, graph: Graph, records: Sequence[URIRef], languages: Sequence[str]) -> list[tuple[str, str, list[Row]]]:
    """IRI, name and rows of each record; a part such as an outcome is one value, put together from what is stated on it."""
    return [(str(record), name_record(graph, record), _rows(index, graph, record, languages)) for record in records]


def name_record(graph: Graph, record: URIRef) -> str:
    """The name that a graph gives a record, else the end of its IRI."""
    names = sorted((name.language != "en", str(name)) for predicate in (DCT.title, SKOS.prefLabel)
                   for name in graph.objects(record, predicate) if isinstance(name, Literal))
    return names[0][1] if names else str(record).rsplit("/", 1)[-1]


def list_synergies(request: Request, graph: Graph, records: Sequence[URIRef]) -> list[tuple[str, str, str]]:
    """Name, address and reason of the strongest synergies that a record would have."""
    return []


def _rows(index: Index, graph: Graph, record: URIRef, languages: Sequence[str]) -> list[Row]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for predicate, value in sorted(graph.predicate_objects(record), key=lambda pair: (str(pair[0]), str(pair[1]))):
        if predicate not in HIDDEN:
            rows.setdefault(index.label(str(predicate), languages)[0], []).append(_say(index, graph, value, languages))
    return list(rows.items())


def _say(index: Index, graph: Graph, value: object, languages: Sequence[str]) -> tuple[str, str]:
    if isinstance(value, URIRef):
        inside = sorted(graph.predicate_objects(value), key=lambda pair: (str(pair[0]), str(pair[1])))
        if inside:
            said = [_say(index, graph, each, languages)[0] for predicate, each in inside if predicate not in HIDDEN]
            return ", ".join(part for part in said if part), ""
        label, language = index.label(str(value), languages)
        return label if language else str(value), to_address(str(value))
    if isinstance(value, Literal) and value.language and value.language != "en":
        return f"{value} ({value.language})", ""
    return str(value), ""
