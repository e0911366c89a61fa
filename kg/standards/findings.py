"""What a check of conformance says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg.store import Store


@dataclass(frozen=True)
class Model:
    """What is checked: the folders of ontology and shapes, the named graphs that the sources state, and a store that was built of them."""

    ontology: Path
    shapes: Path
    graphs: Mapping[URIRef, Graph]
    store: Store | None = None

    @property
    def files(self) -> list[Path]:
        """The Turtle files of ontology, concept schemes, rules and shapes."""
        return [*sorted(self.ontology.rglob("*.ttl")), *sorted(self.shapes.rglob("*.ttl"))]


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place; `line` is 0 when no line can be named."""

    file: str
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.what} [{self.rule}]"


@dataclass(frozen=True)
class CheckedSet:
    """A set of files against one asset: its version, how much was checked and what was found."""

    name: str
    version: str
    checked: int
    unit: str
    findings: tuple[Finding, ...]


def find_line(path: Path, term: Node | str) -> int:
    """The line of a file that introduces a term, else the first that mentions it, else 0; lines count from 1."""
    name = re.split(r"[#/]", str(term).rstrip("#/"))[-1]
    if not name:
        return 0
    mention = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    first = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if mention.search(line):
            if not line[:1].isspace() and not line.startswith("@"):
                return number
            first = first or number
    return first
