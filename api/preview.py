"""A contribution before it is public: its records in words."""

from __future__ import annotations

from collections.abc import Sequence

from rdflib import Graph, Literal, URIRef

from api.rendering import to_address
from kg.forms import Part, load_forms
from kg.index import Index
from kg.terms import DCT, FOAF, RDF, SKOS, split_iri

Row = tuple[str, list[tuple[str, str]]]
HIDDEN = frozenset({RDF.type, FOAF.name})


def describe(index: Index, graph: Graph, records: Sequence[URIRef], languages: Sequence[str]) -> list[tuple[str, str, list[Row]]]:
    """IRI, name and rows of each record; a part such as an outcome is one value, put together from what is stated on it."""
    return [(str(record), name_record(graph, record), _rows(index, graph, record, languages)) for record in records]


def name_record(graph: Graph, record: URIRef) -> str:
    """The name that a graph gives a record, else the end of its IRI."""
    names = sorted((name.language != "en", str(name)) for predicate in (DCT.title, SKOS.prefLabel)
                   for name in graph.objects(record, predicate) if isinstance(name, Literal))
    return names[0][1] if names else str(record).rsplit("/", 1)[-1]


def _rows(index: Index, graph: Graph, record: URIRef, languages: Sequence[str]) -> list[Row]:
    rows: dict[str, list[tuple[str, str]]] = {}
    words = _word(split_iri(str(record))[0], languages[0] if languages else "en")
    order = {predicate: number for number, predicate in enumerate(words)}
    stated = sorted(graph.predicate_objects(record), key=lambda pair: (order.get(pair[0], len(order)), str(pair[0]), str(pair[1])))
    for predicate, value in stated:
        if predicate not in HIDDEN:
            label = words.get(predicate) or index.label(str(predicate), languages)[0]
            rows.setdefault(label, []).append(_say(index, graph, value, languages))
    return list(rows.items())


def _word(record_type: str, language: str) -> dict[object, str]:
    """The properties of a record in the words and the order of its form: a part by its own name, a period by that of its group."""
    words: dict[object, str] = {}
    for form in load_forms().values():
        if form.table.record_type == record_type:
            for group in form.groups:
                for item in group.items:
                    for field in item.fields if isinstance(item, Part) else (item,):
                        asked = item if isinstance(item, Part) else field if len(field.column.path) == 1 else group
                        words.setdefault(field.column.path[0].predicate, asked.words.label(language))
    return words


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
