"""Terms of rdflib as those of pyoxigraph, and back."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef

from kg.errors import Invalid
from kg.store import Term


class Terms(dict[Any, Any]):
    """The terms of one answer as rdflib has them, each made once: the same few come again and again."""

    def __missing__(self, term: Any) -> Any:
        made = self[term] = to_rdflib(term)
        return made


def to_ox(term: Any) -> Any:
    """A term of rdflib as one of pyoxigraph; raises Invalid for what is no RDF term."""
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    raise Invalid(f"{term!r} is no RDF term.", advice="Use an IRI or a literal.")


def to_rdflib(term: Any) -> Term | None:
    """A term of pyoxigraph as one of rdflib; None for what is no term, as an unbound variable is."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)  # type: ignore[return-value]
    return None


def normalise(literal: Literal) -> Literal:
    """A literal in the form in which this engine holds its value."""
    scratch = ox.Store()
    scratch.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), to_ox(literal)))
    return next(to_rdflib(quad.object) for quad in scratch)  # type: ignore[return-value]
