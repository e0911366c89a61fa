"""Choosing a format: by suffix, else by Accept with q-values (RFC 9110, 12.5.1)."""

from __future__ import annotations

from fastapi import Request

from api.fields import read_list, read_quality
from api.languages import rank_languages
from kg.errors import NotAcceptable
from kg.formats import BY_SUFFIX, Format
from kg.wording import make_error


def split_suffix(reference: str) -> tuple[str, str]:
    """The reference and the suffix of a format, where it ends in one."""
    head, dot, tail = reference.rpartition(".")
    return (head, tail) if dot and tail in BY_SUFFIX else (reference, "")


def choose(request: Request, offered: tuple[Format, ...], suffix: str = "") -> Format:
    """The format to answer in; raises NotAcceptable with what is offered."""
    names = ", ".join(f".{each.suffix} ({each.media_type})" for each in offered)
    if suffix:
        for each in offered:
            if each.suffix == suffix:
                return each
        raise make_error(NotAcceptable, "no-such-suffix", suffix, names, where=request.url.path)
    accept = read_list(request.headers, "accept") or "*/*"
    best, best_quality = None, 0.0
    for each in offered:
        quality = _quality(each.media_type, accept)
        if quality > best_quality:
            best, best_quality = each, quality
    if best is None:
        raise make_error(NotAcceptable, "none-accepted", names, where=request.url.path)
    return best


def prefers_page(request: Request) -> bool:
    """Whether the client is a browser that reads pages."""
    accept = read_list(request.headers, "accept").lower()
    return _quality("text/html", accept) > _quality("application/problem+json", accept) if "html" in accept else False


def read_languages(request: Request) -> tuple[str, ...]:
    """The wanted languages, best first, as two-letter codes."""
    return rank_languages(request.query_params.get("lang", ""), read_list(request.headers, "accept-language"))


def _quality(media_type: str, accept: str) -> float:
    kind = media_type.split("/")[0]
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.strip().partition(";")
        found[name.strip().lower()] = read_quality(parameters)
    for wanted in (media_type, f"{kind}/*", "*/*"):
        if wanted in found:
            return found[wanted]
    return 0.0
