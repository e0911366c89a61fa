"""How the engine reads: what a written term means behind a prologue, and what is wrong with a query that is not asked."""

from __future__ import annotations

import pyoxigraph as ox

from kg.terms import BASE


def read_term(prologue: str, written: str, base: str) -> str:
    """The IRI that `<IRI>` or a prefixed name means behind a prologue; raises SyntaxError where it means none.

    The prologue of a query is that of Turtle too (RDF 1.1 Turtle, 2.4), so that the term means here what it means in the query.
    """
    triple = next(iter(ox.parse(f"{prologue}\n<urn:s> <urn:p> {written} .", ox.RdfFormat.TURTLE, base_iri=base)))
    assert isinstance(triple.object, ox.NamedNode)
    return triple.object.value


def find_refusal(text: str) -> str:
    """What the engine says against a query; nothing when it reads it."""
    try:
        ox.Store().query(text, base_iri=BASE)
    except SyntaxError as error:
        return str(error)
    except Exception:  # it was read, and failed only then
        return ""
    return ""
