"""About: the period and the countries of a thing, by which one sees whether one can still join it, and from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg.queries import load_query
from kg.store import Store, Term
from kg.terms import DCAT, DCT, EPO
from kg.wording import say


@dataclass(frozen=True)
class Period:
    """A period of a graph with its start and end as they are written there."""

    node: Term
    start: Node | None
    end: Node | None


@dataclass(frozen=True)
class About:
    """Periods and countries of a thing."""

    periods: tuple[Period, ...] = ()
    countries: tuple[URIRef, ...] = ()

    @property
    def start(self) -> str:
        """When it first began: a year, month or day, "" where that is not known."""
        return min((str(each.start) for each in self.periods if each.start is not None), default="")

    @property
    def end(self) -> str:
        """When it last ended or will end, "" where that is not known; a period without an end leaves the whole open."""
        ends = [str(each.end or "") for each in self.periods]
        return max(ends) if all(ends) and ends else ""

    @property
    def basis(self) -> tuple[Term, ...]:
        """The values of the statements that it rests on."""
        return (*(each.node for each in self.periods), *self.countries)

    def has_ended(self, today: date) -> bool:
        """Whether the end is past."""
        return bool(self.end) and is_over(self.end, today)

    def say_period(self, language: str = "en", today: date | None = None) -> str:
        """The period in words, or that it is not known; with a day also that it is over."""
        key = {(True, True): "period", (True, False): "period-open", (False, True): "period-until"}.get((bool(self.start), bool(self.end)))
        said = say(key or "period-unknown", language, self.start, self.end)
        return say("period-ended", language, said) if today and self.has_ended(today) else said


NOTHING: Final = About()


def is_over(until: str, today: date) -> bool:
    """Whether a day, month or year (ISO 8601) lies wholly before a day: a month and a year last to their end."""
    return until < today.isoformat()[:len(until)]


def read_about(store: Store) -> dict[URIRef, About]:
    """What is known of each compared thing that has a period or a country."""
    periods: dict[URIRef, set[Period]] = defaultdict(set)
    countries: dict[URIRef, set[URIRef]] = defaultdict(set)
    for row in store.select(load_query(Path(__file__).with_suffix(".rq")).text):
        item = URIRef(row["item"])
        if "period" in row:
            periods[item].add(Period(row["period"], row.get("start"), row.get("end")))
        else:
            countries[item].add(URIRef(row["country"]))
    return {item: _sort(periods[item], countries[item]) for item in {*periods, *countries}}


def describe_about(graph: Graph, item: URIRef) -> About:
    """What a small graph says of a thing."""
    periods = {Period(node, graph.value(node, DCAT.startDate), graph.value(node, DCAT.endDate))
               for node in graph.objects(item, DCT.temporal) if isinstance(node, URIRef)}
    return _sort(periods, {URIRef(str(country)) for country in graph.objects(item, EPO.hasCountryCode)})


def state_period(item: URIRef, about: About, graph: Graph) -> None:
    """Add the periods of a thing to a graph."""
    for each in about.periods:
        graph.add((item, DCT.temporal, each.node))
        for predicate, value in ((DCAT.startDate, each.start), (DCAT.endDate, each.end)):
            if value is not None:
                graph.add((each.node, predicate, value))


def _sort(periods: Iterable[Period], countries: Iterable[URIRef]) -> About:
    return About(tuple(sorted(periods, key=lambda each: (str(each.node), str(each.start), str(each.end)))), tuple(sorted(countries)))
