"""Home, the pages about the service, health and what machines ask for first."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from rdflib import Graph, URIRef

from api.languages import find_speech, say_reason
from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render
from api.serialising import write_csv, write_json, write_rdf
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS
from kg.index import LISTS, Filter, Index, Thing
from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store
from kg.store.kept import keep_while_it_lives
from kg.terms import ID

router = APIRouter(tags=["pages"])
QUERIES = Path(__file__).parent.parent / "queries"
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV)


@router.get("/", include_in_schema=False)
@router.get("/home.{suffix}", include_in_schema=False)
def show_home(request: Request, suffix: str = "") -> Response:
    """Search, strong synergies with reasons, partnerships, counts."""
    check_parameters(request, ("lang",))
    state, form = request.state, choose(request, FORMATS, suffix)
    speech = find_speech(state, form)
    strongest = [(synergy, one, other, score, *say_reason(state.store, speech, one.iri, other.iri, why))
                 for synergy, one, other, score, why in _read_strongest(state.store, state.version, state.index)]
    partnerships = state.index.browse("partnership", Filter(), limit=100).things
    if form == JSON:
        return write_json({"counts": state.index.counts(),
                           "partnerships": [{"iri": each.iri, "label": each.label} for each in partnerships],
                           "synergies": [{"id": synergy, "one": one.iri, "one_label": one.label, "other": other.iri,
                                          "other_label": other.label, "score": score, "why": why, "language": language}
                                         for synergy, one, other, score, why, language in strongest]})
    if form == CSV:
        return write_csv(("id", "one", "one_label", "other", "other_label", "score", "why"),
                         ((synergy, one.iri, one.label, other.iri, other.label, score, why)
                          for synergy, one, other, score, why, _ in strongest))
    if form.rdflib:
        graph = Graph()
        for synergy, *_ in strongest:
            graph += state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(synergy)})
        return write_rdf(graph, form)
    return render(request, "home.html", strongest=strongest, partnerships=partnerships, counts=state.index.counts(), lists=LISTS,
                  query=load_query(QUERIES / "strongest.rq").text)


@keep_while_it_lives
def _read_strongest(store: Store, version: str, index: Index) -> list[tuple[str, Thing, Thing, float, str]]:
    rows = store.select(load_query(QUERIES / "strongest.rq").text)
    found = [(str(row["synergy"]), index.thing(str(row["one"])), index.thing(str(row["other"])), float(row["score"]), str(row["why"]))
             for row in rows]
    return [(synergy, one, other, score, why) for synergy, one, other, score, why in found if one and other]


@router.get("/about", include_in_schema=False)
def show_about(request: Request) -> Response:
    """What a synergy is, and each rule in one sentence with its weight."""
    return render(request, "about.html", rules=load_rules(), query=load_query(QUERIES / "rules.rq").text)


@router.get("/accessibility", include_in_schema=False)
@router.get("/privacy", include_in_schema=False)
@router.get("/docs", include_in_schema=False)
def show_text(request: Request) -> Response:
    """A page of text; /docs lists the addresses from the OpenAPI description."""
    paths = request.app.openapi()["paths"]
    return render(request, f"{request.url.path.rsplit('/', 1)[-1]}.html", paths=paths)


@router.get("/health")
def show_health(request: Request) -> Response:
    """Whether the service answers, and with which data version."""
    state = request.app.state
    return write_json({"status": "ok", "data_version": state.version, "things": sum(state.index.counts().values()),
                       "sparql": "workers" if state.pool is not None else "engine"})


@router.get("/robots.txt", include_in_schema=False)
def show_robots(request: Request) -> PlainTextResponse:
    """What crawlers may read: all but SPARQL."""
    base = request.app.state.settings.public_base
    return PlainTextResponse(f"User-agent: *\nDisallow: /sparql\nDisallow: /search\nSitemap: {base}sitemap.xml\n")


@router.get("/sitemap.xml", include_in_schema=False)
def show_sitemap(request: Request) -> Response:
    """The address of every thing (sitemaps.org 0.9)."""
    base, index = request.app.state.settings.public_base, request.state.index
    addresses = [f"{base}{name}" for name in LISTS]
    for record_type in LISTS.values():
        offset: int | None = 0
        while offset is not None:
            page = index.browse(record_type, Filter(), limit=1000, offset=offset)
            addresses += [f"{base}doc/{each.iri.removeprefix(str(ID))}" for each in page.things if each.iri.startswith(str(ID))]
            offset = page.next
    urls = "".join(f"<url><loc>{each}</loc></url>" for each in addresses)
    body = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return Response(body, media_type="application/xml")
