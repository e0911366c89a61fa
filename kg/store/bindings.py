"""Binding terms into a query without ever joining text that came from outside."""

from __future__ import annotations

import re

from kg.errors import Invalid
from kg.store import Bindings

_TOKEN = re.compile(r"""\#[^\n]*|<[^<>\s]*>|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?P<where>\bWHERE\s*\{)""", re.IGNORECASE)


def bind(query: str, bindings: Bindings) -> str:
    """The query with a VALUES block of the bound terms at the start of its WHERE clause (SPARQL 1.1, 10.2).

    Raises Invalid when the query has no keyword WHERE, which stored queries always have.
    """
    if not bindings:
        return query
    names = " ".join(f"?{name}" for name in bindings)
    terms = " ".join(term.n3() for term in bindings.values())
    for token in _TOKEN.finditer(query):
        if token["where"]:
            return f"{query[:token.end()]} VALUES ({names}) {{ ({terms}) }} {query[token.end():]}"
    raise Invalid("the query has no keyword WHERE, so nothing can be bound in it.", advice="Write WHERE before its pattern.")
