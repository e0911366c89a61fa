"""Reconciliation Service API 0.2 (W3C Community Group): a column of names in OpenRefine and its like becomes our IRIs."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import escape
from starlette.concurrency import run_in_threadpool

from api.prefix import find_root
from api.problems import check_parameters
from api.serialising import write_json
from kg.errors import Invalid, NotFound, TooLarge
from kg.index import Index
from kg.reconciliation import PROPERTIES, Matcher, Question, extend
from kg.terms import BASE

router = APIRouter(tags=["reconciliation"])
BATCH: Final = 50
BYTES: Final = 200_000
COMMON: Final = ("city", "organisation", "initiative", "practice", "partnership", "theme", "instrument")
SPACE: Final = BASE


@router.get("/reconcile")
async def answer_get(request: Request) -> Response:
    """The manifest, or the answers to `queries` or `extend` in the address."""
    check_parameters(request, ("queries", "extend", "lang"))
    return await _answer(request, dict(request.query_params))


@router.post("/reconcile")
async def answer_post(request: Request) -> Response:
    """The answers to `queries` or `extend` of a form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BYTES:
            raise TooLarge(f"the batch is longer than {BYTES:,} bytes.", advice=f"Send at most {BATCH} queries at once.")
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise Invalid("the form does not parse.", advice="Send `queries` as application/x-www-form-urlencoded in UTF-8.") from error
    return await _answer(request, form)


@router.get("/reconcile/suggest/{kind}")
def suggest(request: Request, kind: str) -> Response:
    """Entities, types or properties that begin with what somebody typed (0.2, section 5)."""
    check_parameters(request, ("prefix", "cursor", "lang"))
    prefix = request.query_params.get("prefix", "").strip()[:200]
    index: Index = request.state.index
    if kind == "entity":
        found = Matcher(index).find(Question(prefix, limit=10)) if prefix else []
        return write_json({"result": [{"id": each.id, "name": each.name, "description": _describe(index, each.id),
                                       "notable": [_type(each.type)]} for each in found]})
    names = PROPERTIES if kind == "property" else {name: _type(name)["name"] for name in Matcher(index).types()}
    if kind not in ("property", "type"):
        raise NotFound(f"nothing is suggested for {kind[:40]!r}.", where=request.url.path, advice="Ask for entity, type or property.")
    wanted = prefix.casefold()
    return write_json({"result": [{"id": key, "name": name} for key, name in names.items()
                                  if name.casefold().startswith(wanted) or key.startswith(wanted)]})


@router.get("/reconcile/extend/propose")
def propose(request: Request) -> Response:
    """The properties that can be added to a column of a type (0.2, section 6.3)."""
    check_parameters(request, ("type", "limit", "lang"))
    return write_json({"type": request.query_params.get("type", ""),
                       "properties": [{"id": key, "name": name} for key, name in PROPERTIES.items()]})


@router.get("/reconcile/preview")
def preview(request: Request) -> Response:
    """A few lines on one entity, to be shown in a small frame (0.2, section 4)."""
    check_parameters(request, ("id", "lang"))
    identifier, index = request.query_params.get("id", ""), request.state.index
    label, known = index.label(BASE + identifier)
    if not known and index.thing(BASE + identifier) is None:
        raise NotFound(f"there is no entity {identifier[:80]!r}.", where=request.url.path, advice="Take an id that /reconcile gave.")
    kind = identifier.removeprefix("id/").removeprefix("voc/").partition("/")[0]
    return HTMLResponse(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(label)}</title>'
                        f'<link rel="stylesheet" href="{find_root(request)}/static/style.css">'
                        f"<p><strong>{escape(label)}</strong> ({escape(kind.replace('-', ' '))})</p>"
                        f"<p>{escape(_describe(index, identifier))}</p></html>")


async def _answer(request: Request, form: dict[str, str]) -> Response:
    index: Index = request.state.index
    if "queries" in form:
        queries = _read(form["queries"], "queries")
        if len(queries) > BATCH:
            raise TooLarge(f"there are {len(queries)} queries in the batch.", where="queries", advice=f"Send at most {BATCH} at once.")
        questions = {key: _question(key, query) for key, query in queries.items()}
        return write_json(await run_in_threadpool(_find, index, questions))
    if "extend" in form:
        return write_json(await run_in_threadpool(_extend, index, _read(form["extend"], "extend")))
    return write_json(_manifest(request))


