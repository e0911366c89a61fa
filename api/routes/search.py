"""Search over everything: hits by type, each with why it was found, and the query that finds the same words in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Literal

from api.negotiation import choose
from api.prefix import find_root
from api.problems import check_parameters
from api.rendering import find_address, render
from api.routes.lists import read_whole
from api.serialising import write_csv, write_json
from kg.formats import CSV, HTML, JSON
from kg.index import LISTS, Hit
from kg.index.reader import split_words
from kg.queries import load_query
from kg.store.bindings import bind_rows

QUERY = Path(__file__).parent.parent / "queries" / "search.rq"
router = APIRouter(tags=["search"])


@router.get("/search")
@router.get("/search.{suffix}")
def search(request: Request, suffix: str = "") -> Response:
    """Things by words: `q`, `limit` (at most 100)."""
    check_parameters(request, ("q", "limit", "lang"))
    form = choose(request, (HTML, JSON, CSV), suffix)
    text = "".join(c for c in request.query_params.get("q", "")[:200] if c.isprintable())
    limit = read_whole(request, "limit", 30, 1, 100) or 30
    hits = request.state.index.search(text, limit + 1)
    has_more, hits = len(hits) > limit, hits[:limit]
    if form == HTML:
        return render(request, "search.html", q=text, hits=hits, groups=group_hits(hits), clip=clip, has_more=has_more,
                      lists={record_type: name for name, record_type in LISTS.items()}, query=find_query(text, hits))
    plain = [{"iri": hit.thing.iri, "type": hit.thing.type, "label": hit.thing.label, "summary": hit.thing.summary,
              "why": hit.why.replace("⟦", "").replace("⟧", "")} for hit in hits]
    if form == JSON:
        return write_json({"q": text, "more": has_more, "hits": plain})
    return write_csv(("iri", "type", "label", "summary", "why"), (tuple(each.values()) for each in plain))


def group_hits(hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    """The hits by type, each as good as it was found; the type of the best hit first."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.thing.type, []).append(hit)
    return list(groups.items())


def clip(why: str) -> str:
    """Why a thing was found without the names beside the marked ones, among which are those of its places in every language."""
    names = [each for each in why.removesuffix(" …").removeprefix("… ").split(" ; ") if "⟦" in each]
    return "; ".join(dict.fromkeys(names)) or why


def find_query(text: str, hits: Sequence[Hit]) -> str:
    """The query for the words in the graph: those that were written, or those of the name that is nearly the same; "" without words.

    The search also knows words by their beginning and without accents; the query takes them as they stand.
    """
    nearly = hits[0].why.partition("nearly: ")[2].strip("⟦⟧") if hits else ""
    words = sorted({word.lower() for word in split_words(nearly or text)})
    rows = [(Literal(word), Literal(len(words))) for word in words]
    return bind_rows(load_query(QUERY).text, ("word", "words"), rows) if rows else ""


@router.get("/suggest")
def suggest(request: Request) -> Response:
    """Names while they are typed: misspelt, without accents or in another language; `q`, `limit` (at most 20)."""
    check_parameters(request, ("q", "limit", "lang"))
    text = "".join(c for c in request.query_params.get("q", "")[:200] if c.isprintable())
    root = find_root(request)
    found = request.state.index.suggest(text, read_whole(request, "limit", 8, 1, 20) or 8)
    return write_json({"q": text, "suggestions": [
        {"iri": thing.iri, "type": thing.type, "label": thing.label, "name": name, "address": find_address(thing.iri, root)}
        for thing, name in found]})
