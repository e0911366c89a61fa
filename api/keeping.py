"""Answers kept in memory: what was answered once from a data version is sent again without being made again.

Only what everybody gets is kept: GET without a key, answered 200, and nothing that rests on what its reader wrote (which says
no-store, as a plan in words does) or that has a keeper of its own (SPARQL, files of releases). A new data version or a new day empties
the memory, since answers depend on both.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fields import is_known, read_list
from api.prefix import find_own_path

NEVER: Final = ("/sparql", "/queries", "/graphs", "/data/", "/stream", "/static/", "/catalogue", "/contributions", "/reviews",
                "/reconcile", "/health", "/ready", "/metrics")
VARYING: Final = ("accept", "accept-language", "accept-encoding", "accept-profile")
MOST_BYTES: Final = 64 * 2**20
MOST_OF_ONE: Final = 2**20
MOST_OF_FIELD: Final = 300
"""Letters of a field that are kept as part of a key; requests with a longer one are answered anew."""
NO_BODY: Final = frozenset({"content-length", "content-type", "content-encoding"})
Key = tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A whole answer as it was sent, and the route that made it."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    route: object


class Keeping:
    """Sends kept answers, least recently used ones forgotten first; conditional requests are answered from them too (RFC 9110, 13)."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application
        self.answers: OrderedDict[Key, Answer] = OrderedDict()
        self.size, self.state = 0, ("", "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or find_own_path(scope).startswith(NEVER):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        varying = tuple(read_list(headers, name) for name in VARYING)
        if ("authorization" in headers or "range" in headers or len(scope["query_string"]) > 2000
                or any(len(each) > MOST_OF_FIELD for each in varying)):
            await self.app(scope, receive, send)
            return
        self._renew((self.application.state.generation.version, datetime.datetime.now(datetime.UTC).date().isoformat()))
        key = (scope["path"], scope.get("root_path", ""), scope["query_string"].decode("latin-1"), *varying)
        held = self.answers.get(key)
        if held is None:
            # The scope stays the same object: what answers unforeseen errors stands outside and reads what is put into it.
            scope["headers"] = [each for each in scope["headers"] if each[0] != b"if-none-match"]
            await self._ask(key, scope, receive, send)
        else:
            self.answers.move_to_end(key)
            scope["route"] = held.route
            await _send(held, read_list(headers, "if-none-match"), send)

    def _renew(self, state: tuple[str, str]) -> None:
        if state != self.state:
            self.answers.clear()
            self.size, self.state = 0, state

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the answer be made, send it as it comes, and keep it when it is whole, public and not too long."""
        state, body = self.state, bytearray()
        start: Message = {}

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Outer layers add headers of their own to the list that is sent.
                start.update(status=message["status"], headers=list(message["headers"]))
            elif len(body) <= MOST_OF_ONE:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self._keep(key, state, start, bytes(body), scope.get("route"))
            await send(message)

        await self.app(scope, receive, gather)

    def _keep(self, key: Key, state: tuple[str, str], start: Message, body: bytes, route: object) -> None:
        headers = Headers(raw=start["headers"])
        if (start["status"] != 200 or len(body) > MOST_OF_ONE or state != self.state or headers.get("data-version") != state[0]
                or "no-store" in headers.get("cache-control", "") or "private" in headers.get("cache-control", "")):
            return
        if key not in self.answers:
            self.answers[key] = Answer(tuple(start["headers"]), body, route)
            self.size += len(body)
        while self.size > MOST_BYTES:
            self.size -= len(self.answers.popitem(last=False)[1].body)


async def _send(held: Answer, known: str, send: Send) -> None:
    headers = MutableHeaders(raw=list(held.headers))
    if is_known(known, headers.get("etag", "-")):
        for name in NO_BODY:
            del headers[name]
        await send({"type": "http.response.start", "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
    await send({"type": "http.response.body", "body": held.body})
