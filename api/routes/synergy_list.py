"""All synergies: table, map and graph of the same rows, and the rows as JSON, CSV, RDF and GeoJSON."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, URIRef

from api.drawing.graph import HEIGHT, MOST, WIDTH, Edge, count_nodes, draw_graph
from api.drawing.map import Place, draw_map
from api.languages import find_speech, say_reason
from api.negotiation import choose, split_suffix
from api.prefix import find_root
from api.problems import check_parameters
from api.rendering import find_address, render
from api.routes.lists import address, choose_view, expand, point, read_cursor, read_whole, split_page
from api.routes.synergies import read_number, redo_query
from api.routes.things import FORMATS as ONE
from api.routes.things import QUERIES, show
from api.serialising import write_csv, write_json, write_rdf
from kg.errors import Invalid
from kg.formats import CSV, GEOJSON, HTML, JSON, TRIPLE_FORMATS
from kg.index import Between, Index, Pair, Thing, browse_synergies, find_pair, place_things, synergy_values
from kg.index.builder import FOLDER
from kg.queries import load_query
from kg.store.bindings import bind
from kg.store.kept import keep_while_it_lives
from kg.synergies import find_documented
from kg.synergies.find import FOLDER as SYNERGIES
from kg.synergies.find import explain_pair
from kg.synergies.records import as_json as with_evidence
from kg.terms import thing

DOCUMENTED: Final = SYNERGIES / "documented.rq"
router = APIRouter(tags=["synergies"])
FORMATS: Final = (HTML, JSON, *TRIPLE_FORMATS, CSV, GEOJSON)
FACETS: Final = ("theme", "country", "partnership")
PARAMETERS: Final = ("type", "min_score", *FACETS, "review", "between", "view", "limit", "cursor", "lang")


@router.get("/synergies")
@router.get("/synergies.{suffix}")
def list_synergies(request: Request, suffix: str = "") -> Response:
    """All synergies, strongest first: filters by type, score, review and by theme, country or partnership of an end."""
    check_parameters(request, PARAMETERS)
    form, index, query = choose(request, FORMATS, suffix), request.state.index, request.query_params
    view = choose_view(request, ("table", "map", "graph"))
    if query.get("between", "") not in ("", "partnerships"):
        raise Invalid(f"between is {query['between'][:40]!r}.", where="between", advice="There is between=partnerships.")
    kind, review = (choose_value(index, name, query.get(name, "")) for name in ("type", "review"))
    narrow = Between(tuple((facet, expand(facet, "", value)) for facet in FACETS for value in query.getlist(facet) if value),
                     kind, read_number(request, "min_score", 0.0, 0.0, 1.0), review, query.get("between") == "partnerships")
    limit, offset = read_whole(request, "limit", 50, 1, 100) or 50, read_cursor(request)
    pairs, total = browse_synergies(index, narrow, limit=limit, offset=offset)
    speech = find_speech(request.state, form)
    # What a source states of a pair has no score, and is in the words of the source.
    pairs = [pair if pair.score is None else replace(pair, **say_reason(request.state.store, speech, pair.one.iri, pair.other.iri,
                                                                        pair.why)._asdict()) for pair in pairs]
    links, following = split_page(request, offset + len(pairs), total, form, FORMATS)
    if form == JSON:
        return write_json({"total": total, "next": following, "synergies": [as_json(pair) for pair in pairs]}, headers=links)
    if form == CSV:
        return write_csv(("id", "one", "one_label", "other", "other_label", "type", "giver", "score", "review", "why"),
                         ((pair.iri, pair.one.iri, pair.one.label, pair.other.iri, pair.other.label, code(pair.type), pair.giver,
                           "" if pair.score is None else pair.score, code(pair.review), pair.why) for pair in pairs), links)
    if form.rdflib:
        graph = Graph()
        for pair in pairs:
            graph += request.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(pair.iri)})
        return write_rdf(graph, form, links)
    ends = join_places(index, pairs) if form == GEOJSON or view == "map" else {}
    if form == GEOJSON:
        return write_json({"type": "FeatureCollection",
                           "features": [as_feature(pair, *ends[pair.iri]) for pair in pairs if pair.iri in ends]}, GEOJSON, links)
    most = max((pair.score or 0 for pair in pairs), default=0) or 1
    pictures: dict[str, Any] = {"map": None, "graph": None, "nodes": 0}
    if view == "map":
        pictures["map"] = draw_ends(request, pairs, ends, most)
    if view == "graph":
        edges = tuple(Edge(pair.one.iri, pair.one.label, pair.other.iri, pair.other.label, (pair.score or most) / most) for pair in pairs)
        pictures["nodes"] = count_nodes(edges)
        pictures["graph"] = draw_graph(edges) if pictures["nodes"] <= MOST else None
    chosen = {"type": code(kind), "review": code(review), "between": query.get("between", ""),
              **{facet: code(iri) for facet, iri in narrow.values}}
    answer = render(request, "synergies_all.html", pairs=pairs, total=total, offset=offset, view=view, following=following,
                    narrowed=any(chosen.values()) or narrow.min_score > 0, placed=len(ends), width=WIDTH, height=HEIGHT, most=MOST,
                    choices=[(name, label, options, chosen.get(name, "")) for name, label, options in read_choices(index)],
                    address=lambda **changes: address(request, **changes), suffixes=[each.suffix for each in FORMATS[1:]],
                    what="synergies", caption="Lines join the two nearest places of a synergy; thicker lines are stronger.",
                    query=load_query(FOLDER / "synergies.rq").text, **pictures)
    answer.headers.update(links)
    return answer


@router.get("/doc/synergy/{reference}")
def show_synergy(request: Request, reference: str) -> Response:
    """One synergy: both ends, and every reason with where it is written; or what a source states of it."""
    name, suffix = split_suffix(reference)
    pair = find_pair(request.state.index, str(thing("synergy", name)))
    form = choose(request, ONE, suffix)
    if pair is None or form not in (HTML, JSON):
        return show(request, "synergy", reference)
    check_parameters(request, ("lang",))
    store, one, other = request.state.store, URIRef(pair.one.iri), URIRef(pair.other.iri)
    if pair.score is None:
        stated = [each for each in find_documented(store, one) if str(each.synergy) == pair.iri]
        if form == JSON:
            return write_json(as_json(pair))
        return render(request, "synergy.html", pair=pair, stated=stated, synergy=None,
                      query=bind(load_query(DOCUMENTED).text, {"item": one}))
    synergy = explain_pair(store, one, other, find_speech(request.state))
    if form == JSON:
        return write_json(with_evidence(synergy, datetime.now(UTC).date()))
    return render(request, "synergy.html", pair=pair, stated=[], synergy=synergy, query=redo_query(one))


def code(iri: str) -> str:
    """The last part of an IRI, which is how filters name it."""
    return iri.rsplit("/", 1)[-1]


def choose_value(index: Index, name: str, value: str) -> str:
    """The IRI of a type or review status that a filter names; raises Invalid with those that occur."""
    known = {code(iri): iri for iri in synergy_values(index, name)}
    if not value or value in known.values():
        return value
    if value not in known:
        raise Invalid(f"the {name} {value[:40]!r} has no synergy.", where=name, advice=f"There is {', '.join(sorted(known))}.")
    return known[value]


@keep_while_it_lives
def read_choices(index: Index) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the filters of the page offer: name, label, and values with their labels."""
    def label(values: list[str]) -> list[tuple[str, str]]:
        return sorted(((code(iri), index.label(iri)[0]) for iri in values), key=lambda each: each[1].casefold())

    return [("partnership", "Partnership", label(index.values("partnership"))), ("theme", "Theme", label(index.values("theme"))),
            ("country", "Country", label(index.values("country"))), ("type", "Kind", label(synergy_values(index, "type"))),
            ("review", "Status", label(synergy_values(index, "review"))), ("between", "Between", [("partnerships", "partnerships only")])]


