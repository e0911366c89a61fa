"""Manners of the protocol routes, where an answer may be too large to be held: CORS on errors too, data version, HEAD."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from api.fields import is_known, read_list
from api.problems import answer_error, answer_framework
from kg.errors import KgError

EXPOSED: Final = "ETag, Link, Retry-After, Data-Version, Ignored-Parameters, Content-Disposition, Server-Timing"
HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED,
                  "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class ProtocolRoute(APIRoute):
    """A route whose errors are answered here, so that they carry the same headers as its answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the manners around it."""
        return partial(answer, super().get_route_handler())


async def answer(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    """What a handler answers, or the error that it raises, with the headers that every answer has."""
    try:
        response = await handle(request)
    except KgError as error:
        response = answer_error(request, error)
    except HTTPException as error:
        response = answer_framework(request, error)
    if isinstance(response, HTMLResponse) and response.status_code == 200:
        response = _validate(request, response)
    headers = response.headers
    headers.update(HEADERS)
    headers.setdefault("Vary", "Accept, Accept-Encoding")
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Data-Version", request.state.version)
    return response


def _validate(request: Request, response: HTMLResponse) -> Response:
    """A page with the entity tag of its bytes, or 304 where the client has it."""
    tag = f'"{response.headers.get("data-version", request.state.version)}-{hashlib.sha256(response.body).hexdigest()[:16]}"'
    response.headers["ETag"] = tag
    known = read_list(request.headers, "if-none-match") if request.method in ("GET", "HEAD") else ""
    if not is_known(known, tag):
        return response
    return Response(None, 304, {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")})
