"""Manners of every answer: HEAD and OPTIONS, ETag with the data version, caching, security headers, CORS (http.md)."""

from __future__ import annotations

import hashlib
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.generations import enter
from api.keeping import Keeping
from api.languages import speak
from api.prefix import find_own_path
from api.steadying import Steadying

POLICY: Final = ("default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
                 "base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
POLICY_WITH_STYLES: Final = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The editor of queries places its lines by styles of its own, and a drawing carries its own; scripts are held as everywhere."""
OWN_MANNERS: Final = ("/sparql", "/queries/", "/graphs")
FILES: Final = ("/data/", "/stream/")


def keep(app: FastAPI) -> None:
    """Add the manners to an application."""
    app.add_middleware(Manners, application=app)
    app.add_middleware(Packing, minimum_size=1024, compresslevel=6)
    if app.state.settings.store:
        app.add_middleware(Steadying, application=app)
    app.add_middleware(Keeping, application=app)


class Packing(GZipMiddleware):
    """Packs answers for those who ask; files are sent as they lie, so that they stream and can be asked for in parts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and find_own_path(scope).startswith(FILES):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Manners:
    """Wraps answers that carry a body of known length; protocol routes keep their own."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            enter(scope, self.application)
            speak(scope)
        if scope["type"] != "http" or find_own_path(scope).startswith(OWN_MANNERS):
            await self.app(scope, receive, send)
            return
        method, asked, version = scope["method"], Headers(scope=scope), scope["state"]["version"]
        if method == "HEAD":
            scope["method"] = "GET"
        if method == "OPTIONS":
            allowed = ", ".join(self._find_methods(scope))
            headers = {"Allow": allowed, "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Accept, Content-Type",
                       "Access-Control-Allow-Methods": allowed}
            await send({"type": "http.response.start", "status": 204,
                        "headers": [(key.lower().encode(), value.encode()) for key, value in headers.items()]})
            await send({"type": "http.response.body", "body": b""})
            return
        if find_own_path(scope).startswith(FILES):
            async def pass_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._add_headers(MutableHeaders(scope=message), message["status"], version)
                await send(message)

            scope["method"] = method  # the scope stays the same object, since who observes reads the route in it
            await self.app(scope, receive, pass_on)
            return
        start: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(start, bytes(body), method, asked, send, version)

        await self.app(scope, receive, gather)

    def _find_methods(self, scope: Scope) -> list[str]:
        """What the address takes: HEAD comes with every GET, OPTIONS with everything."""
        found = {method for router in self.application.state.routers for route in router.routes if isinstance(route, Route)
                 and route.path_regex.match(find_own_path(scope)) for method in route.methods or ()}
        return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))

    async def _finish(self, start: Message, body: bytes, method: str, asked: Headers, send: Send, version: str) -> None:
        headers = MutableHeaders(scope=start)
        self._add_headers(headers, start["status"], version)
        if start["status"] == 200:
            headers["ETag"] = f'"{version}-{hashlib.sha256(body).hexdigest()[:16]}"'
            if headers["ETag"] in (tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")):
                start["status"], body = 304, b""
                del headers["content-length"]
                if "content-type" in headers:
                    del headers["content-type"]
        await send(start)
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    def _add_headers(self, headers: MutableHeaders, status: int, version: str) -> None:
        headers["Data-Version"] = version
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "Data-Version, ETag, Link, Retry-After, Content-Profile, Accept-Ranges, Content-Range"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("Content-Security-Policy", POLICY_WITH_STYLES if headers.get("content-type", "") == "image/svg+xml" else POLICY)
        if "vary" not in headers:
            headers["Vary"] = "Accept, Accept-Language"
        headers.setdefault("Cache-Control", "no-cache" if status < 400 else "no-store")
