"""Manners of the protocol routes, where an answer may be too large to be held: CORS on errors too, data version, HEAD."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import answer_error, answer_framework
from kg.errors import KgError

EXPOSED: Final = "ETag, Link, Retry-After, Data-Version, Ignored-Parameters, Content-Disposition, Server-Timing"
HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED,
                  "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class ProtocolRoute(APIRoute):
    """A route whose errors are answered here, so that they carry the same headers as its answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the manners around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except KgError as error:
                response = answer_error(request, error)
            except HTTPException as error:
                response = answer_framework(request, error)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Vary", "Accept, Accept-Encoding")
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers["Data-Version"] = request.state.version
            return response

        return answer
