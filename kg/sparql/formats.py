"""Which serialisation answers a query: by form, by `format=` and by Accept (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kg.formats import (
    CSV,
    HTML,
    JSONLD,
    NQUADS,
    NTRIPLES,
    RDFXML,
    RESULTS_JSON,
    RESULTS_TSV,
    RESULTS_XML,
    TRIG,
    TURTLE,
    Format,
)

SELECT: Final = (RESULTS_JSON, RESULTS_XML, CSV, RESULTS_TSV)
ASK: Final = (RESULTS_JSON, RESULTS_XML)
GRAPH: Final = (TURTLE, NTRIPLES, RDFXML, JSONLD, NQUADS, TRIG)
BY_FORM: Final = {"SELECT": SELECT, "ASK": ASK, "CONSTRUCT": GRAPH, "DESCRIBE": GRAPH}

_OTHER_TYPES: Final = {
    "application/json": (RESULTS_JSON, JSONLD), "application/xml": (RESULTS_XML, RDFXML), "text/xml": (RESULTS_XML, RDFXML),
    "application/x-turtle": (TURTLE,), "text/rdf+n3": (TURTLE,), "text/n3": (TURTLE,), "text/plain": (NTRIPLES,),
    "application/xhtml+xml": (HTML,), "application/x-trig": (TRIG,), "text/x-nquads": (NQUADS,),
}
_NAMES: Final = {
    "json": (RESULTS_JSON, JSONLD), "srj": (RESULTS_JSON,), "xml": (RESULTS_XML, RDFXML), "srx": (RESULTS_XML,),
    "csv": (CSV,), "excel": (CSV,), "tsv": (RESULTS_TSV,), "ttl": (TURTLE,), "turtle": (TURTLE,), "n3": (TURTLE,),
    "nt": (NTRIPLES,), "ntriples": (NTRIPLES,), "n-triples": (NTRIPLES,), "rdf": (RDFXML,), "rdf+xml": (RDFXML,),
    "rdfxml": (RDFXML,), "rdf/xml": (RDFXML,), "jsonld": (JSONLD,), "json-ld": (JSONLD,), "ld+json": (JSONLD,),
    "nq": (NQUADS,), "nquads": (NQUADS,), "n-quads": (NQUADS,), "trig": (TRIG,), "html": (HTML,),
}


@dataclass(frozen=True)
class Choice:
    """A serialisation, and the media type under which it is sent."""

    format: Format
    media_type: str


def named(value: str) -> tuple[Format, ...]:
    """The formats that a value of `format=` means; a comma list as SPARQLWrapper sends it counts by its first known name."""
    for name in value.lower().replace(" ", "+").split(","):
        known = _NAMES.get(name) or _OTHER_TYPES.get(name) or tuple(each for each in (*SELECT, *GRAPH, HTML)
                                                                   if each.media_type == name)
        if known:
            return known
    return ()


@lru_cache(maxsize=1024)
def choose(accept: str, offered: tuple[Format, ...]) -> Choice | None:
    """The offered format that the client prefers; None when it refuses all.

    The most specific range gives a type its quality; equal qualities are decided by exactness, then by the order of the client,
    then by ours. HTML is taken only when it is named.
    """
    ranges = _ranges(accept) if accept.strip() else [("*/*", 1.0)]
    best: tuple[float, int, int, int] | None = None
    chosen: Choice | None = None
    for rank, each in enumerate(offered):
        types = [each.media_type, *(name for name, formats in _OTHER_TYPES.items() if each in formats)]
        for media_type in types:
            match = _match(media_type, ranges, exact_only=each is HTML or media_type != each.media_type)
            if match is None or match[0] <= 0:
                continue
            key = (match[0], match[1], -match[2], -rank)
            if best is None or key > best:
                best, chosen = key, Choice(each, media_type)
    return chosen


def _match(media_type: str, ranges: list[tuple[str, float]], *, exact_only: bool) -> tuple[float, int, int] | None:
    top = media_type.partition("/")[0] + "/*"
    for specificity, wanted in ((2, media_type), (1, top), (0, "*/*")):
        if exact_only and specificity < 2:
            return None
        for place, (name, quality) in enumerate(ranges):
            if name == wanted:
                return quality, specificity, place
    return None


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        found.append(("*/*" if name == "*" else name, quality))
    return found
