"""Things in the words of other profiles, and where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from rdflib import Graph, URIRef

from kg import resources
from kg.index import Thing
from kg.queries import load_query
from kg.store import Store

QUERIES: Final = Path(__file__).parent / "queries"
Point = tuple[float, float]


def find_profiles(found: Thing) -> tuple[str, ...]:
    """The profiles in which a thing can be had; the words of procurement are for what was bought."""
    return ("uaeu", "epo", "schema.org") if found.type == "practice" else ("uaeu", "schema.org")


def view_thing(store: Store, found: Thing, profile: str) -> Graph:
    """What the graph says of a thing in the words of a profile."""
    name = {"uaeu": "thing", "schema.org": "thing", "epo": "practice"}[profile]
    paths = {"uaeu": QUERIES / "describe.rq", "schema.org": QUERIES / "schema.rq", "epo": resources.ontology() / "views" / "epo.rq"}
    graph = store.construct(load_query(paths[profile]).text, {name: URIRef(found.iri)})
    if profile == "schema.org":
        graph.bind("schema", "https://schema.org/", override=True, replace=True)
    return graph


def find_points(store: Store, found: Thing) -> list[Point]:
    """Longitude and latitude of every place of a thing (RFC 7946, section 3.1.1)."""
    rows = store.select(load_query(QUERIES / "places.rq").text, {"thing": URIRef(found.iri)})
    return [(float(str(row["longitude"])), float(str(row["latitude"]))) for row in rows]


def as_feature(found: Thing, points: list[Point]) -> dict[str, Any]:
    """A thing with places as a GeoJSON feature (RFC 7946)."""
    geometry = {"type": "Point", "coordinates": points[0]} if len(points) == 1 else {"type": "MultiPoint", "coordinates": points}
    return {"type": "Feature", "id": found.iri, "geometry": geometry, "properties": {"label": found.label, "type": found.type}}


def find_tombstone(store: Store, iri: str) -> str:
    """The time at which a thing was withdrawn, "" when it was not."""
    rows = store.select(load_query(QUERIES / "tombstone.rq").text, {"thing": URIRef(iri)}).rows
    return str(rows[0][0]) if rows else ""
