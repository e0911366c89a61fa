"""Reading what strangers send: the gate and a parser, both in a process that may be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.errors import OutOfTime, TooLarge, UnreadableFile, read_error
from kg.resources import ROOT
from kg.terms import BASE, XSD
from kg.validation.gate import find_format
from kg.wording import make_error

WALL: Final = 30.0
TRIPLES: Final = 200_000
DOCUMENT: Final = "https://contribution.invalid/"
Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Parsed:
    """What a file states: its triples with literals exactly as written, the line of each, the graph names that it used.

    `parts` are the same triples by the name of their graph, "" for the default graph.
    """

    graph: Graph
    places: dict[Triple, int] = field(default_factory=dict)
    graphs: tuple[str, ...] = ()
    parts: dict[str, Graph] = field(default_factory=dict)

    def line(self, node: Node, predicate: Node | None = None, value: Node | None = None) -> int:
        """The line of a statement, else of its property, else the first of its subject; 0 when it is not known."""
        exact = self.places.get((node, predicate, value), 0) if predicate is not None and value is not None else 0
        return exact or self._first.get((node, predicate), 0) or self._first.get((node, None), 0)

    @cached_property
    def _first(self) -> dict[tuple[Node, Node | None], int]:
        """The first line of each subject, and of each of its properties."""
        first: dict[tuple[Node, Node | None], int] = {}
        for (subject, predicate, _), line in self.places.items():
            for key in ((subject, predicate), (subject, None)):
                if line:
                    first[key] = min(line, first.get(key, line))
        return first


def parse(data: bytes, form: str, contexts: Iterable[str] = (), limit: int = TRIPLES, base: str = DOCUMENT) -> Parsed:
    """Read an RDF file of at most `limit` triples; `form` is its media type or name, `contexts` more addresses of our JSON-LD context.

    Without a `base`, the address of the file, relative IRIs are resolved against one that no contribution may use, and refused. Raises
    UnreadableFile, TooLarge, Refused or OutOfTime with line and column where they are known (design of validation, sections 4, 7).
    """
    return _read(_run(data, find_format(form), limit, base, {BASE + "context.jsonld", *contexts}))


def _run(data: bytes, suffix: str, limit: int, base: str, contexts: Iterable[str]) -> bytes:
    try:
        done = subprocess.run([sys.executable, "-m", "kg.validation.child", suffix, base, str(limit), *sorted(contexts)], input=data,
                              capture_output=True, cwd=ROOT, timeout=WALL, check=False)
    except subprocess.TimeoutExpired as error:
        raise make_error(OutOfTime, "reading-time") from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode in (-24, -9):
        raise make_error(OutOfTime, "reading-time")
    if b"MemoryError" in done.stderr or done.returncode == -6:
        raise make_error(TooLarge, "reading-memory")
    raise make_error(UnreadableFile, "unreadable")


def _read(output: bytes) -> Parsed:
    graph, places, parts = Graph(), dict[Triple, int](), dict[str, Graph]()
    head: dict[str, Any] = {}
    for row in output.splitlines():
        found = json.loads(row)
        if isinstance(found, dict):
            head = found
            continue
        triple = (_node(found[1]), _node(found[2]), _value(found[3]))
        graph.add(triple)
        if found[4] not in parts:
            parts[found[4]] = Graph(bind_namespaces="none")
        parts[found[4]].add(triple)
        places.setdefault(triple, found[0])
    if "error" in head:
        raise read_error(head)
    _lead_lines(places)
    return Parsed(graph, places, tuple(head.get("graphs", ())), parts)


def _lead_lines(places: dict[Triple, int]) -> None:
    """Give the statements of nodes without a name the line on which something refers to the node."""
    inner: dict[Node, list[Triple]] = defaultdict(list)
    for triple, line in places.items():
        if not line:
            inner[triple[0]].append(triple)
    known: deque[tuple[Node, int]] = deque((triple[2], line) for triple, line in places.items() if line and isinstance(triple[2], BNode))
    while known:
        node, line = known.popleft()
        for triple in inner.pop(node, ()):
            places[triple] = line
            known.append((triple[2], line))


def _node(text: str) -> Node:
    return BNode(text[2:]) if text.startswith("_:") else URIRef(text[1:-1])


def _value(value: str | list[str]) -> Node:
    if isinstance(value, str):
        return _node(value)
    text, datatype, language = value
    if language:
        return Literal(text, lang=language)
    return Literal(text) if datatype == str(XSD.string) else Literal(text, datatype=URIRef(datatype), normalize=False)
