"""A contribution in the context of what is published, as one graph that is never copied.

The contribution is in memory with its literals as written; the published graph stays in its store and is looked up. What the
contribution replaces is hidden. The hierarchy of classes is read from the published side alone, or a contributed rdfs:subClassOf
would make any thing pass for any class (design of validation, section 6, pitfall 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import lru_cache
from typing import Any, Final

from rdflib import Graph
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.store import Store as RdflibStore
from rdflib.term import Node

from kg.store import Store
from kg.terms import RDFS

Triple = tuple[Node, Node, Node]
Pattern = tuple[Node | None, Node | None, Node | None]
_WIDER: Final = RDFS.subClassOf


class Layers(RdflibStore):
    """The two sides for rdflib's Graph; it is only read and remembers what was looked up: the engine asks the same for every shape."""

    context_aware = True
    graph_aware = True
    """pySHACL wraps every graph as a dataset."""

    def __init__(self, own: Graph, published: Store, hidden: Set[Triple]) -> None:
        super().__init__()
        # The plain memory of rdflib finds in half the time, since it keeps no contexts
        self.own = Graph(store="SimpleMemory", bind_namespaces="none")
        for triple in own:
            self.own.add(triple)
        self.published, self.hidden = published, hidden
        self._count = len(own) + 1
        # Nearly all that is asked is the values of one property of one subject
        self._values: dict[Node, dict[Node, list[Triple]]] = {}
        for found in own:
            self._values.setdefault(found[0], {}).setdefault(found[1], []).append(found)
        self._seen: dict[Pattern, list[tuple[Triple, Iterator[Any]]]] = {}
        self._new: dict[Node, bool] = {}

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Any, Iterator[Any]]]:
        """The triples of both sides with these terms, each once."""
        found = self._seen.get(triple_pattern)
        if found is None:
            found = self._seen[triple_pattern] = [(triple, iter(())) for triple in self._look_up(triple_pattern)]
        return iter(found)

    def _look_up(self, pattern: Any) -> Iterator[Triple]:
        subject, predicate, value = pattern
        hierarchy = predicate == _WIDER
        if not hierarchy:
            if subject is not None and predicate is not None and value is None:
                yield from self._values.get(subject, {}).get(predicate, ())
            else:
                yield from self.own.triples(pattern)
        if not self.is_new(subject):
            for found in self.published.match(*pattern):
                if found not in self.hidden and (hierarchy or found not in self.own):
                    yield found

    def is_new(self, subject: Node | None) -> bool:
        """Whether nothing is published of a contributed thing, as is the rule: one look-up then spares one for each property."""
        if subject is None or subject not in self._values:
            return False
        if subject not in self._new:
            self._new[subject] = next(self.published.match(subject, None, None), None) is None
        return self._new[subject]

    def __len__(self, context: Any = None) -> int:
        return self._count

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
        self.own, self._layers = own, Layers(own, published, hidden)
        super().__init__(store=self._layers, bind_namespaces="none")

    def is_new(self, node: Node) -> bool:
        """Whether a contributed thing is one of which nothing is published."""
        return self._layers.is_new(node)

    def is_used(self, predicate: Node) -> bool:
        """Whether anything is published with a property."""
        return next(self._layers.published.match(None, predicate, None), None) is not None

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """The triples of a pattern, whose predicate may be a path."""
        if isinstance(triple[1], Path):
            return super().triples(triple)
        return (found for found, _ in self.store.triples(triple))

    def query(self, query_object: Any, processor: Any = "sparql", result: Any = "sparql", initNs: Any = None,
              initBindings: Any = None, use_store_provided: bool = True, **kwargs: Any) -> Result:
        """Answer a query whose text is parsed once, since a shape asks the same for every focus node."""
        if isinstance(query_object, str):
            query_object = _prepare(query_object, tuple(sorted((key, str(value)) for key, value in (initNs or {}).items())))
        return super().query(query_object, processor, result, None, initBindings, use_store_provided, **kwargs)


@lru_cache(maxsize=256)
def _prepare(text: str, prefixes: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(text, initNs=dict(prefixes))
