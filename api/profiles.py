"""Content negotiation by profile: `?profile=NAME` or Accept-Profile (W3C, Content Negotiation by Profile, QSA and HTTP)."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from api.fields import read_list
from kg.errors import NotAcceptable
from kg.terms import BASE

PROFILES: Final = {
    "uaeu": BASE + "ontology",
    "dcat-ap-3.0.1": "https://semiceu.github.io/DCAT-AP/releases/3.0.1/",
    "dcat-ap-2.1.1": "https://semiceu.github.io/DCAT-AP/releases/2.1.1/",
    "epo": "http://data.europa.eu/a4g/ontology",
    "schema.org": "https://schema.org/",
}


def choose_profile(request: Request, offered: tuple[str, ...]) -> str:
    """The name of the profile to answer in, the first offered without a wish; raises NotAcceptable with what is offered."""
    named = request.query_params.get("profile")
    if named is not None:
        if named in offered:
            return named
        raise _refuse(request, offered)
    ranked = []
    for place, part in enumerate(read_list(request.headers, "accept-profile").split(",")):
        iri, _, parameters = part.strip().partition(";")
        quality = parameters.partition("q=")[2].strip() or "1"
        if iri and quality.replace(".", "", 1).isdigit() and float(quality) > 0:
            ranked.append((-float(quality), place, iri.strip("<> ")))
    for _, _, iri in sorted(ranked):
        for name in offered:
            if iri.rstrip("/#") in (name, PROFILES[name].rstrip("/#")):
                return name
    if ranked:
        raise _refuse(request, offered)
    return offered[0]


def describe_profile(name: str) -> dict[str, str]:
    """The headers that say which profile an answer keeps."""
    return {"Content-Profile": f"<{PROFILES[name]}>", "Link": f'<{PROFILES[name]}>; rel="profile"',
            "Vary": "Accept, Accept-Language, Accept-Profile"}


def _refuse(request: Request, offered: tuple[str, ...]) -> NotAcceptable:
    return NotAcceptable("no such profile is offered.", where=request.url.path,
                         advice=f"There is {', '.join(f'{name} (<{PROFILES[name]}>)' for name in offered)}.")
