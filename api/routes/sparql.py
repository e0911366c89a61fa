"""`/sparql`: the query operation of the SPARQL 1.1 Protocol, the service description, and a page with an editor."""

from __future__ import annotations

import asyncio
import csv
import difflib
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from api.manners import POLICY
from api.protocol import ProtocolRoute
from api.rendering import render
from kg import resources
from kg.errors import Invalid, KgError, NotAcceptable, Refused, StoreFailed, TooLarge
from kg.formats import CSV, HTML
from kg.queries import PROLOGUE, load_queries
from kg.sparql.description import describe_service
from kg.sparql.formats import ASK, GRAPH, SELECT, Choice, choose, named
from kg.sparql.pool import Answer, NoFormat, Pool, Question
from kg.terms import BASE, PREFIXES

router = APIRouter(route_class=ProtocolRoute)

MOST_BODY: Final = 2 * 2**20
MOST_PARAMETERS: Final = 2000
SHOWN_ROWS: Final = 500
LEAVING_WATCH: Final = 0.05
"""Seconds after which a running query is worth watching for its client leaving."""
METHODS: Final = "GET, HEAD, POST, OPTIONS"
PARAMETERS: Final = ("query", "default-graph-uri", "named-graph-uri", "format", "output", "results")
UPDATE_PARAMETERS: Final = ("update", "using-graph-uri", "using-named-graph-uri")
_OFFERED: Final = {"SELECT": SELECT, "ASK": ASK, "GRAPH": GRAPH}
_BY_NAME: Final = {"SELECT": SELECT, "ASK": (*ASK, *SELECT[2:]), "GRAPH": GRAPH}
_EXAMPLE: Final = """SELECT ?partnership ?name WHERE {
  ?partnership a uaeu:ThematicPartnership ; skos:prefLabel ?name .
} LIMIT 20
"""


