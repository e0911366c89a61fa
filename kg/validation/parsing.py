"""Reading what strangers send: the gate first, then a parser in a process that may be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg import errors, resources
from kg.errors import KgError, OutOfTime, TooLarge, UnreadableFile
from kg.terms import BASE, XSD
from kg.validation.gate import find_format, put_context, read_text

WALL: Final = 30.0
TRIPLES: Final = 200_000
ROOT: Final = Path(__file__).resolve().parents[2]
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
        own = [(triple, line) for triple, line in self.places.items() if triple[0] == node and line]
        for wanted in ([line for triple, line in own if triple[1] == predicate and triple[2] == value],
                       [line for triple, line in own if triple[1] == predicate], [line for _, line in own]):
            if wanted:
                return min(wanted)
        return 0


def parse(data: bytes, form: str, contexts: Iterable[str] = (), limit: int = TRIPLES, base: str = DOCUMENT) -> Parsed:
    """Read an RDF file of at most `limit` triples; `form` is its media type or name, `contexts` more addresses of our JSON-LD context.

    Without a `base`, the address of the file, relative IRIs are resolved against one that no contribution may use, and refused. Raises
    UnreadableFile, TooLarge, Refused or OutOfTime with line and column where they are known (design of validation, sections 4, 7).
    """
    suffix = find_format(form)
    text = read_text(data, suffix)
    if suffix == "jsonld":
        own = json.loads((resources.ontology() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
        text = put_context(text, frozenset({BASE + "context.jsonld", *contexts}), own)
    return _read(_run(text, suffix, limit, base))


def _run(text: str, suffix: str, limit: int, base: str) -> bytes:
    try:
        done = subprocess.run([sys.executable, "-m", "kg.validation.child", suffix, base, str(limit)], input=text.encode(),
                              capture_output=True, cwd=ROOT, timeout=WALL, check=False)
    except subprocess.TimeoutExpired as error:
        raise OutOfTime(f"reading the file took more than {WALL:g} seconds.", advice="Divide it.") from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode in (-24, -9):
        raise OutOfTime("reading the file took too much time.", advice="Divide it.")
    if b"MemoryError" in done.stderr or done.returncode == -6:
        raise TooLarge("reading the file took too much memory.", advice="Divide it.")
    raise UnreadableFile("the file cannot be read.", advice="Send it in another format, N-Triples for instance.")


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
        parts.setdefault(found[4], Graph()).add(triple)
        places.setdefault(triple, found[0])
    if "error" in head:
        kind: type[KgError] = getattr(errors, head["error"])
        raise kind(head["what"], advice=head["advice"], line=head["line"], column=head["column"])
    _lead_lines(places)
    return Parsed(graph, places, tuple(head.get("graphs", ())), parts)


def _lead_lines(places: dict[Triple, int]) -> None:
    """Give the statements of nodes without a name the line on which something refers to the node."""
    open_triples = [triple for triple, line in places.items() if not line]
    while open_triples:
        known: dict[Node, int] = {triple[2]: line for triple, line in places.items() if line and isinstance(triple[2], BNode)}
        found = [triple for triple in open_triples if triple[0] in known]
        places.update({triple: known[triple[0]] for triple in found})
        open_triples = [triple for triple in open_triples if not places[triple]]
        if not found:
            return


def _node(text: str) -> Node:
    return BNode(text[2:]) if text.startswith("_:") else URIRef(text[1:-1])


def _value(value: str | list[str]) -> Node:
    if isinstance(value, str):
        return _node(value)
    text, datatype, language = value
    if language:
        return Literal(text, lang=language)
    return Literal(text) if datatype == str(XSD.string) else Literal(text, datatype=URIRef(datatype), normalize=False)
