"""The read model: counts equal queries, search forgives, filters narrow."""

from __future__ import annotations

import pytest

from kg.build import Built
from kg.errors import Invalid, NotFound
from kg.index import Filter, Index, place_list
from kg.index.facets import MOST_VALUES
from kg.index.reader import match_words, split_words
from kg.queries import PROLOGUE
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.terms import AT, VOC


@pytest.fixture
def index(settings: Settings, built: Built) -> Index:
    return Index(settings.var / "index.sqlite")


@pytest.mark.parametrize(("record_type", "kind"), [
    ("practice", "uaeu:ProcurementPractice"), ("action", "uaeu:Action"), ("city", "uaeu:City"), ("result", "uaeu:Result"),
    ("partnership", "uaeu:ThematicPartnership"), ("recovery-way", "uaeu:RecoveryWay")])
def test_counts_equal_queries(index: Index, store: LocalStore, record_type: str, kind: str) -> None:
    query = PROLOGUE + f"SELECT (COUNT(DISTINCT ?thing) AS ?n) WHERE {{ ?thing a {kind} }}"
    assert str(store.select(query).rows[0][0]) == str(index.counts()[record_type])


def test_filters_narrow_and_facets_count(index: Index) -> None:
    everything = index.browse("practice", Filter())
    food = index.browse("practice", Filter((("theme", str(VOC["theme/food"])),)), limit=100)
    assert 0 < food.total < everything.total
    in_italy = index.browse("practice", Filter((("theme", str(VOC["theme/food"])), ("country", f"{AT}country/ITA"))), limit=100)
    counted = {value: count for value, _, count in food.facets["country"]}
    assert in_italy.total == counted[f"{AT}country/ITA"]


FILTERS = [Filter(), Filter((("theme", str(VOC["theme/food"])),)), Filter((("country", f"{AT}country/ITA"),), "food"),
           Filter((("theme", str(VOC["theme/food"])), ("country", f"{AT}country/ITA"))), Filter(year_from=2015, year_to=2019),
           Filter(q="school me"), Filter((("theme", "urn:none"),)), Filter(q="nothinglikethis"), Filter(year_from=2021)]


def narrow_list(record_type: str, narrow: Filter) -> tuple[str, list[object]]:
    """The condition on a row `t` of the table of things that it is in a narrowed list, with its values: the same by SQL."""
    clauses, values = ["t.type = ?"], [record_type]  # type: list[str], list[object]
    for facet, value in narrow.values:
        clauses.append("EXISTS (SELECT 1 FROM facet x WHERE x.iri = t.iri AND x.facet = ? AND x.value = ?)")
        values += [facet, value]
    for operator, year in ((">=", narrow.year_from), ("<=", narrow.year_to)):
        if year is not None:
            clauses.append(f"EXISTS (SELECT 1 FROM facet x WHERE x.iri = t.iri AND x.facet = 'year' AND x.value {operator} ?)")
            values.append(f"{year:04d}")
    words = split_words(narrow.q)
    if words:
        clauses.append("t.iri IN (SELECT iri FROM words WHERE words MATCH ?)")
        values.append(match_words(words))
    return " AND ".join(clauses), values


@pytest.mark.parametrize("record_type", ["practice", "initiative", "city"])
@pytest.mark.parametrize("narrow", FILTERS)
def test_places_are_those_of_the_tables(index: Index, narrow: Filter, record_type: str) -> None:
    where, values = narrow_list(record_type, narrow)
    source = f"FROM thing t JOIN facet f ON f.iri = t.iri AND f.facet = 'city' JOIN thing p ON p.iri = f.value WHERE p.latitude IS NOT NULL AND {where}"
    if record_type == "city":
        source = f"FROM thing t JOIN thing p ON p.iri = t.iri WHERE p.latitude IS NOT NULL AND {where}"
    places, having = place_list(index, record_type, narrow)
    assert [(place.iri, count) for place, count in places] == index.rows(f"SELECT p.iri, COUNT(*) {source} GROUP BY p.iri ORDER BY p.iri", *values)
    assert having == index.rows(f"SELECT COUNT(DISTINCT t.iri) {source}", *values)[0][0]


@pytest.mark.parametrize("record_type", ["practice", "initiative", "city"])
@pytest.mark.parametrize("narrow", FILTERS)
def test_lists_and_counts_are_those_of_the_tables(index: Index, narrow: Filter, record_type: str) -> None:
    where, values = narrow_list(record_type, narrow)
    things = [row[0] for row in index.rows(f"SELECT t.iri FROM thing t WHERE {where} ORDER BY t.sorting, t.iri", *values)]
    page = index.browse(record_type, narrow, limit=1000)
    assert [each.iri for each in page.things] == things and page.total == len(things)
    assert [each.iri for each in index.browse(record_type, narrow, sort="-label", limit=1000).things] == things[::-1]
    counted = index.rows("SELECT f.facet, f.value, COUNT(*) FROM facet f JOIN thing t ON t.iri = f.iri "
                         f"WHERE {where} AND f.facet <> 'year' GROUP BY f.facet, f.value ORDER BY 1, 3 DESC, 2", *values)
    expected: dict[str, list[tuple[str, int]]] = {}
    for facet, value, count in counted:
        expected.setdefault(facet, []).append((value, count))
    assert {facet: [(value, count) for value, _, count in offered] for facet, offered in page.facets.items()} == {
        facet: offered[:MOST_VALUES] for facet, offered in expected.items()}


def test_stretches_make_the_whole(index: Index) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = index.browse("initiative", Filter(), limit=37, offset=offset)
        seen += [thing.iri for thing in page.things]
        offset = page.next
    assert len(seen) == len(set(seen)) == page.total


@pytest.mark.parametrize(("text", "label"), [
    ("Malmo", "Malmö"), ("harlem", "Haarlem"), ("Big Buyers", "Big Buyers Initiative"), ("Circular PP", "Circular Public Procurement (Circular PP)"),
    ("ökokauf", "ÖkoKauf Wien")])
def test_search_forgives(index: Index, text: str, label: str) -> None:
    assert label in {hit.thing.label for hit in index.search(text)}


@pytest.mark.parametrize("text", ["", "   ", '"', "*", "' OR 1=1 --", "NEAR(", "a" * 5000, "\x00", "<script>"])
def test_search_survives_anything(index: Index, text: str) -> None:
    assert isinstance(index.search(text), list)


def test_an_unknown_order_is_refused(index: Index) -> None:
    with pytest.raises(Invalid, match="colour.*label"):
        index.browse("city", Filter(), sort="colour")


def test_a_missing_model_is_said_to_be_missing(settings: Settings) -> None:
    with pytest.raises(NotFound, match="kg build"):
        Index(settings.var / "nowhere.sqlite")
