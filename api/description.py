"""One thing as people and programs read it: what each source says about it, who refers to it, and from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rdflib import Literal, URIRef

from kg.index import LISTS, Index, Thing
from kg.queries import load_query
from kg.shapes import load_tables
from kg.store import Store, Term
from kg.store.kept import Kept
from kg.terms import FOAF, PROV, RDF, SKOS, UAEU

QUERIES = Path(__file__).parent / "queries"
HIDDEN = frozenset({RDF.type, FOAF.name, SKOS.inScheme, SKOS.topConceptOf, SKOS.notation, PROV.hadRole, UAEU.hasProfile})
PLAIN: Final[dict[Term, str]] = {SKOS.changeNote: "Also recorded as"}
"""What properties of others are called here whose own names say nothing to most readers."""
MADE: Final = {"annotations": "names and words found in the texts"}
"""What a graph is called that we derive ourselves."""


@dataclass(frozen=True)
class Source:
    """Where statements come from: page, how far it supports them, and whose collection they are in."""

    number: int
    graph: str
    page: str
    confidence: str
    support: str
    title: str
    date: str = ""
    """Day of the collection, ISO 8601."""

    @property
    def name(self) -> str:
        """What people call the source: the site of its page, else the collection, else what the graph holds."""
        tail = self.graph.rsplit("/graph/", 1)[-1]
        return urlsplit(self.page).netloc.removeprefix("www.") or self.title or MADE.get(tail, tail)


@dataclass
class Value:
    """One value with the numbers of the sources that state it."""

    text: str
    iri: str
    language: str
    sources: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Description:
    """A thing with its values by the name of the property, those that refer to it, and its sources."""

    thing: Thing
    values: dict[str, list[Value]]
    incoming: dict[str, list[Thing]]
    sources: list[Source]


def describe(store: Store, index: Index, thing: Thing, languages: Sequence[str]) -> Description:
    """What the graph says about a thing, statement by statement."""
    names = name_properties(thing.type)
    sources: dict[str, Source] = {}
    values: dict[str, dict[str, Value]] = defaultdict(dict)
    for row in store.select(load_query(QUERIES / "statements.rq").text, {"thing": URIRef(thing.iri)}):
        predicate, term, graph = row["predicate"], row["object"], str(row["graph"])
        if predicate in HIDDEN or (predicate == row["link"] and _is_part(term)):
            continue
        if isinstance(term, URIRef) and ("/id/measurement/" in term or "/id/information-concept/" in term):
            continue
        name = names.get(_key(row["link"], predicate, row["part"] == URIRef(thing.iri)), _name(index, row["link"], predicate))
        if graph not in sources:
            sources[graph] = replace(find_source(store, graph), number=len(sources) + 1)
        value = values[name].setdefault(str(term), _value(index, term, languages))
        value.sources.append(sources[graph].number)
    incoming: dict[str, list[Thing]] = defaultdict(list)
    for row in store.select(load_query(QUERIES / "incoming.rq").text, {"thing": URIRef(thing.iri)}):
        other = index.thing(str(row["subject"]))
        if other is not None and other not in incoming[other.type]:
            incoming[other.type].append(other)
    order, kinds = list(dict.fromkeys(names.values())), list(LISTS.values())
    ordered = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    others = sorted(incoming, key=lambda kind: kinds.index(kind) if kind in kinds else len(kinds))
    return Description(thing, {name: list(values[name].values()) for name in ordered}, {kind: incoming[kind] for kind in others},
                       list(sources.values()))


def locate(index: Index, iri: str, languages: Sequence[str]) -> list[str]:
    """Names of the cities of a thing, when they are three at most, and of its countries, when they are six at most."""
    facets = index.facets(iri)
    cities = [value for facet, value in facets if facet == "city" and value != iri]
    countries = [value for facet, value in facets if facet == "country"]
    near = (cities if len(cities) <= 3 else []) + (countries if len(countries) <= 6 else [])
    return [index.label(value, languages)[0] for value in near]


def name_properties(record_type: str) -> dict[tuple[str, ...], str]:
    """What the columns of a type's tables call each property path."""
    names: dict[tuple[str, ...], str] = {}
    for table in load_tables().values():
        if table.record_type in (record_type, f"voc/{record_type}"):
            for column in table.columns.values():
                path = tuple(str(step.predicate) for step in column.path if not step.inverse)
                if path:
                    names.setdefault((path[0], path[-1]) if len(path) > 1 else path, column.label)
    return names


def read_graphs(store: Store) -> dict[str, Source]:
    """The sources of all named graphs."""
    found = {}
    for row in store.select(load_query(QUERIES / "graphs.rq").text):
        tail = {key: str(row[key]).rsplit("/", 1)[-1] for key in ("confidence", "support") if key in row}
        found[str(row["graph"])] = Source(0, str(row["graph"]), str(row.get("page", "")), tail.get("confidence", ""),
                                          tail.get("support", ""), str(row.get("title", "")), str(row.get("date", "")))
    return found


GRAPHS: Final = Kept(read_graphs)


def find_source(store: Store, graph: str) -> Source:
    """The source that a named graph holds the statements of; where nothing says so, the graph itself."""
    return GRAPHS.load(store).get(graph) or Source(0, graph, "", "", "", "")


def name_source(store: Store, graph: str) -> str:
    """What people call the source of a named graph."""
    return find_source(store, str(graph)).name


def _key(link: Term, predicate: Term, own: bool) -> tuple[str, ...]:
    return (str(predicate),) if own else (str(link), str(predicate))


def _name(index: Index, link: Term, predicate: Term) -> str:
    if predicate in PLAIN:
        return PLAIN[predicate]
    label, _ = index.label(str(link if link != predicate else predicate))
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in label).strip()
    return words[:1].upper() + words[1:]


def _is_part(term: Term) -> bool:
    return isinstance(term, URIRef) and any(f"/id/{kind}/" in term for kind in ("input", "step", "outcome", "period", "association"))


def _value(index: Index, term: Term, languages: Sequence[str]) -> Value:
    if isinstance(term, Literal):
        return Value(str(term), "", term.language or "")
    if str(term).startswith("http") and index.label(str(term))[1] == "" and "/id/" not in term and "/voc/" not in term:
        return Value(str(term), str(term), "")
    label, language = index.label(str(term), languages)
    return Value(label, str(term), language)
