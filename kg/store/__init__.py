"""The RDF dataset that the service reads and publishes: only named graphs, queried as their union.

A `Store` is a protocol; `LocalStore` embeds pyoxigraph, `RemoteStore` speaks the SPARQL 1.1 protocols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

Term = URIRef | Literal
Bindings = Mapping[str, Term]
Triples = Graph | Set[tuple[URIRef, URIRef, Term]] | Set[tuple[Node, Node, Node]]


@dataclass(frozen=True)
class Solutions:
    """The answer to a SELECT: names of the variables and one tuple of terms per row, None where unbound."""

    variables: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]

    def __iter__(self) -> Iterator[dict[str, Term]]:
        for row in self.rows:
            yield {name: term for name, term in zip(self.variables, row, strict=True) if term is not None}

    def __len__(self) -> int:
        return len(self.rows)


class Store(Protocol):
    """An RDF dataset (RDF 1.1 Concepts, section 4) without a default graph of its own."""

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """Answer a SELECT over the union of the named graphs."""

    def construct(self, query: str, bindings: Bindings | None = None) -> Graph:
        """Answer a CONSTRUCT over the union of the named graphs; engines elsewhere are asked none without a template."""

    def ask(self, query: str, bindings: Bindings | None = None) -> bool:
        """Answer an ASK over the union of the named graphs."""

    def match(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of the union of the named graphs with these terms; None stands for any."""

    def put(self, name: URIRef, graph: Graph) -> None:
        """Replace a named graph as a whole."""

    def replace(self, graphs: Mapping[URIRef, Graph], dropped: Iterable[URIRef] = ()) -> None:
        """Replace several named graphs and remove others, all or nothing; a change of more than some ten thousand quads may be made in
        pieces, so that it is for its writer to mark that it is under way."""

    def patch(self, removed: Mapping[URIRef, Triples], added: Mapping[URIRef, Triples]) -> None:
        """Take triples out of named graphs and add others, all or nothing; what is in both stays."""

    def put_all(self, graphs: Mapping[URIRef, Graph]) -> None:
        """Make these graphs the whole dataset, as a build does."""

    def drop(self, name: URIRef) -> None:
        """Remove a named graph; nothing happens when there is none."""

    def graph(self, name: URIRef) -> Graph:
        """A named graph, empty when there is none."""

    def names(self) -> list[URIRef]:
        """The names of the graphs, sorted."""

    def dump(self) -> Iterator[bytes]:
        """Canonical N-Quads, one line at a time: sorted by code point, no line twice."""

    def load(self, nquads: bytes) -> None:
        """Replace the whole dataset."""

    def size(self) -> int:
        """Count of quads."""

    def version(self) -> str:
        """The data version (`kg.store.version`)."""

    def hold(self) -> AbstractContextManager[None]:
        """A block whose changes all rest on the version that it began with; raises Outdated when somebody else comes between."""

    def snapshot(self, folder: Path) -> None:
        """Write a copy that other processes may read."""

    def close(self) -> None:
        """Let go of files and connections."""
