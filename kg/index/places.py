"""Reading where things lie: the places of one thing, and those of a whole list with the count of its things at each."""

from __future__ import annotations

from collections.abc import Collection

from kg.index.reader import Filter, Index, Thing
from kg.store.kept import keep_while_it_lives


@keep_while_it_lives
def place_list(index: Index, record_type: str, narrow: Filter) -> tuple[list[tuple[Thing, int]], int]:
    """Every place of the things of a list with how many of them lie there, and how many of the things have a place."""
    listing, chosen = index.choose(record_type, narrow)
    placed = {str(row[0]): Thing(*row) for row in index.rows(
        "SELECT iri, type, ref, label, summary, latitude, longitude FROM thing WHERE latitude IS NOT NULL ORDER BY iri")}
    if record_type == "city":
        numbers = set(chosen.tolist())
        cities = [placed[iri] for iri in placed if listing.numbers.get(iri, -1) in numbers]
        return [(place, 1) for place in index.say(cities)], len(cities)
    counts = listing.tally(chosen)
    lying = [placed[iri] for iri in placed if ("city", iri) in counts]
    return ([(place, counts["city", place.iri]) for place in index.say(lying)],
            listing.having(chosen, "city", {place.iri for place in lying}))


def place_things(index: Index, things: Collection[Thing]) -> dict[str, list[Thing]]:
    """The places of each thing by its IRI: a city is its own place, others have those that they name."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        rows = [] if thing.latitude is not None else index.rows(
            "SELECT p.iri, p.type, p.ref, p.label, p.summary, p.latitude, p.longitude FROM facet f JOIN thing p ON p.iri = f.value "
            "WHERE f.iri = ? AND f.facet = 'city' AND p.latitude IS NOT NULL ORDER BY p.iri", thing.iri)
        found[thing.iri] = [thing] if thing.latitude is not None else index.say(Thing(*row) for row in rows)
    return found
