"""Errors as answers: RFC 9457 problem+json for programs, a page that says what to do next for browsers."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.negotiation import prefers_page, read_languages
from api.rendering import render
from kg.errors import Gone, Invalid, KgError, NotFound, UnknownParameter
from kg.wording import choose_language, make_error, reword


def handle(app: FastAPI) -> None:
    """Answer every error of ours, of the framework and any unforeseen one."""
    app.add_exception_handler(KgError, answer_error)
    app.add_exception_handler(HTTPException, answer_framework)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(Exception, _answer_unforeseen)


def answer_error(request: Request, error: Exception) -> Response:
    """The answer for one of our errors, in the language of the reader where it has a code."""
    assert isinstance(error, KgError)
    language = choose_language(read_languages(request)) if error.code else "en"
    error = reword(error, language)
    problem: dict[str, Any] = {
        "type": f"{request.app.state.settings.public_base}docs#{error.help_anchor}", "title": error.title, "status": error.status,
        "detail": " ".join(part for part in (error.what[:1].upper() + error.what[1:], error.advice) if part),
        "instance": request.url.path}
    for name in ("where", "line", "column", "limit", "elapsed"):
        if getattr(error, name):
            problem[name] = getattr(error, name)
    headers = {"Vary": "Accept, Accept-Language"}
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="urban-agenda-kg", charset="UTF-8"'
    if prefers_page(request):
        page = render(request, "problem.html", status=error.status, problem=problem, spoken=language)
        page.headers.update(headers)
        return page
    headers["Content-Language"] = language
    return Response(json.dumps(problem, ensure_ascii=False), error.status, headers, "application/problem+json")


def answer_framework(request: Request, error: Exception) -> Response:
    """The answer for an error of the framework: unknown address, wrong method, wrong media type."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer_error(request, NotFound("nothing has this address.", where=request.url.path,
                                              advice="Look for it by name on the search page."))
    what = f"{request.method} is not taken here." if error.status_code == 405 else str(error.detail)
    made = KgError(what, advice="See /docs for what this address takes.")
    made.status, made.title = error.status_code, HTTPStatus(error.status_code).phrase
    answer = answer_error(request, made)
    answer.headers.update(error.headers or {})
    return answer


def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1]) if first["loc"] else ""
    return answer_error(request, Invalid(f"the parameter {name} is not as expected: {first['msg']}.", where=name,
                                         advice="See /docs for what it takes."))


def _answer_unforeseen(request: Request, error: Exception) -> Response:
    answer = answer_error(request, KgError("something failed that was not foreseen.",
                                           advice="Try again; if it happens again, tell the maintainers what you did."))
    # This is said outside of all layers that have manners.
    for name, value in {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Vary": "Accept"}.items():
        answer.headers.setdefault(name, value)
    return answer


def check_parameters(request: Request, known: tuple[str, ...]) -> None:
    """Refuse query parameters that an address does not know, and name those that it knows; every address knows `lang`."""
    for name in request.query_params:
        if name not in known and name != "lang":
            raise make_error(UnknownParameter, "unknown-parameter", name[:60], ", ".join(known), where=request.url.path)


def gone(what: str) -> Gone:
    """The error for a thing that was withdrawn."""
    return Gone(f"{what} was withdrawn.", advice="The search page finds what is published now.")
