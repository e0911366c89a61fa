"""Binding terms into a query without ever joining text that came from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count

from rdflib import URIRef

from kg.errors import Invalid, NotFound
from kg.store import Bindings, Term
from kg.terms import write_term

_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_TOKEN = re.compile(r"""\#[^\n]*|<[^<>\s]*>|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?P<where>\bWHERE\s*\{)"""
                    r"""|(?<![?$:\w-])GRAPH(?:\s*(?P<graph>[?$]\w+)|\s*(?P<iri><[^<>\s]*>)|\s+(?P<name>[\w-]*:[\w.-]+))"""
                    r"""|\b(?P<template>CONSTRUCT\s*\{)|(?P<close>\})""", re.IGNORECASE)
_VARIABLE = re.compile(r"[?$](\w+)")


def bind(query: str, bindings: Bindings) -> str:
    """The query with a VALUES block of the bound terms at the start of its WHERE clause (SPARQL 1.1, 10.2).

    Raises Invalid when the query has no keyword WHERE, which stored queries always have.
    """
    if not bindings:
        return query
    return bind_rows(query, tuple(bindings), [tuple(bindings.values())])


def bind_rows(query: str, names: Sequence[str], rows: Iterable[Sequence[Term | None]]) -> str:
    """The query with a VALUES block of several rows of terms, None for what is unbound.

    Raises Invalid as `bind` does, and NotFound for what no IRI may hold.
    """
    named = " ".join(f"?{name}" for name in names)
    terms = " ".join(f"({' '.join(_write(term) if term is not None else 'UNDEF' for term in row)})" for row in rows)
    for token in _TOKEN.finditer(query):
        if token["where"]:
            return f"{query[:token.end()]} VALUES ({named}) {{ {terms} }} {query[token.end():]}"
    raise Invalid("the query has no keyword WHERE, so nothing can be bound in it.", advice="Write WHERE before its pattern.")


def hide(query: str, names: Iterable[URIRef]) -> str:
    """The query with a filter beside each GRAPH with a variable, so that these graphs are none of its named graphs (SPARQL 1.1, 17.2)."""
    listed = ", ".join(name.n3() for name in sorted(names))
    return _TOKEN.sub(lambda token: f"FILTER({token['graph']} NOT IN ({listed})) {token[0]}" if token["graph"] else token[0], query)


def loosen(query: str) -> str:
    """The query with a variable, and a filter beside it, in place of each graph that is named after GRAPH."""
    number = count(1)

    def replace(token: re.Match[str]) -> str:
        if not (named := token["iri"] or token["name"]):
            return token[0]
        variable = f"?named{next(number)}"
        return f"FILTER({variable} = {named}) GRAPH {variable}"

    return _TOKEN.sub(replace, query)


def split_template(query: str) -> tuple[str, tuple[str, ...], str] | None:
    """A CONSTRUCT as the SELECT of the variables of its template, these, and the CONSTRUCT whose rows `bind_rows` puts in.

    None for a query without a template: CONSTRUCT WHERE, and the other forms.
    """
    start = None
    for token in _TOKEN.finditer(query):
        if token["template"]:
            start = token
        elif token["close"] and start:
            names = tuple(dict.fromkeys(_VARIABLE.findall(query, start.end(), token.start())))
            wanted = " ".join(f"?{name}" for name in names) or "*"
            return f"{query[:start.start()]}SELECT {wanted} {query[token.end():]}", names, f"{query[:token.end()]} WHERE {{ }}"
    return None


def is_iri(text: str) -> bool:
    """Whether SPARQL can write this as an IRI (SPARQL 1.1, 19.8, IRIREF)."""
    return not _NO_IRI.search(text)


def _write(term: Term) -> str:
    """A term as SPARQL writes it; what a stranger's address may hold and an IRI may not names nothing."""
    if isinstance(term, URIRef) and not is_iri(term):
        raise NotFound("nothing has this address.", where=str(term)[:80], advice="No address holds spaces, quotes or angle brackets.")
    return write_term(term)
