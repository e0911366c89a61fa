"""Canonical N-Quads read line by line and written as TriG, Turtle and JSON-LD, always with the same prefixes in the same order.

The engine's own writers would do, but for compact JSON-LD; and these need no engine, so that each format is written by a process of
its own. Everything streams: the lines are sorted, so that a subject's statements stand together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol

from kg.terms import PREFIXES, RDF

Quad = tuple[str, str, str, str]
Triple = tuple[str, str, str]


class Sink(Protocol):
    """What bytes are written to: a file, plain or packed."""

    def write(self, content: bytes, /) -> object: ...


Writer = Callable[[Iterable[Quad], Sink], None]

_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_-])?")
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_MEANT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TYPE: Final = f"<{RDF.type}>"


def read_quads(lines: Iterable[bytes]) -> Iterator[Quad]:
    """Subject, predicate, object and graph of each line of canonical N-Quads, as they are written there."""
    for line in lines:
        subject, predicate, rest = line.decode().rstrip("\n").split(" ", 2)
        value, graph = rest.removesuffix(" .").rsplit(" ", 1)
        yield subject, predicate, value, graph


def merge(quads: Iterable[Quad]) -> Iterator[Triple]:
    """The RDF merge of sorted quads: each triple once, whichever graphs state it."""
    for triple, _ in groupby(quads, itemgetter(0, 1, 2)):
        yield triple


def write_turtle(quads: Iterable[Quad], file: Sink) -> None:
    """The merge of all graphs as Turtle."""
    for line in write_prefixes():
        file.write(line)
    for subject in write_subjects(merge(quads), ""):
        file.write(subject)


def write_trig(quads: Iterable[Quad], file: Sink) -> None:
    """Every named graph as TriG, graphs in the order of their names."""
    for line in write_prefixes():
        file.write(line)
    for graph, each in groupby(sorted(quads, key=itemgetter(3)), itemgetter(3)):
        file.write(f"\n{shorten(graph)} {{\n".encode())
        for subject in write_subjects((quad[:3] for quad in each), "  "):
            file.write(subject)
        file.write(b"}\n")


def write_jsonld(quads: Iterable[Quad], file: Sink) -> None:
    """The merge of all graphs as compact JSON-LD, one node a line, with the prefixes as its context."""
    file.write(f'{{"@context": {json.dumps(PREFIXES)},\n"@graph": ['.encode())
    for number, (subject, triples) in enumerate(groupby(merge(quads), itemgetter(0))):
        node: dict[str, Any] = {"@id": _compact(subject)}
        for predicate, group in groupby(triples, itemgetter(1)):
            values = [_compact(value) if predicate == _TYPE else _write_value(value) for _, _, value in group]
            node["@type" if predicate == _TYPE else _compact(predicate)] = values[0] if len(values) == 1 else values
        file.write((",\n" if number else "\n").encode() + json.dumps(node, ensure_ascii=False).encode())
    file.write(b"\n]}\n")


def read_literal(term: str) -> tuple[str, str, str]:
    """Text, language and datatype of a literal as N-Triples write it."""
    match = _LITERAL.fullmatch(term)
    assert match, term
    text = match[1] if "\\" not in match[1] else _ESCAPE.sub(
        lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else _MEANT.get(found[3], found[3]), match[1])
    return text, match[2] or "", match[3] or ""


@lru_cache(maxsize=200_000)
def shorten(iri: str) -> str:
    """An IRI in angle brackets as a prefixed name, where a plain local name is left of it; else as it is."""
    for prefix, head in _HEADS:
        if iri.startswith(head, 1) and _LOCAL.fullmatch(iri, len(head) + 1, len(iri) - 1):
            return f"{prefix}:{iri[len(head) + 1:-1]}"
    return iri


_HEADS: Final = sorted(PREFIXES.items(), key=lambda pair: -len(pair[1]))


def write_prefixes() -> Iterator[bytes]:
    """The prefixes of every document in Turtle or TriG."""
    for prefix, iri in PREFIXES.items():
        yield f"@prefix {prefix}: <{iri}> .\n".encode()


def write_subjects(triples: Iterable[Triple], indent: str) -> Iterator[bytes]:
    """Sorted triples in Turtle, one statement per subject."""
    for subject, group in groupby(triples, itemgetter(0)):
        lines = [f"{'a' if predicate == _TYPE else shorten(predicate)} {' , '.join(_shorten_value(value) for _, _, value in each)}"
                 for predicate, each in groupby(group, itemgetter(1))]
        yield f"{indent}{shorten(subject)} {f' ;{chr(10)}{indent}  '.join(lines)} .\n".encode()


def _shorten_value(term: str) -> str:
    if term.startswith("<"):
        return shorten(term)
    if term.endswith(">"):
        text, _, datatype = term.rpartition("^^")
        return f"{text}^^{shorten(datatype)}"
    return term


def _compact(iri: str) -> str:
    short = shorten(iri)
    return short[1:-1] if short.startswith("<") else short


def _write_value(term: str) -> Any:
    if term.startswith("<"):
        return {"@id": _compact(term)}
    text, language, datatype = read_literal(term)
    if language:
        return {"@language": language, "@value": text}
    return {"@type": _compact(f"<{datatype}>"), "@value": text} if datatype else text
