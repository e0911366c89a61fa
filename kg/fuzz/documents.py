"""Documents that are almost right: a practice in every format that is taken, cut, doubled, mixed with pieces that hurt parsers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from rdflib import Dataset, Graph, URIRef

from kg.formats import CSV, RDF_FORMATS
from kg.terms import thing

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PRACTICE: Final = f"""@prefix dct: <http://purl.org/dc/terms/> .
@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
<{thing("practice", "fuzz-1")}> a uaeu:ProcurementPractice ; dct:title "Organic apples"@en , "Pommes bio"@fr ;
    uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/local-food> ; dct:temporal <{thing("period", "fuzz-1")}> ;
    dct:description "Apples of the region, \\u00e9 \\\\ \\"quoted\\""@en .
"""
ROWS: Final = "id;name;city;year;themes;source_url\nfuzz-1;Organic apples;Haarlem;2024;local-food;https://example.org/apples\n"
PIECES: Final = (
    b"<", b">", b'"', b"'''", b"\\", b"\\u0000", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"{", b"}" * 9,
    b"[" * 300, b"(" * 300, b"<<", b"@prefix : <x> .", b"@context", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"_:b", b"^^<x>",
    b'"1E+300000000"', b"@en", b";", b",", b"\n" * 50, b"=cmd|' /C calc'!A0", b"PK\x03\x04", b"9" * 400, b"javascript:alert(1)",
    "\u00e9\U0001d11e\u202e".encode(), b"null", b"true", b"-")
"""What goes into a document at a random place."""


def break_documents(count: int, seed: int, sheet: bytes) -> Iterator[tuple[str, bytes]]:
    """So many documents, each with its media type; the same for the same seed and workbook."""
    chance, valid = random.Random(seed), _write_valid(sheet)
    for number in range(count):
        media_type, document = valid[number % len(valid)]
        if chance.random() < 0.05:
            media_type = chance.choice(valid)[0]
        yield media_type, break_one(document, chance)


def break_one(document: bytes, chance: random.Random) -> bytes:
    """A document after one to four cuts, doublings, changed bytes or foreign pieces."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(document) + 1)
        end = min(len(document), start + chance.choice((1, 2, 8, 60)))
        way = chance.randrange(5)
        if way == 0:
            document = document[:start] + document[end:]
        elif way == 1:
            document = document[:end] + document[start:end] * chance.choice((1, 3, 40)) + document[end:]
        elif way == 2:
            document = document[:start] + bytes(each ^ (1 << chance.randrange(8)) for each in document[start:end]) + document[end:]
        elif way == 3:
            document = document[:start]
        else:
            document = document[:start] + chance.choice(PIECES) + document[start:]
    return document


def _write_valid(sheet: bytes) -> list[tuple[str, bytes]]:
    graph = Graph().parse(data=PRACTICE, format="turtle")
    found = [(each.media_type, graph.serialize(format=each.rdflib, encoding="utf-8") if not each.quads else _in_graph(graph, each.rdflib))
             for each in RDF_FORMATS]
    return [*found, (CSV.media_type, ROWS.encode()), (XLSX, sheet)]


def _in_graph(graph: Graph, name: str) -> bytes:
    dataset = Dataset()
    named = dataset.graph(URIRef("urn:x-fuzz:graph"))
    named += graph
    return dataset.serialize(format=name, encoding="utf-8")
