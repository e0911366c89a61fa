"""What a contribution may state, before any shape looks at it (design of validation, section 4, step 3).

SHACL cannot see these: statements about the model itself, on things of somebody else, or that would change what a class means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg.shapes import load_tables
from kg.terms import BASE, OWL, RDFS, SH, split_iri

MEANING: Final = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.imports, OWL.sameAs, OWL.equivalentClass)
OWN_PARTS: Final = ("node", "survey-response")
UPWARDS: Final = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Inadmissible:
    """A statement that is not taken, and why: the code of the reason and the values of its sentence (`kg.wording`)."""

    subject: Node
    predicate: Node
    value: Node
    code: str
    values: tuple[str, ...]


def find_inadmissible(graph: Graph, *spaces: str) -> Iterator[Inadmissible]:
    """The statements that a partner may not make, one per subject and reason; `spaces` are the starts of the partner's own IRIs."""
    own = tuple(space for space in spaces if space)
    seen: set[tuple[Node, str]] = set()
    for subject, predicate, value in sorted(graph):
        code, values = _judge_subject(subject, own)
        if not code and (predicate in MEANING or str(predicate).startswith(str(SH))):
            code, values = "says-what-a-term-means", ()
        if code and (subject, code) not in seen:
            seen.add((subject, code))
            yield Inadmissible(subject, predicate, value, code, values)


def _judge_subject(subject: Node, spaces: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if not isinstance(subject, URIRef):
        return "", ()
    if not str(subject).startswith(BASE):
        # Who resolves a way up and down again comes out of the space (RFC 3986, 5.2.4)
        if str(subject).startswith(spaces) and not UPWARDS.search(str(subject)):
            return "", ()
        return "not-yours", (f"<{subject}>", f"{BASE}id/")
    record_type, reference = split_iri(str(subject))
    if record_type not in record_types() or not reference:
        return "part-of-the-model", (f"<{subject}>", f"{BASE}id/", ", ".join(sorted(record_types())))
    return "", ()


@lru_cache(maxsize=1)
def record_types() -> frozenset[str]:
    """The types of things that have a table, and of their parts."""
    tables = load_tables().values()
    own = {table.record_type for table in tables if "/" not in table.record_type}
    return frozenset(own | {template.record_type for table in tables for column in table.columns.values() for template in column.through}
                     | set(OWN_PARTS))
