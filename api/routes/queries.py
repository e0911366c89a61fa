"""`/queries`: the stored questions of `ontology/questions/`, each with typed parameters and in every format."""

from __future__ import annotations

import hashlib
import json
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.editor import respond_page, wants_page
from api.fields import is_known, read_list
from api.negotiation import choose
from api.operation import Operation
from api.parameters import bind_question
from api.problems import check_parameters
from api.protocol import ProtocolRoute
from api.rendering import render
from api.response import VALIDATED, respond_query, version
from api.serialising import write_csv, write_json
from kg import resources
from kg.errors import Invalid, NotFound, UnknownParameter
from kg.formats import BY_SUFFIX, CSV, HTML, JSON
from kg.queries import Query, load_queries
from kg.terms import PREFIXES

router = APIRouter(route_class=ProtocolRoute)
FORMATS: Final = (JSON, HTML, CSV)


@router.get("/queries", summary="The stored questions")
@router.get("/queries.{suffix}", include_in_schema=False)
async def list_queries(request: Request, suffix: str = "") -> Response:
    """The questions with their parameters, as a page, as JSON or as CSV."""
    check_parameters(request, ("format",))
    form = choose(request, FORMATS, suffix or request.query_params.get("format", ""))
    queries = list(_queries().values())
    if form == HTML:
        return render(request, "queries.html", queries=queries)
    base = request.app.state.settings.public_base
    if form == CSV:
        return write_csv(("name", "question", "address", "parameters"),
                         ((each.name, each.title, f"{base}queries/{each.name}", " ".join(one.name for one in each.parameters))
                          for each in queries))
    return write_json([{"name": each.name, "question": each.title, "address": f"{base}queries/{each.name}",
                        "parameters": [{"name": one.name, "type": one.type, "example": one.example} for one in each.parameters]}
                       for each in queries])


@router.get("/queries/prefixes", summary="The prefixes that queries may use")
@router.head("/queries/prefixes", include_in_schema=False)
async def list_prefixes(request: Request) -> Response:
    """Every prefix with its IRI, as JSON."""
    check_parameters(request, ())
    return _respond_text(request, json.dumps(PREFIXES), JSON.media_type)


@router.get("/queries/{name}", summary="The answer to a stored question")
@router.head("/queries/{name}", include_in_schema=False)
async def answer_question(request: Request, name: str) -> Response:
    """The answer in the format of the suffix, of `format=` or of Accept; parameters that are not given have their example."""
    stem, _, suffix = name.partition(".")
    query = _queries().get(stem)
    if query is None or (suffix and suffix not in BY_SUFFIX and suffix not in ("xml", "excel", "rq")):
        raise NotFound(f"no question is called {name[:80]!r}.", where="queries", advice="/queries lists them all.")
    given = _read_parameters(request, query)
    text = bind_question(query, given)
    if suffix == "rq":
        return _respond_text(request, text, "application/sparql-query", file_name=f"{query.name}.rq")
    operation = Operation(text, formats=tuple(request.query_params.getlist("format")), stored=True)
    if wants_page(request, operation, suffix):
        values = [(each, given.get(each.name, each.example)) for each in query.parameters]
        address = "?" + urlencode([(each.name, value) for each, value in values])
        return await respond_page(request, operation, "query.html", question=query, query=text, values=values,
                                  links=[(kind, f"{query.name}.{kind}{address}")
                                         for kind in ("csv", "excel", "tsv", "json", "xml", "rq")])
    return await respond_query(request, operation, suffix=suffix, file_name=f"{query.name}.{suffix}" if suffix else "")


def _respond_text(request: Request, text: str, media_type: str, *, file_name: str = "") -> Response:
    """A text that is the same for everybody, with validators."""
    tag = f'"{version(request)}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {**VALIDATED, "ETag": tag}
    if file_name:
        headers["Content-Disposition"] = f'inline; filename="{file_name}"'
    if is_known(read_list(request.headers, "if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type=media_type)


def _queries() -> dict[str, Query]:
    return load_queries(resources.ontology() / "questions")


def _read_parameters(request: Request, query: Query) -> dict[str, str]:
    known = {each.name for each in query.parameters}
    for name in request.query_params:
        if name not in known and name not in ("format", "lang"):
            raise UnknownParameter(f"the parameter {name[:60]!r} is not known here.", where=request.url.path,
                                   advice=f"Known are {', '.join(sorted(known | {'format'}))}.")
    given: dict[str, str] = {}
    for name in known:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise Invalid(f"{name} stands {len(values)} times.", where=f"parameter {name}", advice="Give it once.")
        if values:
            given[name] = values[0].strip()
    return given
