"""What to write instead: a suggestion for a result of a validation, in the language of the reader.

A value is cut at 60 characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process
from rdflib import Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg.forms import Known
from kg.shapes import load_shapes, load_tables
from kg.terms import RDF, SH, XSD
from kg.validation.engine import ValidationResult
from kg.wording import advise, say

NEAR: Final = 70
NAMED: Final = 80
CUT: Final = 60
DATES: Final = frozenset({XSD.date, XSD.gYear, XSD.gYearMonth})
NUMBERS: Final = frozenset({XSD.integer, XSD.decimal})
DIGITS: Final = "^-?[0-9]+([.][0-9]+)?$"
"""The pattern of a number that is stated as text."""
LISTED: Final = ("NodeConstraintComponent", "ClassConstraintComponent", "InConstraintComponent", "OrConstraintComponent",
                 "NodeKindConstraintComponent")


def suggest(result: ValidationResult, known: Known, language: str = "en") -> str:
    """What to write instead of the value of a result, "" where nothing better is known (design of validation, section 8)."""
    value, datatypes = result.value, _datatypes(result.shape)
    if isinstance(value, Literal):
        if datatypes & DATES and result.component.startswith(("Or", "Datatype")):
            return _suggest_date(str(value), language)
        if datatypes & NUMBERS and result.component.startswith(("Datatype", "Or")) \
                or result.component.startswith("Pattern") and _pattern(result.shape) == DIGITS:
            return _suggest_number(str(value), language)
        if RDF.langString in datatypes and result.component.startswith("Datatype") and value.datatype in (None, XSD.string):
            return say("language", language, f'"{_cut(str(value))}"@en')
    if result.component.startswith(("Pattern", "NodeKind")) and (address := _complete(value, result.shape)):
        return say("write", language, f"<{_cut(address)}>" if _wants_iri(result.shape) else f'"{_cut(address)}"')
    if result.component in LISTED and value is not None:
        return _suggest_thing(value, result.shape, known, language)
    return ""


def suggest_cell(code: str, values: Sequence[str], language: str = "en") -> str:
    """What to write instead of a cell that cannot be read, by the code of its fault and the values of its sentence."""
    if code == "no-date":
        return _suggest_date(values[0], language)
    return (_suggest_number(values[0], language) if code == "no-number" else "") or advise(code, language, *values)


def _suggest_thing(value: Node, shape: Node | None, known: Known, language: str) -> str:
    """A known thing that has this name or nearly this address, of the type that the property refers to."""
    references = _references(shape)
    if isinstance(value, URIRef):
        choices = {str(iri): _end(iri) for iri in (*(iri for reference in references for iri in known.things(reference)), *_listed(shape))}
        if str(value) in choices:
            return ""
        code = _end(value)
        meant = _widen(code, choices)
        if not meant and (found := process.extractOne(code, choices, scorer=fuzz.ratio, score_cutoff=NEAR)):
            meant = found[2]
        known_already = known.registry.knows(value)
        said = "" if not choices else say("other" if known_already else "unknown", language)
        return f"{said} {say('near', language, _name(URIRef(meant), known, language))}".strip() if meant else said
    labels = {label: iri for reference in references for label, iri in known.registry.labels(reference).items()}
    nearest = process.extractOne(str(value).casefold(), list(labels), scorer=fuzz.WRatio, score_cutoff=NAMED)
    return say("refer", language, _name(labels[nearest[0]], known, language)) if nearest else ""


def _end(iri: Node) -> str:
    """What stands behind the last slash or hash of an IRI."""
    return re.split(r"[/#]", str(iri))[-1]


def _widen(code: str, choices: Mapping[str, str]) -> str:
    """The IRI of the longest known code that a code of digits is a part of, such as the division of a CPV group, else ""."""
    if not code.isdecimal():
        return ""
    wider = ((other.rstrip("0"), iri) for iri, other in choices.items() if other.isdecimal() and len(other) == len(code))
    return max(((len(head), iri) for head, iri in wider if head and code.startswith(head)), default=(0, ""))[1]


def _suggest_date(text: str, language: str) -> str:
    text = text.strip()
    if (found := re.fullmatch(r"(\d{4})[./](\d{1,2})[./](\d{1,2})", text)) and (made := _day(*map(int, found.groups()))):
        return say("write", language, made)
    if found := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        one, two, year = map(int, found.groups())
        european, american = _day(year, two, one), _day(year, one, two)
        if european and american and european != american:
            return say("either", language, european, american)
        return say("write", language, european or american) if european or american else say("write", language, "2021, 2021-05, 2021-05-31")
    if found := re.fullmatch(r"(\d{1,2})[./-](\d{4})", text):
        return say("write", language, f"{found[2]}-{int(found[1]):02}")
    for form, datatype in ((r"\d{4}", "gYear"), (r"\d{4}-(?:0[1-9]|1[0-2])", "gYearMonth")):
        if re.fullmatch(form, text):
            return say("write", language, f'"{text}"^^xsd:{datatype}')
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and _day(*map(int, text.split("-"))):
        return say("write", language, f'"{text}"^^xsd:date')
    return say("write", language, "2021, 2021-05, 2021-05-31")


def _suggest_number(text: str, language: str) -> str:
    """With a decimal point, without marks between thousands and without words around it; "" where there is no number, or more than one."""
    text = "".join(str(unicodedata.decimal(each, each)) for each in re.sub(r"[\s€$£%'\u00a0\u202f]", "", text))
    found = re.findall(r"(?:(?<![0-9])-)?[0-9]+(?:[.,][0-9]+)*", text)
    if len(found) != 1:
        return ""
    number = found[0]
    if re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?|-?[0-9]+,[0-9]{1,2}|-?[0-9]+,[0-9]{4,}", number):
        return say("write", language, number.replace(".", "").replace(",", "."))
    if re.fullmatch(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", number):
        return say("write", language, number.replace(",", ""))
    return say("write", language, number) if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", number) else ""


def _complete(value: Node | None, shape: Node | None) -> str:
    """A web address that lacks its beginning, made whole; "" where none is asked for or none was meant."""
    text = str(value)
    asked = _pattern(shape).startswith("^http")
    if text.startswith(("http://", "https://")):
        return text if isinstance(value, Literal) and _wants_iri(shape) else ""
    meant = re.fullmatch(r"(?:https?:/*|//|[a-z]+:)?((?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?)", text, re.IGNORECASE)
    return f"https://{meant[1]}" if meant and (asked or text.startswith("www.")) else ""


def _pattern(shape: Node | None) -> str:
    return str(load_shapes().value(shape, SH.pattern) or "") if shape is not None else ""


def _wants_iri(shape: Node | None) -> bool:
    return shape is not None and (shape, SH.nodeKind, SH.IRI) in load_shapes()


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _name(iri: URIRef, known: Known, language: str) -> str:
    label = known.label(iri, (language,))
    return f"<{iri}>" if label == str(iri) else f"<{iri}> ({_cut(label)})"


def _cut(text: str) -> str:
    return text if len(text) <= CUT else text[:CUT - 1] + "…"


@lru_cache(maxsize=1024)
def _references(shape: Node | None) -> tuple[str, ...]:
    """The kinds of things that a property refers to, as its columns say."""
    return tuple(dict.fromkeys(column.reference for table in load_tables().values() for column in table.columns.values()
                               if column.shape == shape and column.reference))


@lru_cache(maxsize=1024)
def _datatypes(shape: Node | None) -> frozenset[Node]:
    """The datatypes that a shape takes, alternatives included."""
    shapes = load_shapes()
    own = set(shapes.objects(shape, SH.datatype))
    for choice in shapes.objects(shape, SH["or"]):
        own |= {datatype for each in Collection(shapes, choice) for datatype in shapes.objects(each, SH.datatype)}
    return frozenset(own)


def _listed(shape: Node | None) -> list[Node]:
    shapes = load_shapes()
    return [each for choice in shapes.objects(shape, SH["in"]) for each in Collection(shapes, choice)]
