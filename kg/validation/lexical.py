"""Which texts are values of a datatype (XSD 1.1, part 2): rdflib asks Python, which also takes 1_000, inf, nan or 2021-W01-1.

`nan` as a decimal ends a comparison with an error, and a year or month is not looked at by rdflib at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, Final

from rdflib import Literal
from rdflib.term import XSDToPython, bind

from kg.terms import XSD

_YEAR: Final = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_MONTH: Final = r"-(?:0[1-9]|1[0-2])"
_DAY: Final = r"-(?:0[1-9]|[12][0-9]|3[01])"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
FORMS: Final = {XSD.integer: r"[+-]?[0-9]+", XSD.decimal: r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", XSD.gYear: _YEAR + _ZONE,
                XSD.gYearMonth: _YEAR + _MONTH + _ZONE, XSD.date: _YEAR + _MONTH + _DAY + _ZONE,
                XSD.dateTime: _YEAR + _MONTH + _DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?" + _ZONE}
"""The lexical spaces of the datatypes that our shapes ask for."""


def narrow_literals() -> None:
    """Have rdflib take a literal as ill-typed where its text is none of its datatype; each process that judges calls it as it begins,
    since a literal keeps what it was read as."""
    # It warns that a datatype has a reader already, and later of each text that is none, with a traceback that fills the disk
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    if Literal("nan", datatype=XSD.decimal, normalize=False).ill_typed:
        return
    for datatype, form in FORMS.items():
        bind(datatype, str, _narrow(re.compile(form), XSDToPython.get(datatype) or str))


def _narrow(form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[str], Any]:
    def narrowed(text: str) -> Any:
        if not form.fullmatch(text):
            raise ValueError(text)
        return read(text)

    return narrowed
