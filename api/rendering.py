"""Pages from templates, with what every page needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.description import name_source
from api.figures import write_figure
from api.languages import OWN_NAMES, Spoken, load_catalogue, speak
from api.manners import POLICY
from api.negotiation import read_languages
from api.prefix import find_root
from api.words import STEPS, WORDS
from kg.terms import BASE, shorten

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=3)
def environment(interface: str = "en") -> Environment:
    """The templates in a language of the interface: escaped, strict about names."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, extensions=["jinja2.ext.i18n"], auto_reload=False)
    made.policies["ext.i18n.trimmed"] = True
    catalogue = NullTranslations() if interface == "en" else load_catalogue(interface)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    say = catalogue.gettext
    made.filters.update(mark=mark, short=shorten, local=to_address, page=find_address, percent=lambda value: f"{100 * float(value):.0f} %",
                        word=partial(find_word, say), step=lambda kind: say(STEPS[kind]) if kind in STEPS else "", question=find_question,
                        figure=lambda value, unit: write_figure(value, unit, interface),
                        when=lambda about: about.say_period(interface, datetime.now(UTC).date()),
                        said=lambda text: say(text) if text else "",
                        initial=lambda text: text[:1].upper() + text[1:], language=partial(mark_language, interface))
    made.globals.update(quote=quote, urlencode=urlencode, interface=interface, own_names=OWN_NAMES)
    return made


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in answer to a request."""
    root = find_root(request)
    if "spoken" not in request.scope["state"]:
        speak(request.scope)  # a query that came the short way (`api.shortcut`): few of them want a page
    spoken: Spoken = request.state.spoken
    text = environment(spoken.interface).get_template(template).render(
        request=request, root=root, tongue=spoken, version=request.state.version, base=request.app.state.settings.public_base,
        languages=read_languages(request), path=request.url.path, index=request.state.index,
        source_name=partial(name_source, request.state.store), **values)
    if "lang" in request.query_params and not spoken.unknown:
        text = keep_language(text, root, request.query_params["lang"][:2].lower())
    tags = dict.fromkeys((spoken.interface, spoken.names))
    return HTMLResponse(text, status, {"Content-Language": ", ".join(tags), "Vary": "Accept, Accept-Language",
                                        "Content-Security-Policy": POLICY})


NO_PAGES: Final = ("static/", "data/", "graphs", "stream", "catalogue", "openapi.json", ".well-known/", "health", "metrics")
"""Where addresses of the service begin that say the same in every language."""


def keep_language(text: str, root: str, language: str) -> str:
    """A page whose links and forms within the service ask for the language too."""
    inside = re.escape(root) + r"(?:/(?!/|" + "|".join(map(re.escape, NO_PAGES)) + r")[^\"?#]*)?"

    def lead(found: re.Match[str]) -> str:
        head, query, anchor = found["head"], found["query"] or "", found["anchor"] or ""
        if not (found["path"] or query) or re.search(r"[?;&]lang=", query):
            return found[0]
        return f'{head}{found["path"]}{query}{"&amp;" if query else "?"}lang={language}{anchor}"'

    text = re.sub(rf'(?P<head><a [^>]*?href=")(?P<path>{inside})(?P<query>\?[^"#]*)?(?P<anchor>#[^"]*)?"', lead, text)
    text = re.sub(rf'(?P<head>(?:form|<form [^>]*?)action=")(?P<path>{inside})(?P<query>\?[^"#]*)?(?P<anchor>#[^"]*)?"', lead, text)
    return re.sub(r'<form(?![^>]*method="post")(?![^>]*class="[^"]*tongue)[^>]*>',
                  rf'\g<0><input type="hidden" name="lang" value="{language}">', text)


def find_question(query: str) -> str:
    """The question that a stored query answers: its first comment."""
    return next((line[2:] for line in query.splitlines() if line.startswith("# ")), "")


def find_word(say: Callable[[str], str], name: str) -> str:
    """What the interface calls a type, list, filter, view or state by its name in addresses and vocabularies."""
    return say(WORDS[name]) if name in WORDS else name.replace("-", " ")


def mark_language(interface: str, language: str) -> Markup:
    """The attribute that names the language of a text where it is not that of the page (WCAG 2.2, 3.1.2)."""
    return Markup(f' lang="{escape(language)}"') if language and language != interface else Markup("")


def mark(text: str) -> Markup:
    """Text of a search with the found words marked; everything else escaped."""
    return Markup(str(escape(text)).replace("⟦", "<mark>").replace("⟧", "</mark>"))


def find_address(iri: str, root: str) -> str:
    """The page of a thing from the root of the service; that of a thing of somebody else's space is theirs."""
    address = to_address(iri)
    return root + address if address.startswith("/") else address


def to_address(iri: str) -> str:
    """The page of one of our things or concepts; any other web address as it is, nothing for other schemes."""
    if iri.startswith(BASE + "id/"):
        return "/doc/" + quote(iri[len(BASE) + 3:])
    if iri.startswith(BASE + "voc/"):
        return "/voc/" + quote(iri[len(BASE) + 4:])
    if iri.startswith(BASE + "ontology#"):
        return "/ontology#" + quote(iri.rsplit("#", 1)[1])
    return iri if iri.startswith(("http://", "https://")) else ""
