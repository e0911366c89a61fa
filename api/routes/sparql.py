"""`/sparql`: the query operation of the SPARQL 1.1 Protocol, the service description, and a page with an editor."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.editor import editor_page, wants_page
from api.fields import is_known, read_list
from api.operation import Operation, decode_query, read_body, read_content_type, read_operation, read_pairs
from api.protocol import ProtocolRoute
from api.response import VALIDATED, first_named, respond_query
from api.serialising import write_rdf
from kg.errors import Invalid, NotAcceptable, Refused
from kg.queries import load_query
from kg.settings import Settings
from kg.sparql import description
from kg.sparql.description import describe_service
from kg.sparql.formats import GRAPH, Choice, choose, named
from kg.store import Store
from kg.store.kept import keep_while_it_lives

router = APIRouter(route_class=ProtocolRoute)

TRIPLES: Final = Path(description.__file__).with_name("triples.rq")

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
        or choose(read_list(request.headers, "accept"), offered)
    if chosen is None:
        raise NotAcceptable("the service description has no such form.", where="Accept",
                            advice=f"It comes as {', '.join(each.media_type for each in offered)}.")
    settings, version = request.app.state.settings, request.state.version
    body = (await asyncio.to_thread(_write_descriptions, request.state.store, version, settings))[chosen.format.suffix]
    # The settings are in the description too, so that the tag is made of the bytes.
    tag = f'"{version}-{hashlib.sha256(body).hexdigest()}"'
    headers = {**VALIDATED, "ETag": tag, "Data-Version": version,
               "Link": f'<{settings.public_base}.well-known/void>; rel="describedby"'}
    known = read_list(request.headers, "if-none-match")
    if is_known(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=chosen.media_type)


@keep_while_it_lives
def _write_descriptions(store: Store, version: str, settings: Settings) -> dict[str, bytes]:
    """The description of the service at a data version in each of its formats, by suffix: it counts all triples, so once is enough."""
    triples = int(str(store.select(load_query(TRIPLES).text).rows[0][0]))
    graph = describe_service(
        settings.public_base + "sparql", settings.public_base + ".well-known/void", store.names(), triples,
        seconds=settings.sparql_seconds, rows=settings.sparql_rows, services=settings.services)
    return {each.suffix: bytes(write_rdf(graph, each).body) for each in GRAPH if not each.quads}