def _find(index: Index, questions: dict[str, Question]) -> dict[str, Any]:
    matcher = Matcher(index)
    return {key: {"result": [{"id": each.id, "name": each.name, "type": [_type(each.type)], "score": each.score, "match": each.match,
                              "description": _describe(index, each.id)} for each in matcher.find(question)]}
            for key, question in questions.items()}


def _extend(index: Index, asked: dict[str, Any]) -> dict[str, Any]:
    ids, wanted = asked.get("ids"), asked.get("properties")
    known = isinstance(wanted, list) and all(isinstance(each, dict) and str(each.get("id")) in PROPERTIES for each in wanted)
    if not isinstance(ids, list) or not isinstance(wanted, list) or not known:
        raise Invalid("`extend` lacks ids or properties that are known.", where="extend",
                      advice='Write {"ids": ["id/city/haarlem"], "properties": [{"id": "country"}]}; '
                             f"known are {', '.join(PROPERTIES)}.")
    if len(ids) > 1000:
        raise TooLarge(f"there are {len(ids)} ids.", where="extend", advice="Send at most 1,000 at once.")
    rows = {str(each): {str(one["id"]): extend(index, str(each), str(one["id"]), _language(one)) for one in wanted} for each in ids}
    return {"meta": [{"id": one["id"], "name": PROPERTIES[one["id"]]} for one in wanted], "rows": rows}


def _language(wanted: dict[str, Any]) -> str:
    settings = wanted.get("settings")
    return str(settings.get("language", "en")) if isinstance(settings, dict) else "en"


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{name} is no JSON: {error}.", where=name, advice='Write {"q0": {"query": "Haarlem", "type": "city"}}.') from error
    if not isinstance(found, dict):
        raise Invalid(f"{name} is no JSON object.", where=name, advice='Write {"q0": {"query": "Haarlem", "type": "city"}}.')
    return found


def _question(key: str, query: Any) -> Question:
    if not isinstance(query, dict) or not isinstance(query.get("query"), str) or not query["query"].strip():
        raise Invalid(f"{key[:40]} has no `query` with a name.", where=f"queries, {key[:40]}", advice='Write {"query": "Haarlem"}.')
    types = query.get("type", [])
    limit = query.get("limit", 5)
    wanted = query.get("properties")
    wanted = wanted if isinstance(wanted, list) else []
    properties = [(str(one.get("pid", "")), str(one["v"].get("id", "") if isinstance(one.get("v"), dict) else one.get("v", "")))
                  for one in wanted if isinstance(one, dict)]
    return Question(query["query"][:200], tuple(map(str, [types] if isinstance(types, str) else types if isinstance(types, list) else [])),
                    tuple((name, value) for name, value in properties if name in PROPERTIES and value),
                    min(max(limit, 1), 50) if isinstance(limit, int) else 5)


def _manifest(request: Request) -> dict[str, Any]:
    base = request.app.state.settings.public_base
    service = {"service_url": base.rstrip("/")}
    return {"versions": ["0.2"], "name": "Urban Agenda knowledge graph", "identifierSpace": SPACE, "schemaSpace": BASE + "ontology#",
            "documentation": base + "docs", "logo": base + "static/icon.svg", "batchSize": 10,
            "defaultTypes": [_type(name) for name in COMMON], "view": {"url": base + "{{id}}"},
            "preview": {"url": base + "reconcile/preview?id={{id}}", "width": 400, "height": 160},
            "suggest": {kind: {**service, "service_path": f"/reconcile/suggest/{kind}"} for kind in ("entity", "type", "property")},
            "extend": {"propose_properties": {**service, "service_path": "/reconcile/extend/propose"},
                       "property_settings": [{"name": "language", "label": "Language of names", "type": "text", "default": "en",
                                              "help_text": "Code of a language, such as fr."}]}}


def _type(name: str) -> dict[str, str]:
    return {"id": name, "name": name.replace("-", " ").capitalize()}


def _describe(index: Index, identifier: str) -> str:
    thing = index.thing(BASE + identifier)
    return thing.summary[:200] if thing else ""
