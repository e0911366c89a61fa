"""SPARQL results in JSON (SPARQL 1.1 Query Results JSON Format) as rows of terms; what is of another form is no answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rdflib import XSD, BNode, Literal, URIRef

from kg.store import Solutions, Term
from kg.store.bindings import is_iri
from kg.store.local import normalise


def read_solutions(answer: Any) -> Solutions:
    """The rows of the answer to a SELECT; raises ValueError."""
    try:
        names = tuple(answer["head"]["vars"])
        rows = [tuple(_to_term(row[name]) if name in row else None for name in names) for row in answer["results"]["bindings"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no SPARQL results: {error!r}") from error
    return Solutions(names, rows)


def read_rows(answer: Any, *names: str) -> list[tuple[Term, ...]]:
    """The rows of a query of ours that binds these variables in every row; raises ValueError where they are others or one is unbound."""
    found = read_solutions(answer)
    if found.variables != names:
        raise ValueError(f"variables {found.variables} instead of {names}")
    rows = [tuple(term for term in row if term is not None) for row in found.rows]
    if any(len(row) != len(names) for row in rows):
        raise ValueError("an unbound variable")
    return rows


def read_boolean(answer: Any) -> bool:
    """The answer to an ASK; raises ValueError."""
    if not is_boolean(answer):
        raise ValueError("no truth value")
    return bool(answer["boolean"])


def is_boolean(answer: Any) -> bool:
    """Whether this is the answer to an ASK."""
    return isinstance(answer, dict) and isinstance(answer.get("boolean"), bool)


def _to_term(value: dict[str, str]) -> Term:
    text = value["value"]
    if not isinstance(text, str):
        raise TypeError(f"a term whose value is {text!r}")
    makers: dict[str, Callable[[], Any]] = {
        "uri": lambda: _to_iri(text), "bnode": lambda: BNode(text),
        "literal": lambda: _to_literal(text, value.get("xml:lang"), value.get("datatype"))}
    makers["typed-literal"] = makers["literal"]
    return makers[value["type"]]()  # type: ignore[no-any-return]


def _to_iri(text: str) -> URIRef:
    if not is_iri(text):
        raise ValueError(f"{text!r} is no IRI")
    return URIRef(text)


def _to_literal(text: str, language: str | None, datatype: str | None) -> Literal:
    """A literal as the embedded engine holds it: engines write numbers, truth values and times in forms of their own."""
    if datatype and datatype.startswith(str(XSD)) and datatype != str(XSD.string):
        return _hold(text, datatype)
    return Literal(text, lang=language, datatype=datatype and _to_iri(datatype), normalize=False)


@lru_cache(maxsize=65536)
def _hold(text: str, datatype: str) -> Literal:
    return normalise(Literal(text, datatype=URIRef(datatype), normalize=False))
