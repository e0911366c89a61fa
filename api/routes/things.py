"""Things: `/id/{type}/{ref}` leads to `/doc/{type}/{ref}`, which answers in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from rdflib import URIRef

from api.charts import chart_flow
from api.description import Description, describe, locate
from api.languages import find_speech
from api.negotiation import choose, read_languages, split_suffix
from api.prefix import find_root
from api.problems import check_parameters
from api.profiles import PROFILES, choose_profile, describe_profile
from api.rendering import render
from api.serialising import write_csv, write_json, write_rdf
from api.views import as_feature, find_points, find_profiles, find_tombstone, view_thing
from kg import resources
from kg.errors import Gone, NotFound
from kg.formats import CSV, GEOJSON, HTML, JSON, JSONLD, TRIPLE_FORMATS
from kg.index import LISTS, Thing
from kg.queries import load_query
from kg.store.bindings import bind
from kg.synergies import find_documented, find_synergies
from kg.synergies.ranking import load_ranking
from kg.terms import BASE, DCT, ID, ONTOLOGY_GRAPH, OWL, thing

router = APIRouter(tags=["things"])
QUERIES = Path(__file__).parent.parent / "queries"
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV, GEOJSON)


@router.get("/id/{kind}/{reference:path}", status_code=303)
def identify(request: Request, kind: str, reference: str) -> RedirectResponse:
    """Lead from a thing to its description (303, since a city is no document)."""
    check_parameters(request, ())
    iri = str(ID[f"{kind}/{reference}"])
    kept = request.state.index.replaced(iri)
    root = find_root(request)
    if kept and request.state.index.thing(iri) is None:
        return RedirectResponse(f"{root}/doc/{kept.removeprefix(str(ID))}", 301)
    _refuse_withdrawn(request, iri)
    return RedirectResponse(f"{root}/doc/{kind}/{reference}", 303)


@router.get("/doc/feature/{reference:path}")
def show_feature(request: Request, reference: str) -> Response:
    """A feature of comparisons: the value that things share, its rule and its information content."""
    return show(request, "feature", reference)


@router.get("/doc/profile/{reference:path}")
def show_profile(request: Request, reference: str) -> Response:
    """The features of one thing under one rule."""
    return show(request, "profile", reference)


@router.get("/doc/{kind}/{reference}")
def show(request: Request, kind: str, reference: str) -> Response:
    """One thing with the sources of each statement; RDF equals DESCRIBE of its IRI."""
    check_parameters(request, ("lang", "profile"))
    reference, suffix = split_suffix(reference)
    state, found = request.state, find_thing(request, kind, reference)
    profile = choose_profile(request, find_profiles(found))
    if profile != "uaeu":
        form = choose(request, (JSONLD, *TRIPLE_FORMATS, HTML), suffix)
        form = JSONLD if form == HTML else form
        return write_rdf(view_thing(state.store, found, profile), form, link_header(request, found, suffix, profile))
    points = find_points(state.store, found)
    form = choose(request, FORMATS if points else FORMATS[:-1], suffix)
    links = link_header(request, found, suffix, profile, bool(points))
    if form.rdflib:
        return write_rdf(view_thing(state.store, found, profile), form, links)
    if form == GEOJSON:
        return write_json(as_feature(found, points), GEOJSON, links)
    description = describe(state.store, state.index, found, read_languages(request))
    if form == JSON:
        return write_json(as_json(description), headers=links)
    if form == CSV:
        return write_csv(("property", "value", "iri", "language", "pages"),
                         ((name, value.text, value.iri, value.language, " | ".join(pages(description, value.sources)))
                          for name, values in description.values.items() for value in values), links)
    compared = URIRef(found.iri) in load_ranking(state.store).row
    synergies = find_synergies(state.store, URIRef(found.iri), limit=6, speech=find_speech(state)) if compared else []
    kinds = {record_type: name for name, record_type in LISTS.items()}
    page = render(request, "thing.html", description=description, kinds=kinds, list_name=kinds.get(found.type, ""),
                  whereabouts=locate(state.index, found.iri, read_languages(request)), synergies=synergies, compared=compared,
                  flow=chart_flow(state.index, found),
                  documented=[each for each in find_documented(state.store, URIRef(found.iri)) if each.synergy],
                  query=bind(load_query(QUERIES / "statements.rq").text, {"thing": URIRef(found.iri)}))
    page.headers.update(links)
    return page


def find_thing(request: Request, kind: str, reference: str) -> Thing:
    """The thing of an address; raises NotFound that says where to look."""
    found: Thing | None = request.state.index.thing(str(thing(kind, reference)))
    if found is None:
        _refuse_withdrawn(request, str(thing(kind, reference)))
        graph = request.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": thing(kind, reference)})
        if len(graph):
            text = graph.value(thing(kind, reference), DCT.title) or graph.value(thing(kind, reference), DCT.description)
            return Thing(str(thing(kind, reference)), kind, reference, str(text or f"{kind} {reference}"), "")
        raise NotFound(f"there is no {kind} with the id {reference!r}.", where=request.url.path,
                       advice="Look for it by name on the search page.")
    return found


def link_header(request: Request, found: Thing, suffix: str, profile: str, placed: bool = False) -> dict[str, str]:
    """The Link header (RFC 8288): other formats and profiles, what describes the data, the licence and the thing itself."""
    address = request.url.path.removesuffix(f".{suffix}") if suffix else request.url.path
    root = find_root(request)
    links = [f'<{address}.{each.suffix}>; rel="alternate"; type="{each.media_type}"' for each in (FORMATS if placed else FORMATS[:-1])[1:]]
    links += [f'<{address}?profile={other}>; rel="alternate"; profile="{PROFILES[other]}"'
              for other in find_profiles(found) if other != profile]
    links.append(f'<{root}/.well-known/void.ttl>; rel="describedby"; type="text/turtle"')
    links.append('<https://creativecommons.org/licenses/by/4.0/>; rel="license"')
    links.append(f'<{found.iri}>; rel="describes"')
    headers = describe_profile(profile)
    return {**headers, "Link": ", ".join((*links, headers["Link"]))}


@router.get("/context/{version}.jsonld")
def show_context(request: Request, version: str) -> Response:
    """The JSON-LD context of a version of the ontology; it never changes."""
    check_parameters(request, ())
    current = str(request.state.store.graph(ONTOLOGY_GRAPH).value(URIRef(BASE + "ontology"), OWL.versionInfo))
    if version != current:
        raise NotFound(f"there is no context of version {version!r}.", where=request.url.path, advice=f"The present one is {current}.")
    content = (resources.ontology() / "context.jsonld").read_bytes()
    return Response(content, headers={"Cache-Control": "public, max-age=31536000, immutable"}, media_type=JSONLD.media_type)


def pages(description: Description, numbers: list[int]) -> list[str]:
    """The pages of the numbered sources."""
    return [source.page or source.support for source in description.sources if source.number in numbers]


def as_json(description: Description) -> dict[str, Any]:
    """A description as JSON."""
    found = description.thing
    return {"iri": found.iri, "type": found.type, "label": found.label, "summary": found.summary,
            "values": {name: [{"text": value.text, "iri": value.iri, "language": value.language, "sources": value.sources}
                              for value in values] for name, values in description.values.items()},
            "referred_to_by": {kind: [{"iri": other.iri, "label": other.label} for other in others]
                               for kind, others in description.incoming.items()},
            "sources": [source.__dict__ for source in description.sources],
            "synergies": f"/doc/{found.type}/{found.ref}/synergies"}


def _refuse_withdrawn(request: Request, iri: str) -> None:
    withdrawn = find_tombstone(request.state.store, iri)
    if withdrawn:
        raise Gone(f"this was withdrawn on {withdrawn[:10]}.", where=iri, advice="The search page finds what is published now.")
