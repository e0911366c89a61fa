"""The short way of a query to its route.

Routing, the layers around it and the framework's reading of a request take several times as long as a small query, so a query of
a program goes to the function of its route directly; a browser, which says in plain letters that it wants a page, goes the long way.
Both give the same answer.
A request that is sent again as it was, to the letter, is not even read: dashboards and links ask the same all day.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.generations import enter
from api.prefix import find_own_path
from api.protocol import answer
from api.routes import sparql
from kg.sparql.spool import INLINE

ADDRESS: Final = "/sparql"
MOST: Final = 256
"""Answers that are ready to be sent, each of at most INLINE bytes: 16 MiB."""
VARYING: Final = frozenset({b"accept", b"accept-encoding", b"content-type", b"if-none-match"})
"""Headers of a request that its answer depends on."""
Key = tuple[bytes | tuple[bytes, bytes], ...]


class Shortcut:
    """Stands before the layers of the manners, behind those that observe."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application
        self.routes = {method: route for route in sparql.router.routes if isinstance(route, APIRoute) and route.path == ADDRESS
                       for method in (route.methods or set()) & {"GET", "HEAD", "POST"}}
        self.ready: OrderedDict[Key, tuple[Message, Message]] = OrderedDict()
        self.version = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get(scope["method"]) if scope["type"] == "http" and find_own_path(scope) == ADDRESS else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        self._renew()
        varying = [each for each in scope["headers"] if each[0] in VARYING]
        key = (scope["query_string"], *varying)
        repeatable = scope["method"] == "GET" and not any(name == b"if-none-match" for name, _ in varying)
        if repeatable and (found := self.ready.get(key)):
            self.ready.move_to_end(key)
            for message in found:
                await send(message)
            return
        if b"html" in scope["query_string"] or any(b"html" in value.lower() for _, value in varying):
            await self.app(scope, receive, send)
            return
        enter(scope, self.application)
        response = await answer(route.endpoint, Request(scope, receive))
        if repeatable:
            self._keep(key, response)
        await response(scope, receive, send)

    def _renew(self) -> None:
        """Forget what was answered from another data version than that which queries read now."""
        state = self.application.state
        version = state.pool.version if state.pool else state.generation.version
        if version != self.version:
            self.ready.clear()
            self.version = version

    def _keep(self, key: Key, response: Response) -> None:
        """Keep an answer that everybody gets at this data version: whole, with an entity tag, and not too long."""
        headers = response.headers
        if (type(response) is not Response or response.status_code != 200 or "etag" not in headers or len(response.body) > INLINE
                or headers.get("data-version") != self.version):
            return
        self.ready[key] = ({"type": "http.response.start", "status": 200, "headers": response.raw_headers},
                           {"type": "http.response.body", "body": response.body})
        if len(self.ready) > MOST:
            self.ready.popitem(last=False)
