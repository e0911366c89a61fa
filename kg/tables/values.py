"""Cells to RDF terms: literals by datatype, references by id, IRI or label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice

from rapidfuzz import process
from rdflib import Literal, URIRef

from kg.terms import AT, CPV, ID, NUTS, RDF, VOC, XSD, is_reference, thing
from kg.validation.lexical import FORMS
from kg.wording import CUT, advise, say, shorten

_TAGGED = re.compile(r"(.*\S)\s*@([a-z]{2}(?:-[a-zA-Z0-9-]+)?)$", re.DOTALL)
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_TEXT = (RDF.langString, None)


class BadCell(ValueError):
    """A cell that cannot become a term: the code of the fault and the values of its sentence; `advice` says what to write instead."""

    def __init__(self, code: str, *values: str) -> None:
        values = shorten(values)
        super().__init__(say(code, "en", *values))
        self.code, self.values, self.advice = code, values, advise(code, "en", *values)


def make_literal(text: str, datatype: URIRef | None) -> Literal | URIRef:
    """A literal of the shape's datatype; without one, a date when it looks like one, else English text.

    Raises BadCell. Text may end in `@xx` for another language (BCP 47).
    """
    if datatype == XSD.string:
        return Literal(text)
    if datatype == XSD.anyURI:
        return URIRef(_check_iri(text))
    if datatype in (XSD.integer, XSD.nonNegativeInteger, XSD.positiveInteger):
        if not re.fullmatch(r"-?[0-9]+", text):
            raise BadCell("no-whole-number", text)
        return Literal(text, datatype=datatype)
    if datatype == XSD.decimal:
        return Literal(str(_decimal(text)), datatype=XSD.decimal)
    if datatype in (XSD.date, XSD.gYear, XSD.gYearMonth):
        return make_date(text)
    if datatype in _TEXT:
        if datatype is None and re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
            return make_date(text)
        match = _TAGGED.fullmatch(text)
        return Literal(match[1], lang=match[2]) if match else Literal(text, lang="en")
    return Literal(text, datatype=datatype)


def make_date(text: str) -> Literal:
    """A date, month or year as precise as it is written (ISO 8601); raises BadCell."""
    try:
        if re.fullmatch("[0-9]{4}", text):
            return Literal(text, datatype=XSD.gYear, normalize=False)
        if re.fullmatch("[0-9]{4}-[0-9]{2}", text):
            date.fromisoformat(f"{text}-01")
            return Literal(text, datatype=XSD.gYearMonth, normalize=False)
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)  # Python takes 20210531 and 2021-W22-1 too
        date.fromisoformat(text)
    except ValueError:
        raise BadCell("no-date", text) from None
    return Literal(text, datatype=XSD.date, normalize=False)


def _decimal(text: str) -> Decimal:
    if not re.fullmatch(FORMS[XSD.decimal], text):
        raise BadCell("no-number", text, text.replace(",", ".") if "," in text else "")
    return Decimal(text)


def _check_iri(text: str) -> str:
    if not _IRI.fullmatch(text):
        raise BadCell("no-address", text)
    return text


class Registry:
    """What exists: records and concepts by id and by label, and the decisions which two are one."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], str] = {}
        self._known: set[URIRef] = set()
        self._labels: dict[str, dict[str, URIRef]] = {}

    def copy(self) -> Registry:
        """A registry that knows the same and learns on its own."""
        made = Registry()
        made._kept, made._known = dict(self._kept), set(self._known)
        made._labels = {record_type: dict(labels) for record_type, labels in self._labels.items()}
        return made

    def knows(self, iri: URIRef) -> bool:
        """Whether there is such a thing or concept."""
        return iri in self._known

    def decide(self, record_type: str, source: str, identifier: str, kept: str) -> None:
        """Two are one: what the source calls `identifier` is the thing `kept`."""
        self._kept[source, record_type, identifier] = kept

    def thing(self, source: str, record_type: str, identifier: str) -> URIRef:
        """The IRI of the thing that a source's id stands for; `type/ref` in a decision names a thing of another type."""
        kept = self._kept.get((source, record_type, identifier), identifier)
        return ID[kept] if "/" in kept else thing(record_type, kept)

    def add(self, source: str, record_type: str, identifier: str, labels: Iterable[str]) -> None:
        """A record of a source, with the labels by which others may refer to it."""
        iri = VOC[f"{record_type[4:]}/{identifier}"] if record_type.startswith("voc/") \
            else self.thing(source, record_type, identifier)
        self.add_iri(iri, record_type, labels)

    def add_iri(self, iri: URIRef, record_type: str, labels: Iterable[str] = ()) -> None:
        """A thing or concept that exists, by its IRI."""
        self._known.add(iri)
        for label in labels:
            match = _TAGGED.fullmatch(label)
            self._labels.setdefault(record_type, {}).setdefault((match[1] if match else label).casefold(), iri)

    def resolve(self, source: str, reference: str, text: str) -> URIRef:
        """The IRI that a cell refers to; raises BadCell with the nearest known ones."""
        if reference == "iri":
            return URIRef(_check_iri(text))
        if text.startswith("http"):
            return self._existing(URIRef(_check_iri(text)), reference, text)
        if reference == "nuts":
            if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{0,3}", text):
                if (named := self._named(reference, text)) is not None:
                    return named
                raise BadCell("no-nuts-code", text)
            return NUTS[text]
        if reference == "cpv":
            if not re.fullmatch("[0-9]{2,8}", text):
                if (named := self._named(reference, text)) is not None:
                    return named
                raise BadCell("no-cpv-code", text)
            return CPV[text.ljust(8, "0")]
        if reference == "at" or reference.startswith("at:"):
            code = AT[f"{reference[3:]}/{text}" if reference.startswith("at:") else text]
            return self._existing(code, reference, text)
        if reference.startswith("http"):
            return URIRef(reference + text)
        if reference == "any":
            record_type, _, identifier = text.partition("/")
            return self._existing(self.thing(source, record_type, identifier), record_type, text)
        if reference.startswith("voc/"):
            return self._existing(VOC[f"{reference[4:]}/{text}"], reference, text)
        return self._existing(self.thing(source, reference, text), reference, text)

    def labels(self, record_type: str) -> Mapping[str, URIRef]:
        """The labels, in lower case, by which things of a type may be referred to."""
        return self._labels.get(record_type, {})

    def _named(self, record_type: str, text: str) -> URIRef | None:
        return self._labels.get(record_type, {}).get(text.casefold())

    def _existing(self, iri: URIRef, record_type: str, text: str) -> URIRef:
        if iri in self._known:
            return iri
        if (named := self._named(record_type, text)) is not None:
            return named
        labels = self._labels.get(record_type, {})
        head = str(iri).rsplit("/", 1)[0] + "/"
        choices = {str(known)[len(head):]: known for known in self._known if str(known).startswith(head)} | dict(labels)
        near: dict[URIRef, str] = {}
        for name, _, _ in process.extract(text.casefold()[:CUT], list(choices), limit=6, score_cutoff=60):
            near.setdefault(choices[name], name)
        nearest = ", ".join(f"{name} <{each}>" for each, name in islice(near.items(), 3))
        raise BadCell("not-known", text, record_type.removeprefix("voc/"), nearest)


def is_ours(iri: str) -> bool:
    """Whether an IRI is one of our things or concepts."""
    return iri.startswith((str(ID), str(VOC))) and is_reference(iri.rsplit("/", 1)[-1])
