"""`/sparql`: the query operation of the SPARQL 1.1 Protocol, the service description, and a page with an editor."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.editor import editor_page, wants_page
from api.operation import Operation, decode_query, read_body, read_content_type, read_operation, read_pairs
from api.protocol import ProtocolRoute
from api.response import VALIDATED, first_named, matches, respond_query, version
from kg.errors import Invalid, NotAcceptable, Refused
from kg.sparql.description import describe_service
from kg.sparql.formats import GRAPH, Choice, choose, named

router = APIRouter(route_class=ProtocolRoute)

METHODS: Final = "GET, HEAD, POST, OPTIONS"


@router.get("/sparql", summary="SPARQL 1.1 query operation; service description without a query")
@router.head("/sparql", include_in_schema=False)
@router.api_route("/sparql/", methods=["GET", "HEAD"], include_in_schema=False)
@router.api_route("/sparql.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
async def query_by_get(request: Request, suffix: str = "") -> Response:
    """Answer `?query=`; a description of the service without it, or the page with the editor for a browser."""
    return await _respond(request, read_operation(read_pairs(request.scope["query_string"])), suffix)


@router.post("/sparql", summary="SPARQL 1.1 query operation by form or as application/sparql-query")
@router.post("/sparql/", include_in_schema=False)
@router.post("/sparql.{suffix}", include_in_schema=False)
async def query_by_post(request: Request, suffix: str = "") -> Response:
    """Answer a query sent as a form, as the body, or, as some engines do, in the address of an empty POST."""
    pairs = read_pairs(request.scope["query_string"])
    media_type, charset = read_content_type(request)
    body = await read_body(request)
    if media_type == "application/x-www-form-urlencoded":
        pairs += read_pairs(body)
    elif media_type == "application/sparql-query":
        if charset not in ("", "utf-8", "utf8"):
            raise HTTPException(415, f"Queries are UTF-8, not {charset} (SPARQL 1.1 Protocol, 2.1.3).")
        pairs.append(("query", decode_query(body)))
    elif media_type == "application/sparql-update":
        raise Refused("an update writes, and this service only reads.", where="body", advice="Send a query.")
    elif body or not any(key == "query" for key, _ in pairs):
        raise HTTPException(415, "Send application/x-www-form-urlencoded or application/sparql-query.")
    operation = read_operation(pairs)
    if operation.query is None:
        raise Invalid("there is no query.", where="parameter query", advice="Send one in `query`.")
    return await _respond(request, operation, suffix)


@router.options("/sparql", include_in_schema=False)
@router.options("/sparql/", include_in_schema=False)
async def options() -> Response:
    """Say which methods there are."""
    return Response(status_code=204, headers={"Allow": METHODS, "Access-Control-Allow-Methods": METHODS,
                                              "Access-Control-Max-Age": "86400",
                                              "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match"})


@router.api_route("/sparql", methods=["PUT", "DELETE", "PATCH"], include_in_schema=False)
@router.api_route("/sparql/", methods=["PUT", "DELETE", "PATCH"], include_in_schema=False)
async def refuse_method() -> Response:
    """Nothing is written here."""
    raise HTTPException(405, "The query operation takes GET and POST.", headers={"Allow": METHODS})


async def _respond(request: Request, operation: Operation, suffix: str) -> Response:
    if wants_page(request, operation, suffix):
        return await editor_page(request, operation)
    if operation.query is None:
        return await _description(request, suffix or first_named(operation))
    return await respond_query(request, operation, suffix=suffix)


async def _description(request: Request, name: str) -> Response:
    formats = named(name) if name else ()
    offered = tuple(each for each in GRAPH if not each.quads)
    chosen = next((Choice(each, each.media_type) for each in offered if each in formats), None) \
        or choose(request.headers.get("accept", ""), offered)
    if chosen is None:
        raise NotAcceptable("the service description has no such form.", where="Accept",
                            advice=f"It comes as {', '.join(each.media_type for each in offered)}.")
    settings, store = request.app.state.settings, request.state.store
    tag = f'"{version(request)}-description-{chosen.format.suffix}"'
    headers = {**VALIDATED, "ETag": tag, "Link": f'<{settings.public_base}.well-known/void>; rel="describedby"'}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    graph = await asyncio.to_thread(lambda: describe_service(
        settings.public_base + "sparql", settings.public_base + ".well-known/void", store.names(), store.size(),
        seconds=settings.sparql_seconds, rows=settings.sparql_rows, services=settings.services))
    body = graph.serialize(format=chosen.format.rdflib, encoding="utf-8")
    return Response(body, headers=headers, media_type=chosen.media_type)