def join_places(index: Index, pairs: list[Pair]) -> dict[str, tuple[Thing, Thing]]:
    """The two nearest places of the ends of each synergy whose ends both have a place."""
    places = place_things(index, {end.iri: end for pair in pairs for end in (pair.one, pair.other)}.values())
    found = {}
    for pair in pairs:
        both = [(one, other) for one in places[pair.one.iri] for other in places[pair.other.iri]]
        if both:
            found[pair.iri] = min(both, key=lambda ends: (math.dist(point(ends[0]), point(ends[1])), ends[0].iri, ends[1].iri))
    return found


def draw_ends(request: Request, pairs: list[Pair], ends: dict[str, tuple[Thing, Thing]], most: float) -> Any:
    """The map of the synergies whose ends have places."""
    root = find_root(request)
    found = {end.iri: end for pair in ends.values() for end in pair}
    counts = Counter(iri for pair in ends.values() for iri in {end.iri for end in pair})
    places = {iri: Place(iri, each.label, find_address(iri, root), *point(each), counts[iri]) for iri, each in found.items()}
    return draw_map(list(places.values()), [
        (places[ends[pair.iri][0].iri], places[ends[pair.iri][1].iri], (pair.score or most) / most,
         f"{pair.one.label} – {pair.other.label}: {pair.why}")
        for pair in pairs if pair.iri in ends])


def as_json(pair: Pair) -> dict[str, Any]:
    """A row as JSON."""
    return {"id": pair.iri, "one": pair.one.iri, "one_label": pair.one.label, "other": pair.other.iri, "other_label": pair.other.label,
            "type": pair.type, "giver": pair.giver, "score": pair.score, "review": code(pair.review), "why": pair.why,
            "language": pair.language}


def as_feature(pair: Pair, one: Thing, other: Thing) -> dict[str, Any]:
    """A row as a GeoJSON line between its two nearest places, a point where both are the same (RFC 7946)."""
    geometry = ({"type": "Point", "coordinates": point(one)} if one.iri == other.iri
                else {"type": "LineString", "coordinates": [point(one), point(other)]})
    return {"type": "Feature", "id": pair.iri, "geometry": geometry, "properties": as_json(pair)}
