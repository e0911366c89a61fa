"""Who seeks and who offers a study visit, a workshop, expertise or a joint procurement, and who fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, URIRef

from api.languages import find_speech
from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render
from api.serialising import write_csv, write_json, write_rdf
from kg.errors import Invalid
from kg.exchange import Counterpart, read_board
from kg.exchange.board import FOLDER
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS
from kg.queries import load_query
from kg.synergies import describe_unpublished
from kg.terms import RDFS

router = APIRouter(tags=["exchange"])
FORMATS = (HTML, JSON, CSV, *TRIPLE_FORMATS)
DESCRIBE = Path(__file__).parent.parent / "queries" / "describe.rq"


@router.get("/exchange")
@router.get("/exchange.{suffix}")
def show_exchange(request: Request, suffix: str = "") -> Response:
    """Needs and offers that are open today, each with its best counterparts and why."""
    check_parameters(request, ("side", "lang"))
    side = request.query_params.get("side", "")
    if side not in ("", "need", "offer"):
        raise Invalid(f"the side {side[:20]!r} is not known.", where="side", advice="Write need or offer.")
    form, state = choose(request, FORMATS, suffix), request.state
    board = [each for each in read_board(state.store, datetime.now(UTC).date(), find_speech(state, form))
             if side in ("", each.side)]
    if form.rdflib:
        graph, number = Graph(), 0
        for each in board:
            graph += state.store.construct(load_query(DESCRIBE).text, {"thing": URIRef(each.iri)})
            for one in each.counterparts:
                graph.add((URIRef(each.iri), RDFS.seeAlso, URIRef(one.iri)))
                if one.synergy:
                    number += 1
                    describe_unpublished(one.synergy, graph, URIRef(each.iri), number)
        return write_rdf(graph, form)
    label = state.index.label
    if form == JSON:
        return write_json([{"id": each.iri, "side": each.side, "title": each.title, "description": each.description, "kind": each.kind,
                            "organisation": each.organisation, "city": each.city, "until": each.until,
                            "counterparts": [{"id": one.iri, "label": label(one.iri)[0], "shares": list(one.values),
                                              "score": round(one.score, 6) if one.synergy else None,
                                              "why": one.sentence,
                                              "language": one.language if one.sentence else ""} for one in each.counterparts]}
                           for each in board])
    if form == CSV:
        rows = [(each.iri, each.side, each.title, label(each.kind)[0], label(each.organisation)[0], label(each.city)[0], each.until,
                 one.iri if one else "", _say(one, label) if one else "") for each in board for one in (each.counterparts or (None,))]
        return write_csv(("id", "side", "title", "kind", "organisation", "city", "until", "counterpart", "why"), rows)
    return render(request, "exchange.html", board=board, query=load_query(FOLDER / "open.rq").text)


def _say(counterpart: Counterpart, label: Callable[[str], tuple[str, str]]) -> str:
    return counterpart.sentence or "; ".join(label(value)[0] for value in counterpart.values)
