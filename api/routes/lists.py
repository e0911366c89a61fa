"""Lists of things of one type, with filters, counts and stretches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, Literal, URIRef

from api.charts import chart_partnerships, chart_themes
from api.description import locate
from api.drawing.map import Place, draw_map
from api.negotiation import choose, read_languages, split_suffix
from api.prefix import find_root
from api.problems import check_parameters
from api.rendering import find_address, render
from api.routes.things import QUERIES
from api.serialising import write_csv, write_json, write_rdf
from api.views import as_feature
from kg.errors import Invalid, NotFound, Outdated
from kg.formats import CSV, GEOJSON, HTML, JSON, TRIPLE_FORMATS, Format
from kg.index import FACETS, LISTS, Filter, Thing, place_list, place_things
from kg.index.builder import FOLDER as INDEX
from kg.queries import load_query
from kg.store.bindings import bind
from kg.terms import AT, ID, VOC

router = APIRouter(tags=["lists"])
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV, GEOJSON)
PARAMETERS = ("q", *FACETS, "year_from", "year_to", "sort", "view", "limit", "cursor", "lang")
IRI: Final = re.compile(r"[^\x00-\x20<>\"{}|\\^`]+")
"""What SPARQL takes for an IRI (SPARQL 1.1, IRIREF); a filter of anything else finds nothing."""
CHARTS: Final = {"timeline": (chart_partnerships, "timeline.rq"), "matrix": (chart_themes, "matrix.rq")}
VIEWS: Final = {"partnerships": ("list", "timeline"), "themes": ("list", "matrix"), **{name: ("list",) for name in (
    "instruments", "plans", "actions", "results", "recovery-ways", "frameworks", "surveys")}}
"""Views of the lists whose things have no places; all others are a list and a map."""
VERSION: Final = 8
"""Letters of the data version in a cursor."""
FARTHEST: Final = 9
"""Most digits of a place in a list."""
ORDER: Final = ("theme", "country", "city", "partnership", "kind", "instrument", "process", "input", "outcome", "objective", "source")
"""Filters as officers ask: what and where first, how and from which source last."""
HEADS = {"theme": f"{VOC}theme/", "instrument": f"{VOC}instrument/", "input": f"{VOC}input/", "process": f"{VOC}process/",
         "outcome": f"{VOC}outcome/", "objective": str(AT), "country": f"{AT}country/", "city": f"{ID}city/",
         "partnership": f"{ID}partnership/", "source": f"{ID}source/"}


@router.get("/{name}")
def show_list(request: Request, name: str) -> Response:
    """The things of one type: `q`, filters, `sort`, `limit` (at most 100), `cursor`; facet counts; Link next and first."""
    name, suffix = split_suffix(name)
    if name not in LISTS:
        raise NotFound(f"there is no list {name!r}.", where=request.url.path, advice=f"There is {', '.join(LISTS)}.")
    check_parameters(request, PARAMETERS)
    form = choose(request, FORMATS, suffix)
    query, index = request.query_params, request.state.index
    chosen = tuple((facet, expand(facet, LISTS[name], value)) for facet in FACETS for value in query.getlist(facet) if value)
    narrow = Filter(chosen, query.get("q", "")[:200], read_whole(request, "year_from"), read_whole(request, "year_to"))
    limit, offset = read_whole(request, "limit", 20, 1, 100) or 20, read_cursor(request)
    view = choose_view(request, VIEWS.get(name, ("list", "map")))
    page = index.browse(LISTS[name], narrow, sort=query.get("sort") or "label", limit=limit, offset=offset)
    links, following = split_page(request, offset + len(page.things), page.total, form, FORMATS)
    if form == JSON:
        return write_json({"total": page.total, "next": following, "facets": {
            facet: [{"value": value, "label": label, "count": count} for value, label, count in values]
            for facet, values in page.facets.items()}, "things": [thing.__dict__ for thing in page.things]}, headers=links)
    if form == CSV:
        return write_csv(("iri", "label", "summary"), ((thing.iri, thing.label, thing.summary) for thing in page.things), links)
    if form == GEOJSON and view == "map":
        places, _ = place_list(index, LISTS[name], narrow)
        return write_json({"type": "FeatureCollection", "features": [as_place(place, count) for place, count in places]}, GEOJSON)
    if form == GEOJSON:
        lying = place_things(index, page.things)
        features = [as_feature(each, [point(place) for place in lying[each.iri]]) for each in page.things if lying[each.iri]]
        return write_json({"type": "FeatureCollection", "features": features}, GEOJSON, links)
    if form.rdflib:
        graph = Graph()
        for thing in page.things:
            graph += request.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(thing.iri)})
        return write_rdf(graph, form, links)
    labelled = [(facet, value, index.label(value, read_languages(request))[0]) for facet, value in chosen]
    pictures = draw_view(request, view, LISTS[name], narrow)
    answer = render(request, "list.html", view=view, views=VIEWS.get(name, ("list", "map")), **pictures, name=name,
                    page=page, order=ORDER, chosen=labelled, behind=find_queries(LISTS[name], chosen, LISTS[name] in index.list_foreign()),
                    whereabouts={thing.iri: locate(index, thing.iri, read_languages(request)) for thing in page.things},
                    q=narrow.q, following=following, offset=offset,
                    address=lambda **changes: address(request, **changes), suffixes=[each.suffix for each in FORMATS[1:]])
    answer.headers.update(links)
    return answer


def find_queries(record_type: str, chosen: Sequence[tuple[str, str]], foreign: bool) -> list[str]:
    """The queries whose rows are in the list: its type, also of `foreign` spaces where there are some, and one for each filter.

    Words and years are looked up in the read model.
    """
    start = URIRef(f"{VOC if record_type in ('theme', 'instrument') else ID}{record_type}/")
    facets = load_query(INDEX / "facets.rq").text
    return [bind(load_query(QUERIES / "list.rq").text, {"type": start}),
            *([bind(load_query(INDEX / "foreign.rq").text, {"type": Literal(record_type)})] if foreign else []),
            *(bind(facets, {"value": URIRef(value)}) for facet, value in chosen if facet != "source" and IRI.fullmatch(value))]


def draw_view(request: Request, view: str, record_type: str, narrow: Filter) -> dict[str, Any]:
    """What the templates of a view need besides the list itself."""
    if view in CHARTS:
        chart, query = CHARTS[view]
        state = request.state
        return {"chart": chart(state.store, state.version, state.index), "query": load_query(QUERIES / query).text}
    if view != "map":
        return {}
    root = find_root(request)
    found, placed = place_list(request.state.index, record_type, narrow)
    places = [Place(place.iri, place.label,
                    find_address(place.iri, root) if record_type == "city" else address(request, city=place.iri, view=""),
                    *point(place), count) for place, count in found]
    return {"map": draw_map(places), "placed": placed}


def point(place: Thing) -> tuple[float, float]:
    """Longitude and latitude of a thing that has them."""
    assert place.longitude is not None and place.latitude is not None
    return place.longitude, place.latitude


def as_place(place: Thing, count: int) -> dict[str, Any]:
    """A dot of the map as a GeoJSON feature (RFC 7946), with how many things of the list lie there."""
    feature = as_feature(place, [point(place)])
    feature["properties"]["count"] = count
    return feature


def split_page(request: Request, end: int, total: int, form: Format, forms: Sequence[Format]) -> tuple[dict[str, str], str]:
    """The Link header (RFC 8288) to first and next stretch, other formats and what describes the data; the next address, "" at the end.

    The cursor for a program names the data version, so that stretches of two versions are never taken for one list; a reader of pages
    may go on.
    """
    cursor = str(end) if form == HTML else f"{end}-{request.state.version[:VERSION]}"
    following = address(request, cursor=cursor) if end < total else ""
    links = [f'<{address(request, cursor="")}>; rel="first"'] + ([f'<{following}>; rel="next"'] if following else [])
    path, asked = split_suffix(request.url.path)[0], urlencode(request.query_params.multi_items())
    links += [f'<{path}.{each.suffix}{f"?{asked}" if asked else ""}>; rel="alternate"; type="{each.media_type}"'
              for each in forms if each not in (HTML, form)]
    links.append(f'<{find_root(request)}/.well-known/void.ttl>; rel="describedby"; type="text/turtle"')
    return {"Link": ", ".join(links)}, following


def read_cursor(request: Request) -> int:
    """How many things come before a stretch; raises Outdated for a cursor of another data version, Invalid for no cursor."""
    cursor = request.query_params.get("cursor", "")
    offset, _, version = cursor.partition("-")
    if cursor and (not offset.isascii() or not offset.isdigit() or len(offset) > FARTHEST):
        raise Invalid(f"cursor is {cursor[:40]!r}.", where="cursor", advice="Take the one of the link to the next stretch.")
    if version and version != request.state.version[:VERSION]:
        raise Outdated("the data changed since the stretch before.", where="cursor", advice="Begin again with the first, or take a dump.")
    return int(offset or 0)


def choose_view(request: Request, views: Sequence[str]) -> str:
    """The view that is asked for, the first without one; raises Invalid for another."""
    view = request.query_params.get("view") or views[0]
    if view not in views:
        raise Invalid(f"there is no view {view[:40]!r} of this.", where="view", advice=f"There is {', '.join(views)}.")
    return view


def expand(facet: str, record_type: str, value: str) -> str:
    """The IRI that a filter's value means: itself, or our short code for it."""
    if value.startswith("http"):
        return value
    if facet == "kind":
        return f"{VOC}{record_type}-kind/{value}"
    return HEADS[facet] + value


def address(request: Request, **changes: str) -> str:
    """The address of the list with some parameters changed; an empty one is left out; a facet is added or removed whole."""
    pairs = [(key, value[:300]) for key, value in request.query_params.multi_items() if key not in changes and key != "cursor"]
    pairs += [(key, value) for key, value in changes.items() if value]
    return request.url.path + (f"?{urlencode(pairs)}" if pairs else "")


def read_whole(request: Request, name: str, default: int | None = None, least: int = 0, most: int = 9999) -> int | None:
    """A whole number from the query parameters; raises Invalid when it is none or out of range."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        raise Invalid(f"{name} is {text[:40]!r}.", where=name, advice=f"Write a whole number from {least} to {most}.")
    return int(text)
