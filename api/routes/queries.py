"""`/queries`: the stored questions of `ontology/questions/`, each with typed parameters and in every format."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.editor import respond_page
from api.negotiation import prefers_page
from api.operation import Operation
from api.parameters import bind_question
from api.problems import check_parameters
from api.protocol import ProtocolRoute
from api.rendering import render
from api.response import respond_query
from kg import resources
from kg.errors import Invalid, NotFound, UnknownParameter
from kg.formats import BY_SUFFIX
from kg.queries import Query, load_queries
from kg.terms import PREFIXES

router = APIRouter(route_class=ProtocolRoute)

@router.get("/queries", summary="The stored questions")
async def list_queries(request: Request) -> Response:
    """The questions with their parameters, as a page or as JSON."""
    check_parameters(request, ("format",))
    queries = list(_queries().values())
    if prefers_page(request) and request.query_params.get("format") != "json":
        return render(request, "queries.html", queries=queries)
    base = request.app.state.settings.public_base
    return JSONResponse([{"name": each.name, "question": each.title, "address": f"{base}queries/{each.name}",
                          "parameters": [{"name": one.name, "type": one.type, "example": one.example} for one in each.parameters]}
                         for each in queries])


@router.get("/queries/prefixes", summary="The prefixes that queries may use")
@router.head("/queries/prefixes", include_in_schema=False)
async def list_prefixes(request: Request) -> Response:
    """Every prefix with its IRI, as JSON."""
    check_parameters(request, ())
    return JSONResponse(PREFIXES)


@router.get("/queries/{name}", summary="The answer to a stored question")
@router.head("/queries/{name}", include_in_schema=False)
async def answer_question(request: Request, name: str) -> Response:
    """The answer in the format of the suffix, of `format=` or of Accept; parameters that are not given have their example."""
    stem, _, suffix = name.partition(".")
    query = _queries().get(stem)
    if query is None or (suffix and suffix not in BY_SUFFIX and suffix not in ("xml", "excel", "rq")):
        raise NotFound(f"no question is called {name[:80]!r}.", where="queries", advice="/queries lists them all.")
    if suffix == "rq":
        return Response(query.text, media_type="application/sparql-query")
    given = _read_parameters(request, query)
    operation = Operation(bind_question(query, given), formats=tuple(request.query_params.getlist("format")), stored=True)
    if not suffix and not operation.formats and prefers_page(request):
        values = [(each, given.get(each.name) or each.example) for each in query.parameters]
        address = "?" + urlencode([(each.name, value) for each, value in values])
        return await respond_page(request, operation, "query.html", question=query, values=values,
                                  links=[(kind, f"{query.name}.{kind}{address}")
                                         for kind in ("csv", "excel", "tsv", "json", "xml", "rq")])
    return await respond_query(request, operation, suffix=suffix, file_name=f"{query.name}.{suffix}" if suffix else "")


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
