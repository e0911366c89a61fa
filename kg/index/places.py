"""Reading where things lie: the places of one thing, and those of a whole list with the count of its things at each."""

from __future__ import annotations

from collections.abc import Collection

from kg.index.reader import Filter, Index, Thing, narrow_list
from kg.store.kept import keep_while_it_lives


@keep_while_it_lives
def place_list(index: Index, record_type: str, narrow: Filter) -> tuple[list[tuple[Thing, int]], int]:
    """Every place of the things of a list with how many of them lie there, and how many of the things have a place."""
    where, values = narrow_list(record_type, narrow)
    places = "SELECT iri, type, ref, label, summary, latitude, longitude FROM thing WHERE latitude IS NOT NULL"
    if record_type == "city":
        rows = index.rows(f"SELECT p.*, 1 FROM ({places}) p JOIN thing t ON t.iri = p.iri WHERE {where} ORDER BY p.iri", *values)
        return [(place, 1) for place in index.say(Thing(*row[:7]) for row in rows)], len(rows)
    source = f"FROM thing t JOIN facet f ON f.iri = t.iri AND f.facet = 'city' JOIN ({places}) p ON p.iri = f.value WHERE {where}"
    rows = index.rows(f"SELECT p.*, COUNT(*) {source} GROUP BY p.iri ORDER BY p.iri", *values)
    lying = index.say(Thing(*row[:7]) for row in rows)
    return list(zip(lying, (row[7] for row in rows), strict=True)), int(index.rows(f"SELECT COUNT(DISTINCT t.iri) {source}", *values)[0][0])


def place_things(index: Index, things: Collection[Thing]) -> dict[str, list[Thing]]:
    """The places of each thing by its IRI: a city is its own place, others have those that they name."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        rows = [] if thing.latitude is not None else index.rows(
            "SELECT p.iri, p.type, p.ref, p.label, p.summary, p.latitude, p.longitude FROM facet f JOIN thing p ON p.iri = f.value "
            "WHERE f.iri = ? AND f.facet = 'city' AND p.latitude IS NOT NULL ORDER BY p.iri", thing.iri)
        found[thing.iri] = [thing] if thing.latitude is not None else index.say(Thing(*row) for row in rows)
    return found
