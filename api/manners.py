"""Manners of every answer: HEAD and OPTIONS, ETag with the data version, caching, security headers, CORS (http.md)."""

from __future__ import annotations

import hashlib
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fields import is_known, read_list, takes_gzip
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
    """Packs answers for those who ask; files are sent as they lie, so that they stream and can be asked for in parts.

    The tag of an answer that is packed here becomes a weak one, since its bytes are others (RFC 9110, 8.8.1).
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or find_own_path(scope).startswith(FILES):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        responder = GZipResponder(self.app, self.minimum_size, self.compresslevel) \
            if takes_gzip(read_list(asked, "accept-encoding")) else IdentityResponder(self.app, self.minimum_size)

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                tag, packed = headers.get("etag", ""), "content-encoding" in headers and not responder.content_encoding_set
                known = message["status"] == 304 and f"W/{tag}" in read_list(asked, "if-none-match")
                if tag and not tag.startswith("W/") and (packed or known):
                    headers["ETag"] = f"W/{tag}"
                if "vary" in headers:
                    headers["Vary"] = ", ".join(dict.fromkeys(each.strip() for each in headers["vary"].split(",")))
            await send(message)

        await responder(scope, receive, finish)


class Manners:
    """Wraps answers that carry a body of known length; protocol routes keep their own."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        enter(scope, self.application)
        speak(scope)
        method, path, version = scope["method"], find_own_path(scope), scope["state"]["version"]
        known = read_list(Headers(scope=scope), "if-none-match") if method in ("GET", "HEAD") else ""
        if method == "OPTIONS":
            allowed = self._find_methods(path)
            headers = MutableHeaders({"Allow": allowed, "Access-Control-Allow-Methods": allowed, "Access-Control-Max-Age": "86400",
                                      "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match"})
            self._add_headers(headers, 204, path, version)
            await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
            await send({"type": "http.response.body", "body": b""})
            return
        if path.startswith((*OWN_MANNERS, *FILES)):
            async def pass_on(message: Message) -> None:
                # A protocol route answers with manners; an address or a method that there is not has no route.
                if message["type"] == "http.response.start" and b"access-control-allow-origin" not in dict(message["headers"]):
                    self._add_headers(MutableHeaders(scope=message), message["status"], path, version)
                await send(message)

            scope["method"] = method  # the scope stays the same object, since who observes reads the route in it
            await self.app(scope, receive, pass_on)
            return
        if method == "HEAD":
            scope["method"] = "GET"
        start: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                self._add_headers(MutableHeaders(scope=start), start["status"], path, version)
                if self._is_known(start, body, known, version):
                    body.clear()
                # A server leaves out the body of HEAD itself; until then packing changes the headers as it does those of GET.
                scope["method"] = method
                await send(start)
                await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, gather)

    def _find_methods(self, path: str) -> str:
        """What the address takes: HEAD comes with every GET, OPTIONS with everything."""
        found = {method for router in self.application.state.routers for route in router.routes if isinstance(route, Route)
                 and route.path_regex.match(path) for method in route.methods or ()}
        return ", ".join(sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())))

    def _is_known(self, start: Message, body: bytearray, known: str, version: str) -> bool:
        """Give an answer its entity tag; whether the client has it already, as `start` says then."""
        if start["status"] != 200:
            return False
        headers = MutableHeaders(scope=start)
        headers["ETag"] = f'"{version}-{hashlib.sha256(body).hexdigest()[:16]}"'
        if not is_known(known, headers["ETag"]):
            return False
        start["status"] = 304
        for name in ("content-length", "content-type"):
            del headers[name]
        return True

    def _add_headers(self, headers: MutableHeaders, status: int, path: str, version: str) -> None:
        headers["Data-Version"] = version
        if status == 405:
            # The framework names the methods of one route, and an address may have several.
            headers["Allow"] = self._find_methods(path)
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "Data-Version, ETag, Link, Retry-After, Content-Profile, Accept-Ranges, Content-Range"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("Content-Security-Policy", POLICY_WITH_STYLES if headers.get("content-type", "") == "image/svg+xml" else POLICY)
        if "vary" not in headers:
            headers["Vary"] = "Accept, Accept-Language"
        headers.setdefault("Cache-Control", "no-cache" if status < 400 else "no-store")
