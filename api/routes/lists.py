"""Lists of things of one type, with filters, counts and stretches."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, URIRef

from api.negotiation import choose, read_languages, split_suffix
from api.problems import check_parameters
from api.rendering import render
from api.routes.things import QUERIES
from api.serialising import write_csv, write_json, write_rdf
from api.views import as_feature
from kg.errors import Invalid, NotFound
from kg.formats import CSV, GEOJSON, HTML, JSON, TRIPLE_FORMATS
from kg.index import FACETS, LISTS, Filter
from kg.queries import load_query
from kg.terms import AT, ID, VOC

router = APIRouter(tags=["lists"])
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV, GEOJSON)
PARAMETERS = ("q", *FACETS, "year_from", "year_to", "sort", "limit", "cursor", "lang")
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
    limit, offset = read_whole(request, "limit", 20, 1, 100) or 20, read_whole(request, "cursor", 0, 0, 10_000_000) or 0
    page = index.browse(LISTS[name], narrow, sort=query.get("sort") or "label", limit=limit, offset=offset)
    links = {"Link": f'<{address(request, cursor="")}>; rel="first"'}
    following = address(request, cursor=str(page.next)) if page.next else ""
    if following:
        links["Link"] += f', <{following}>; rel="next"'
    if form == JSON:
        return write_json({"total": page.total, "next": following, "facets": {
            facet: [{"value": value, "label": label, "count": count} for value, label, count in values]
            for facet, values in page.facets.items()}, "things": [thing.__dict__ for thing in page.things]}, headers=links)
    if form == CSV:
        return write_csv(("iri", "label", "summary"), ((thing.iri, thing.label, thing.summary) for thing in page.things), links)
    if form == GEOJSON:
        features = [as_feature(each, [(each.longitude, each.latitude)]) for each in page.things
                    if each.longitude is not None and each.latitude is not None]
        return write_json({"type": "FeatureCollection", "features": features}, GEOJSON, links)
    if form.rdflib:
        graph = Graph()
        for thing in page.things:
            graph += request.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(thing.iri)})
        return write_rdf(graph, form, links)
    labelled = [(facet, value, index.label(value, read_languages(request))[0]) for facet, value in chosen]
    answer = render(request, "list.html", name=name, page=page, chosen=labelled, q=narrow.q, following=following, offset=offset,
                    address=lambda **changes: address(request, **changes), suffixes=[each.suffix for each in FORMATS[1:]])
    answer.headers.update(links)
    return answer


def expand(facet: str, record_type: str, value: str) -> str:
    """The IRI that a filter's value means: itself, or our short code for it."""
    if value.startswith("http"):
        return value
    if facet == "kind":
        return f"{VOC}{record_type}-kind/{value}"
    return HEADS[facet] + value


def address(request: Request, **changes: str) -> str:
    """The address of the list with some parameters changed; an empty one is left out; a facet is added or removed whole."""
    pairs = [(key, value) for key, value in request.query_params.multi_items() if key not in changes and key != "cursor"]
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
