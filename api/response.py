"""The answer to a query as an HTTP response: its serialisation, its validators, and what happens when the client leaves."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Final

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from api.fields import names_tag, read_list, takes_any, takes_gzip
from api.operation import PARAMETERS, Operation, choose_dataset, read_pairs
from kg.errors import Invalid, NotAcceptable, StoreFailed
from kg.formats import CSV
from kg.sparql.formats import ASK, GRAPH, SELECT, Choice, choose, named
from kg.sparql.kept import Kept
from kg.sparql.pool import Pool
from kg.sparql.question import Answer, NoFormat, Question
from kg.sparql.relay import relay

LEAVING_WATCH: Final = 0.05
"""Seconds after which a running query is worth watching for its client leaving."""
PIECE: Final = 1024 * 1024
VALIDATED: Final = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "public, max-age=60, must-revalidate"}
# CSV and TSV are defined for SELECT alone; as the answer to ASK they hold the word that spreadsheets and scripts wait for.
_OFFERED: Final = {"SELECT": SELECT, "ASK": (*ASK, *SELECT[2:]), "GRAPH": GRAPH}
_FORM_WORDS: Final = {"SELECT": "SELECT", "ASK": "ASK", "GRAPH": "CONSTRUCT or DESCRIBE"}


async def respond_query(request: Request, operation: Operation, *, suffix: str = "", file_name: str = "") -> Response:
    """The answer to a query in the serialisation that the client wants, with validators; raises KgError."""
    if operation.query is None:
        raise Invalid("there is no query.", where="parameter query", advice="Send one in `query`.")
    name = suffix or first_named(operation)
    choices = _choose(read_list(request.headers, "accept"), name, bool(suffix), _stands_in_address(request))
    zipped = takes_gzip(read_list(request.headers, "accept-encoding"))
    read = version(request)
    tag = _tag(read, operation, choices, zipped)
    headers = {**VALIDATED, "ETag": tag, "Data-Version": read}
    if operation.unknown:
        headers["Ignored-Parameters"] = _ignored(operation.unknown)
    if file_name:
        headers["Content-Disposition"] = f'inline; filename="{file_name}"'
    known = read_list(request.headers, "if-none-match") if request.method in ("GET", "HEAD") else ""
    if names_tag(known, tag):
        # Only an answer was ever given this tag, so that the query is a good one.
        return Response(status_code=304, headers=headers)
    question = Question(operation.query, choices, choose_dataset(operation), operation.named_graphs, zipped,
                        mark=name == "excel", stored=operation.stored)
    kept: Kept = request.app.state.kept
    key = tag + name
    try:
        answer = kept.find(key) or await ask(request, question)
    except NoFormat as error:
        offered = _OFFERED[error.form]
        raise NotAcceptable(f"a {_FORM_WORDS[error.form]} query has no answer of the kind asked for.", where="Accept",
                            advice=f"It comes as {', '.join(each.media_type for each in offered)}.") from error
    if answer is None:
        return Response(status_code=499)
    if answer.version != read:
        # A publish came while the query waited: the answer names what it was read from.
        headers |= {"Data-Version": answer.version, "ETag": _tag(answer.version, operation, choices, zipped)}
    else:
        kept.keep(key, answer)
    if answer.gzip:
        headers["Content-Encoding"] = "gzip"
    if answer.volatile:
        # NOW, RAND, UUID and other services may say something else the next time.
        del headers["ETag"]
        headers["Cache-Control"] = "no-store"
    if takes_any(known):
        if answer.file is not None:
            answer.file.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(answer.length)
    headers["Server-Timing"] = f"query;dur={answer.seconds * 1000:.1f}"
    headers["Content-Type"] = (answer.media_type + ("; charset=utf-8" if answer.media_type.startswith("text/") else "")
                               + ("; header=present" if answer.media_type == CSV.media_type else ""))
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
        if question.stored:
            return await asyncio.to_thread(relay, request.state.store, question, request.app.state.settings, request.state.version)
        raise StoreFailed("public queries are answered by the engine itself.", where=request.app.state.settings.store,
                          advice="Send the query there.")
    loop, asking = asyncio.get_running_loop(), asyncio.current_task()
    assert asking is not None
    watching: list[asyncio.Task[None]] = []
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        has_left = True
        asking.cancel()

    timer = loop.call_later(LEAVING_WATCH, lambda: watching.append(loop.create_task(watch())))
    try:
        return await pool.answer(question, client_address(request))
    except asyncio.CancelledError:
        if not has_left:
            raise
        asking.uncancel()
        return None
    finally:
        timer.cancel()
        for task in watching:
            task.cancel()


def client_address(request: Request) -> str:
    """Who asks, for the fair queue: the peer, or what the proxy in front wrote last where the settings trust it."""
    if request.app.state.settings.trust_proxy and (forwarded := read_list(request.headers, "x-forwarded-for")):
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.client.host if request.client else ""


def version(request: Request) -> str:
    """The data version of the snapshot that queries read."""
    pool: Pool | None = request.app.state.pool
    return (pool.version if pool else "") or request.state.version


def first_named(operation: Operation) -> str:
    """The first value of `format=`, `output=` or `results=` that means a serialisation, else nothing."""
    return next((value for value in operation.formats if named(value)), "")


def _stands_in_address(request: Request) -> bool:
    """Whether the address itself says `format=`; a form may repeat what a library always sends."""
    written: bytes = request.scope["query_string"]
    return b"format=" in written and any(key == "format" for key, _ in read_pairs(written))


@lru_cache(maxsize=1024)
def _choose(accept: str, name: str, is_suffix: bool, in_address: bool) -> dict[str, Choice | None]:
    """The serialisation for each form of query: what `format=` or the suffix names, else what Accept prefers."""
    formats = named(name) if name else ()
    if is_suffix and not formats:
        raise NotAcceptable(f"no format is called {name!r}.", where="suffix", advice="Take csv, json, xml, tsv, ttl or nt.")
    explicit = is_suffix or in_address
    choices: dict[str, Choice | None] = {}
    for form, offered in _OFFERED.items():
        match = next((each for each in formats if each in _OFFERED[form]), None)
        if match:
            choices[form] = Choice(match, match.media_type)
        else:
            choices[form] = None if formats and explicit and "," not in name else choose(accept, offered)
    return choices


def _tag(data_version: str, operation: Operation, choices: dict[str, Choice | None], zipped: bool) -> str:
    chosen = [each and each.media_type for each in choices.values()]
    digest = hashlib.sha256(repr((operation.query, operation.default_graphs, operation.named_graphs, operation.formats, chosen,
                                  zipped)).encode("utf-8", "surrogatepass"))
    return f'"{data_version}-{digest.hexdigest()}"'  # whole: it is also the key of kept answers, and strangers choose the query


def _ignored(unknown: tuple[str, ...]) -> str:
    """Names of parameters that were not understood: silence about a misspelt dataset would be a wrong answer."""
    words = []
    for name in unknown[:10]:
        safe = "".join(letter if letter.isascii() and letter.isprintable() and letter not in '",;' else "?" for letter in name)
        near = difflib.get_close_matches(name, PARAMETERS, 1, 0.6)
        words.append(f'"{safe[:60]}"' + (f"; meant={near[0]}" if near else ""))
    return ", ".join(words)


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    with answer.file as file:
        while piece := file.read(PIECE):
            yield piece
