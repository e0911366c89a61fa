"""What an operator's tools ask: is the process alive, may it get requests, how does it do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.observing import Metrics
from api.serialising import write_json
from kg.errors import KgError

router = APIRouter(tags=["operations"])


@router.get("/ready")
def show_ready(request: Request) -> Response:
    """Whether this copy serves what the journal says: 200, or 503 with the reason and where it stands."""
    state = request.app.state
    problem = str(getattr(state, "following", ""))
    try:
        journal, store = state.journal.sequence(), state.publisher.shown()
    except KgError as error:
        return write_json({"ready": False, "problem": str(error), "data_version": state.version}, headers={"Cache-Control": "no-store"},
                          status=503)
    ready = not problem and journal == store
    generation = state.generation  # once, since the next may come between two looks at it
    body = {"ready": ready, "problem": problem, "data_version": generation.version, "journal": journal, "published": store,
            "synergies": "follow" if state.publisher.owing or generation.owing else "complete"}
    return write_json(body, headers={"Cache-Control": "no-store"}, status=200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request) -> Response:
    """Counts, times and states in the text format of Prometheus."""
    state = request.app.state
    metrics: Metrics = state.metrics
    metrics.events.set(state.publisher.sequence())
    metrics.version.clear()
    metrics.version.labels(state.version).set(1)
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
