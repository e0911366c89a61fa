"""The parameters of a stored question: values as terms of their type, and the question with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from rdflib import Literal, URIRef
from rdflib.namespace import XSD

from kg.errors import Invalid
from kg.queries import Parameter, Query
from kg.store import Term
from kg.store.bindings import bind

_FORMS: Final = {"iri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+"), "integer": re.compile(r"[+-]?[0-9]{1,18}"),
                 "date": re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"), "language": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"),
                 "string": re.compile(r".{0,1000}", re.DOTALL)}
_DATATYPES: Final = {"integer": XSD.integer}


def bind_question(query: Query, given: Mapping[str, str]) -> str:
    """The text of a question with the values that are given, else with its examples; raises Invalid for a value of another type."""
    return bind(query.text, {each.name: read_term(each, given.get(each.name, each.example)) for each in query.parameters})


def read_term(parameter: Parameter, value: str) -> Term:
    """The term that a value means; raises Invalid when it is of another type than the parameter."""
    form: Any = _FORMS.get(parameter.type, _FORMS["string"])
    if not form.fullmatch(value) or (parameter.type == "date" and not _is_date(value)):
        raise Invalid(f"{value[:80]!r} is no {parameter.type}.", where=f"parameter {parameter.name}",
                      advice=f"An example is {parameter.example}.")
    if parameter.type == "iri":
        return URIRef(value)
    return Literal(value, datatype=_DATATYPES.get(parameter.type))


def _is_date(value: str) -> bool:
    """Whether the calendar has a year, month or day of the form YYYY, YYYY-MM or YYYY-MM-DD."""
    try:
        date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:
        return False
    return True
