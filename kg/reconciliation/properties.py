"""What can be added to a matched column: facets of things, names in a language, texts and places (Reconciliation API 0.2, 6)."""

from __future__ import annotations

from typing import Any, Final

from kg.index import Index
from kg.terms import BASE

PROPERTIES: Final = {"name": "Name", "summary": "Summary", "country": "Country", "city": "City", "theme": "Theme",
                     "instrument": "Instrument", "kind": "Kind", "partnership": "Partnership", "year": "Year",
                     "latitude": "Latitude", "longitude": "Longitude"}
"""The properties by their ids."""
FACETS: Final = ("country", "city", "theme", "instrument", "kind", "partnership")


def extend(index: Index, identifier: str, name: str, language: str = "en") -> list[dict[str, Any]]:
    """The values of a property of one thing, each as the API writes it; none for a thing that is not known."""
    iri = BASE + identifier
    if name == "name":
        label, found = index.label(iri, (language,))
        return [{"str": label}] if found or label else []
    thing = index.thing(iri)
    if name in ("latitude", "longitude"):
        place = getattr(thing, name, None)
        return [{"float": place}] if place is not None else []
    if name == "summary":
        return [{"str": thing.summary}] if thing and thing.summary else []
    values = [value for facet, value in index.facets(iri) if facet == name]
    if name == "year":
        return [{"date": value} for value in values]
    return [{"id": value.removeprefix(BASE), "name": index.label(value, (language,))[0]} for value in values]
