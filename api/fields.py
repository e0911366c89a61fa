"""Fields of a request that hold lists, read whole: a client or a proxy may spread one over several lines (RFC 9110, 5.3)."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import Headers


def read_list(headers: Headers, name: str) -> str:
    """A field with all its lines in their order, empty without one."""
    return ", ".join(headers.getlist(name))


def names_tag(known: str, tag: str) -> bool:
    """Whether If-None-Match holds an entity tag, by the weak comparison (RFC 9110, 13.1.2)."""
    return bool(known) and tag.removeprefix("W/") in (each.strip().removeprefix("W/") for each in known.split(","))


def takes_any(known: str) -> bool:
    """Whether If-None-Match holds for whatever there is."""
    return known.strip() == "*"


def is_known(known: str, tag: str) -> bool:
    """Whether If-None-Match holds for an answer with this entity tag (RFC 9110, 13.1.2)."""
    return takes_any(known) or names_tag(known, tag)


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding names gzip and does not exclude it (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return read_quality(parameters) > 0
    return False


def read_quality(parameters: str) -> float:
    """The q-value among the parameters of a part of an Accept field, 1 without one, 0 when it is no number (RFC 9110, 12.4.2)."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
