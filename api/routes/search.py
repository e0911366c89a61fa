"""Search over everything, with the type of each hit and why it was found."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render, to_address
from api.routes.lists import read_whole
from api.serialising import write_csv, write_json
from kg.errors import Invalid
from kg.formats import BY_SUFFIX, CSV, HTML, JSON

router = APIRouter(tags=["search"])


@router.get("/search")
@router.get("/search.{suffix}")
def search(request: Request, suffix: str = "") -> Response:
    """Things by words: `q`, `limit` (at most 100)."""
    check_parameters(request, ("q", "limit", "lang"))
    if suffix and suffix not in BY_SUFFIX:
        raise Invalid(f"the format .{suffix} is not known.", advice="There is .html, .json and .csv.")
    form = choose(request, (HTML, JSON, CSV), suffix)
    text = "".join(c for c in request.query_params.get("q", "")[:200] if c.isprintable())
    hits = request.state.index.search(text, read_whole(request, "limit", 30, 1, 100) or 30)
    if form == HTML:
        return render(request, "search.html", q=text, hits=hits)
    plain = [{"iri": hit.thing.iri, "type": hit.thing.type, "label": hit.thing.label, "summary": hit.thing.summary,
              "why": hit.why.replace("⟦", "").replace("⟧", "")} for hit in hits]
    if form == JSON:
        return write_json({"q": text, "hits": plain})
    return write_csv(("iri", "type", "label", "summary", "why"), (tuple(each.values()) for each in plain))


@router.get("/suggest")
def suggest(request: Request) -> Response:
    """Names while they are typed: misspelt, without accents or in another language; `q`, `limit` (at most 20)."""
    check_parameters(request, ("q", "limit", "lang"))
    text = "".join(c for c in request.query_params.get("q", "")[:200] if c.isprintable())
    root = request.scope.get("root_path", "").rstrip("/")
    found = request.state.index.suggest(text, read_whole(request, "limit", 8, 1, 20) or 8)
    return write_json({"q": text, "suggestions": [
        {"iri": thing.iri, "type": thing.type, "label": thing.label, "name": name, "address": root + to_address(thing.iri)}
        for thing, name in found]})
