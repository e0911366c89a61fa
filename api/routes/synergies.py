"""Synergies of one thing: as page, JSON, RDF and CSV, each with the query that redoes it."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, URIRef

from api.drawing import draw_ring
from api.languages import find_speech
from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render
from api.routes.lists import read_whole
from api.routes.things import find_thing
from api.serialising import write_csv, write_json, write_rdf
from kg.errors import Invalid
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS
from kg.queries import load_query
from kg.rules import load_rules
from kg.store.bindings import bind
from kg.synergies import describe_synergy, find_documented, find_synergies, synergy_iri
from kg.synergies.about import state_period
from kg.synergies.find import REDO, REVIEWS
from kg.synergies.ranking import load_ranking
from kg.synergies.records import COLUMNS, as_documented, as_json, describe_documented, list_rows

router = APIRouter(tags=["synergies"])
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV)


@router.get("/doc/{kind}/{reference}/synergies")
@router.get("/doc/{kind}/{reference}/synergies.{suffix}")
def show_synergies(request: Request, kind: str, reference: str, suffix: str = "") -> Response:
    """Who already does something that helps, and why: the strongest synergies with their evidence."""
    check_parameters(request, ("type", "min_score", "limit", "review", "lang"))
    form = choose(request, FORMATS, suffix)
    found = find_thing(request, kind, reference)
    item, store = URIRef(found.iri), request.state.store
    # What was published a moment ago is compared in a moment; until then it has none, which the page says.
    waiting = request.state.owing and item not in load_ranking(store).row
    synergies = [] if waiting else find_synergies(
        store, item, types=tuple(part for part in request.query_params.getlist("type") if part),
        min_score=read_number(request, "min_score", 0.0, 0.0, 1.0), limit=read_whole(request, "limit", 10, 1, 100) or 10,
        review=request.query_params.get("review", ""), speech=find_speech(request.state, form))
    documented = find_documented(store, item)
    query, today = redo_query(item), datetime.now(UTC).date()
    if form == HTML:
        return render(request, "synergies.html", thing=found, synergies=synergies, documented=documented, query=query,
                      ring=draw_ring(found.label, synergies), types=sorted({rule.type for rule in load_rules()}),
                      chosen=request.query_params.get("type", ""), review=request.query_params.get("review", ""), reviews=REVIEWS,
                      references={each.target: synergy_iri(each).rsplit("/", 1)[-1] for each in synergies})
    if form == JSON:
        return write_json({"item": found.iri, "label": found.label, "query": query,
                           "documented": [as_documented(each, today) for each in documented],
                           "synergies": [as_json(each, today) for each in synergies]})
    if form == CSV:
        return write_csv(COLUMNS, list_rows(synergies, today, documented))
    graph = Graph()
    for each in synergies:
        describe_synergy(each, graph)
        state_period(each.target, each.about, graph)
    describe_documented(documented, graph)
    return write_rdf(graph, form)


def redo_query(item: URIRef) -> str:
    """The published query of all contributions of one thing, ready for the SPARQL page."""
    return bind(load_query(REDO).text, {"item": item})


def read_number(request: Request, name: str, default: float, least: float, most: float) -> float:
    """A number from the query parameters; raises Invalid when it is none or out of range."""
    text = request.query_params.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Invalid(f"{name} is {text[:40]!r}.", where=name, advice=f"Write a number from {least:g} to {most:g}.")
    return value