@dataclass(frozen=True)
class Operation:
    """A query operation as the request states it (SPARQL 1.1 Protocol, section 2.1)."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@router.api_route("/sparql", methods=["GET", "HEAD"], summary="SPARQL 1.1 query operation; service description without a query")
@router.api_route("/sparql/", methods=["GET", "HEAD"], include_in_schema=False)
@router.api_route("/sparql.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
async def query_by_get(request: Request, suffix: str = "") -> Response:
    """Answer `?query=`; a description of the service without it, or the page with the editor for a browser."""
    return await _respond(request, _operation(_pairs(request.scope["query_string"])), suffix)


@router.post("/sparql", summary="SPARQL 1.1 query operation by form or as application/sparql-query")
@router.post("/sparql/", include_in_schema=False)
@router.post("/sparql.{suffix}", include_in_schema=False)
async def query_by_post(request: Request, suffix: str = "") -> Response:
    """Answer a query sent as a form, as the body, or, as some engines do, in the address of an empty POST."""
    pairs = _pairs(request.scope["query_string"])
    media_type, charset = _content_type(request)
    body = await _body(request)
    if media_type == "application/x-www-form-urlencoded":
        pairs += _pairs(body)
    elif media_type == "application/sparql-query":
        if charset not in ("", "utf-8", "utf8"):
            raise HTTPException(415, f"Queries are UTF-8, not {charset} (SPARQL 1.1 Protocol, 2.1.3).")
        pairs.append(("query", _decode(body)))
    elif media_type == "application/sparql-update":
        raise Refused("an update writes, and this service only reads.", where="body", advice="Send a query.")
    elif body or not any(key == "query" for key, _ in pairs):
        raise HTTPException(415, "Send application/x-www-form-urlencoded or application/sparql-query.")
    operation = _operation(pairs)
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


async def respond_query(request: Request, operation: Operation, *, suffix: str = "", file_name: str = "") -> Response:
    """The answer to a query in the serialisation that the client wants, with validators; raises KgError."""
    if operation.query is None:
        raise Invalid("there is no query.", where="parameter query", advice="Send one in `query`.")
    choices, wanted = _choices(request, operation, suffix)
    zipped = _takes_gzip(request)
    tag = _tag(request, operation, choices, zipped)
    headers = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "public, max-age=60, must-revalidate",
               "ETag": tag}
    if operation.unknown:
        headers["Ignored-Parameters"] = _ignored(operation.unknown)
    if file_name:
        headers["Content-Disposition"] = f'inline; filename="{file_name}"'
    if request.method in ("GET", "HEAD") and _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    question = Question(operation.query, choices, _dataset(operation), operation.named_graphs, BASE, zipped,
                        mark=wanted == "excel")
    try:
        answer = await ask(request, question)
    except NoFormat as error:
        offered = _BY_NAME[error.form]
        raise NotAcceptable(f"a {_FORM_WORDS[error.form]} query has no answer of the kind asked for.", where="Accept",
                            advice=f"It comes as {', '.join(each.media_type for each in offered)}.") from error
    if answer is None:
        return Response(status_code=499)
    if answer.gzip:
        headers["Content-Encoding"] = "gzip"
    if answer.volatile:
        # NOW, RAND, UUID and other services may say something else the next time.
        del headers["ETag"]
        headers["Cache-Control"] = "no-store"
    headers["Content-Length"] = str(answer.length)
    headers["Server-Timing"] = f"query;dur={answer.seconds * 1000:.1f}"
    media_type = answer.media_type + ("; charset=utf-8" if answer.media_type.startswith("text/") else "")
    if answer.media_type == CSV.media_type:
        media_type += "; header=present"
    headers["Content-Type"] = media_type
    if answer.file is None:
        return Response(answer.body, headers=headers)
    if request.method == "HEAD":
        answer.file.close()
        return Response(headers=headers)
    return StreamingResponse(_pieces(answer), headers=headers)


async def ask(request: Request, question: Question) -> Answer | None:
    """Let the pool answer; None when the client left first, and its process is then free for others."""
    pool: Pool | None = request.app.state.pool
    if pool is None:
        raise StoreFailed("public queries are answered by the engine itself.", where=request.app.state.settings.store,
                          advice="Send the query there.")
    await request.body()
    work = asyncio.ensure_future(pool.answer(question, client_address(request)))
    try:
        await asyncio.wait({work}, timeout=LEAVING_WATCH)
        if not work.done():
            leaving = asyncio.ensure_future(_left(request))
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
        if not work.done():
            return None
        return work.result()
    finally:
        if not work.done():
            work.cancel()


def client_address(request: Request) -> str:
    """Who asks, for the fair queue: the peer, or what the proxy in front wrote last where the settings trust it."""
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and request.app.state.settings.trust_proxy:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.client.host if request.client else ""


def version(request: Request) -> str:
    """The data version of the snapshot that queries read."""
    pool: Pool | None = request.app.state.pool
    return (pool.version if pool else "") or request.state.version


_FORM_WORDS: Final = {"SELECT": "SELECT", "ASK": "ASK", "GRAPH": "CONSTRUCT or DESCRIBE"}


async def _respond(request: Request, operation: Operation, suffix: str) -> Response:
    html = _wants_page(request, operation, suffix)
    if operation.query is None:
        return await editor_page(request, operation) if html else await _description(request, suffix or _first(operation))
    return await editor_page(request, operation) if html else await respond_query(request, operation, suffix=suffix)


async def editor_page(request: Request, operation: Operation) -> Response:
    """The editor with the query, and below it the answer as a table, or the error at its line and column."""
    examples = list(load_queries(resources.ontology() / "questions").values())
    links: list[tuple[str, str]] = []
    if operation.query is not None:
        parameters = urlencode([("query", operation.query)] + [("default-graph-uri", each) for each in operation.default_graphs]
                               + [("named-graph-uri", each) for each in operation.named_graphs])
        links = [(name, f"?{parameters}&format={name}")
                 for name in ("csv", "excel", "tsv", "json", "xml", "ttl", "nt", "jsonld", "rdf", "nq", "trig")]
    return await respond_page(request, operation, "sparql.html", query=operation.query or PROLOGUE + "\n" + _EXAMPLE, links=links,
                              examples=examples, prefixes=PREFIXES)


async def respond_page(request: Request, operation: Operation, template: str, **context: Any) -> Response:
    """A page that shows the answer to a query, or why there is none."""
    context |= {"error": None, "columns": [], "rows": [], "text": "", "shown": SHOWN_ROWS, "more": False, "form": "",
                "boolean": None, "ignored": operation.unknown}
    status = 200
    if operation.query is not None:
        question = Question(operation.query, {"SELECT": choose("text/csv", (CSV,)), "ASK": choose("", ASK),
                                              "GRAPH": choose("", GRAPH)}, _dataset(operation), operation.named_graphs, BASE)
        try:
            answer = await ask(request, question)
            if answer is None:
                return Response(status_code=499)
            _show(answer, context)
        except KgError as error:
            context["error"], status = error, error.status
    page = render(request, template, status, **context)
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Cache-Control"] = "no-cache" if status == 200 else "no-store"
    return page


def _show(answer: Answer, context: dict[str, Any]) -> None:
    body = answer.body
    if answer.file:
        with answer.file as file:
            body = file.read()
    text = body.decode("utf-8")
    context["form"] = answer.form
    if answer.form == "ASK":
        context["boolean"] = '"boolean":true' in text
    elif answer.form == "SELECT":
        reader = csv.reader(io.StringIO(text, newline=""))
        context["columns"] = next(reader, [])
        rows = [row for _, row in zip(range(SHOWN_ROWS + 1), reader, strict=False)]
        context["rows"], context["more"] = rows[:SHOWN_ROWS], len(rows) > SHOWN_ROWS
    else:
        lines = text.splitlines()
        context["text"], context["more"] = "\n".join(lines[:SHOWN_ROWS]), len(lines) > SHOWN_ROWS


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
    headers = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "public, max-age=60, must-revalidate", "ETag": tag,
               "Link": f'<{settings.public_base}.well-known/void>; rel="describedby"'}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    graph = await asyncio.to_thread(lambda: describe_service(
        settings.public_base + "sparql", settings.public_base + ".well-known/void", store.names(), store.size(),
        seconds=settings.sparql_seconds, rows=settings.sparql_rows, services=settings.services))
    body = graph.serialize(format=chosen.format.rdflib, encoding="utf-8")
    return Response(body, headers=headers, media_type=chosen.media_type)


def _wants_page(request: Request, operation: Operation, suffix: str) -> bool:
    if suffix:
        return HTML in named(suffix)
    for value in operation.formats:
        if known := named(value):
            return HTML in known
    chosen = choose(request.headers.get("accept", ""), (HTML, *SELECT, *GRAPH))
    return chosen is not None and chosen.format is HTML


def _choices(request: Request, operation: Operation, suffix: str) -> tuple[dict[str, Choice | None], str]:
    """The serialisation for each form of query: what `format=` or the suffix names, else what Accept prefers."""
    name = suffix or _first(operation)
    formats = named(name) if name else ()
    if suffix and not formats:
        raise NotAcceptable(f"no format is called {suffix!r}.", where="suffix", advice="Take csv, json, xml, tsv, ttl or nt.")
    accept = request.headers.get("accept", "")
    explicit = bool(suffix) or any(key == "format" for key, _ in _pairs(request.scope["query_string"]))
    choices: dict[str, Choice | None] = {}
    for form, offered in _OFFERED.items():
        match = next((each for each in formats if each in _BY_NAME[form]), None)
        if match:
            choices[form] = Choice(match, match.media_type)
        else:
            choices[form] = None if formats and explicit and "," not in name else choose(accept, offered)
    return choices, name


def _first(operation: Operation) -> str:
    return next((value for value in operation.formats if named(value)), "")


def _operation(pairs: list[tuple[str, str]]) -> Operation:
    queries = [value for key, value in pairs if key == "query"]
    writing = next((key for key, _ in pairs if key in UPDATE_PARAMETERS), "")
    if writing and queries:
        raise Invalid(f"query and {writing} stand together.", where="parameters", advice="Send one operation at a time.")
    if writing:
        raise Refused(f"{writing} belongs to an update, and this service only reads.", where=f"parameter {writing}",
                      advice="Send a query in `query`.")
    if len(queries) > 1:
        raise Invalid(f"there are {len(queries)} queries.", where="parameter query", advice="Send exactly one.")
    if queries and not queries[0].strip():
        raise Invalid("the query is empty.", where="parameter query", advice="Write a query.")
    unknown = tuple(dict.fromkeys(key for key, _ in pairs if key not in PARAMETERS))

    def every(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in pairs if key == name)

    formats = tuple(value for name in ("format", "output", "results") for value in every(name))
    return Operation(queries[0] if queries else None, every("default-graph-uri"), every("named-graph-uri"), formats, unknown)


def _dataset(operation: Operation) -> tuple[str, ...] | None:
    """The dataset of the protocol wins over FROM (SPARQL 1.1 Protocol, 2.1.4); None leaves it to the query."""
    return operation.default_graphs if operation.default_graphs or operation.named_graphs else None


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise Invalid("a parameter is not UTF-8.", where="parameters",
                      advice="Encode text as UTF-8, then by percent.") from error
    except ValueError as error:
        raise TooLarge(f"there are more than {MOST_PARAMETERS} parameters.", where="parameters",
                       advice="Send fewer.") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"the query is not UTF-8 at byte {error.start}.", where="body",
                      advice="Send UTF-8 (SPARQL 1.1 Protocol, 2.1.3).") from error


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > MOST_BODY:
        raise TooLarge(f"the query is larger than {MOST_BODY // 2**20} MiB.", where="body", advice="Send a shorter query.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise TooLarge(f"the query is larger than {MOST_BODY // 2**20} MiB.", where="body", advice="Send a shorter query.")
    request._body = bytes(body)  # what Request.body() itself keeps, so that `ask` may call it again
    return bytes(body)


def _content_type(request: Request) -> tuple[str, str]:
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    charset = next((value.strip().strip('"') for key, _, value in (each.partition("=") for each in parameters)
                    if key.strip() == "charset"), "")
    return media_type.strip(), charset


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _tag(request: Request, operation: Operation, choices: dict[str, Choice | None], zipped: bool) -> str:
    digest = hashlib.sha256(repr((operation.query, operation.default_graphs, operation.named_graphs, operation.formats,
                                  sorted((form, each and each.media_type) for form, each in choices.items()),
                                  zipped)).encode())
    return f'"{version(request)}-{digest.hexdigest()[:16]}"'


def _matches(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in header.split(","))


def _ignored(unknown: tuple[str, ...]) -> str:
    """Names of parameters that were not understood: silence about a misspelt dataset would be a wrong answer."""
    words = []
    for name in unknown[:10]:
        safe = "".join(letter if letter.isascii() and letter.isprintable() and letter not in '",;' else "?" for letter in name)
        near = difflib.get_close_matches(name, PARAMETERS, 1, 0.6)
        words.append(f'"{safe[:60]}"' + (f"; meant={near[0]}" if near else ""))
    return ", ".join(words)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    with answer.file as file:
        while piece := file.read(256 * 1024):
            yield piece
