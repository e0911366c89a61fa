"""Binding terms into a query without ever joining text that came from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rdflib import URIRef

from kg.errors import Invalid, NotFound
from kg.store import Bindings, Term

_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_TOKEN = re.compile(r"""\#[^\n]*|<[^<>\s]*>|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?P<where>\bWHERE\s*\{)"""
                    r"""|(?<![?$:\w-])GRAPH\s*(?P<graph>[?$]\w+)""", re.IGNORECASE)


def bind(query: str, bindings: Bindings) -> str:
    """The query with a VALUES block of the bound terms at the start of its WHERE clause (SPARQL 1.1, 10.2).

    Raises Invalid when the query has no keyword WHERE, which stored queries always have.
    """
    if not bindings:
        return query
    return bind_rows(query, tuple(bindings), [tuple(bindings.values())])


def bind_rows(query: str, names: Sequence[str], rows: Iterable[Sequence[Term]]) -> str:
    """The query with a VALUES block of several rows of terms; raises Invalid as `bind` does, and NotFound for what no IRI may hold."""
    named = " ".join(f"?{name}" for name in names)
    terms = " ".join(f"({' '.join(_write(term) for term in row)})" for row in rows)
    for token in _TOKEN.finditer(query):
        if token["where"]:
            return f"{query[:token.end()]} VALUES ({named}) {{ {terms} }} {query[token.end():]}"
    raise Invalid("the query has no keyword WHERE, so nothing can be bound in it.", advice="Write WHERE before its pattern.")


def hide(query: str, names: Iterable[URIRef]) -> str:
    """The query with a filter beside each GRAPH with a variable, so that these graphs are none of its named graphs (SPARQL 1.1, 17.2)."""
    listed = ", ".join(name.n3() for name in sorted(names))
    return _TOKEN.sub(lambda token: f"FILTER({token['graph']} NOT IN ({listed})) {token[0]}" if token["graph"] else token[0], query)


def _write(term: Term) -> str:
    """A term as SPARQL writes it; what a stranger's address may hold and an IRI may not (SPARQL 1.1, 19.8, IRIREF) names nothing."""
    if isinstance(term, URIRef) and _NO_IRI.search(term):
        raise NotFound("nothing has this address.", where=str(term)[:80], advice="No address holds spaces, quotes or angle brackets.")
    return term.n3()
