"""Pages from templates, with what every page needs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.negotiation import read_languages
from kg.terms import BASE, PREFIXES

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: escaped, strict about names."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True)
    made.filters.update(mark=mark, short=shorten, local=to_address, percent=lambda value: f"{100 * float(value):.0f} %")
    made.globals.update(quote=quote, urlencode=urlencode)
    return made


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in answer to a request."""
    root = request.scope.get("root_path", "").rstrip("/")
    text = environment().get_template(template).render(
        request=request, root=root, version=request.state.version, base=request.app.state.settings.public_base,
        languages=read_languages(request), path=request.url.path, index=request.state.index, **values)
    return HTMLResponse(text, status)


def mark(text: str) -> Markup:
    """Text of a search with the found words marked; everything else escaped."""
    return Markup(str(escape(text)).replace("⟦", "<mark>").replace("⟧", "</mark>"))


def shorten(iri: str) -> str:
    """An IRI by prefix where one fits."""
    for prefix, head in PREFIXES.items():
        if iri.startswith(head):
            return f"{prefix}:{iri[len(head):]}"
    return iri


def to_address(iri: str) -> str:
    """The page of one of our things or concepts; any other web address as it is, nothing for other schemes."""
    if iri.startswith(BASE + "id/"):
        return "/doc/" + quote(iri[len(BASE) + 3:])
    if iri.startswith(BASE + "voc/"):
        return "/voc/" + quote(iri[len(BASE) + 4:])
    if iri.startswith(BASE + "ontology#"):
        return "/ontology#" + quote(iri.rsplit("#", 1)[1])
    return iri if iri.startswith(("http://", "https://")) else ""
