"""The short way of a query to its route.

Routing, the layers around it and the framework's reading of a request take several times as long as a small query, so a query of
a program goes to the function of its route directly; a browser, which wants a page, goes the long way. Both give the same answer.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.generations import enter
from api.prefix import find_own_path
from api.protocol import answer
from api.routes import sparql

ADDRESS = "/sparql"


class Shortcut:
    """Stands before the layers of the manners, behind those that observe."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application
        self.routes = {method: route for route in sparql.router.routes if isinstance(route, APIRoute) and route.path == ADDRESS
                       for method in (route.methods or set()) & {"GET", "POST"}}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get(scope["method"]) if scope["type"] == "http" and find_own_path(scope) == ADDRESS else None
        if route is None or b"html" in scope["query_string"] or any(b"html" in value for key, value in scope["headers"]
                                                                     if key in (b"accept", b"content-type")):
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        enter(scope, self.application)
        response = await answer(route.endpoint, Request(scope, receive))
        await response(scope, receive, send)
