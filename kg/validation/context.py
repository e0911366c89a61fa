"""A contribution in the context of what is published, as one graph that is never copied.

The contribution is in memory with its literals as written; the published graph stays in its store and is looked up. What the
contribution replaces is hidden. The hierarchy of classes is read from the published side alone, or a contributed rdfs:subClassOf
would make any thing pass for any class (design of validation, section 6, pitfall 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import lru_cache
from typing import Any

from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.store import Store as RdflibStore
from rdflib.term import Node

from kg.store import Store
from kg.terms import RDFS

Triple = tuple[Node, Node, Node]
Pattern = tuple[Node | None, Node | None, Node | None]


class Layers(RdflibStore):
    """The two sides for rdflib's Graph; it is only read. Look-ups on the published side are remembered as long as it lives."""

    context_aware = True
    graph_aware = True
    """pySHACL wraps every graph as a dataset."""

    def __init__(self, own: Graph, published: Store, hidden: Set[Triple]) -> None:
        super().__init__()
        self.own, self.published, self.hidden = own, published, hidden
        self._seen: dict[Pattern, list[Triple]] = {}

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Any, Iterator[Any]]]:
        """The triples of both sides with these terms, each once."""
        hierarchy = triple_pattern[1] == RDFS.subClassOf
        if not hierarchy:
            for triple in self.own.triples(triple_pattern):
                yield triple, iter(())
        if triple_pattern not in self._seen:
            self._seen[triple_pattern] = list(self.published.match(*triple_pattern))
        for found in self._seen[triple_pattern]:
            if found not in self.hidden and (hierarchy or found not in self.own):
                yield found, iter(())

    def __len__(self, context: Any = None) -> int:
        return len(self.own) + 1

    def namespaces(self) -> Iterator[tuple[str, Any]]:
        """None: queries bring their own prefixes."""
        return iter(())

    def bind(self, prefix: str, namespace: Any, override: bool = True) -> None:
        """Prefixes are not kept."""

    def prefix(self, namespace: Any) -> None:
        """Prefixes are not kept."""

    def namespace(self, prefix: str) -> None:
        """Prefixes are not kept."""


class Context(Graph):
    """A contribution over a store; `hidden` are the published triples that it replaces."""

    def __init__(self, own: Graph, published: Store, hidden: Set[Triple] = frozenset()) -> None:
        super().__init__(store=Layers(own, published, hidden), bind_namespaces="none")
        self.own = own

    def query(self, query_object: Any, processor: Any = "sparql", result: Any = "sparql", initNs: Any = None,
              initBindings: Any = None, use_store_provided: bool = True, **kwargs: Any) -> Result:
        """Answer a query whose text is parsed once, since a shape asks the same for every focus node."""
        if isinstance(query_object, str):
            query_object = _prepare(query_object, tuple(sorted((key, str(value)) for key, value in (initNs or {}).items())))
        return super().query(query_object, processor, result, None, initBindings, use_store_provided, **kwargs)


@lru_cache(maxsize=256)
def _prepare(text: str, prefixes: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(text, initNs=dict(prefixes))
