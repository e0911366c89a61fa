"""Who may do what: a key as `Authorization: Bearer`, or as the password of HTTP Basic, which a browser asks for by itself.

There are no cookies. A browser sends Basic by itself too, so a request that changes something must not come from a page of another
site (Fetch Metadata, Sec-Fetch-Site; Origin where a browser does not send it).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from fastapi import Request

from kg.contributions import find_key
from kg.errors import Refused
from kg.journal import Key
from kg.terms import thing
from kg.wording import make_error

FIRST = Key("setting", str(thing("agent", "maintainers")), "reviewer", "", "", "")
"""The key of the setting KG_REVIEWER_KEY."""


def authorise(request: Request, role: str) -> Key:
    """The key of a request; raises Unauthorised, or Refused when its role is not enough or another site's page sent it."""
    if request.method not in ("GET", "HEAD"):
        refuse_other_sites(request)
    secret, first = read_secret(request), request.app.state.settings.reviewer_key
    if first and hmac.compare_digest(secret.encode(), first.encode()):
        return FIRST
    return find_key(request.app.state.journal, secret, role)


def read_secret(request: Request) -> str:
    """The secret that a request carries, empty without one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return value.strip()
    if scheme.casefold() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def refuse_other_sites(request: Request) -> None:
    """Raise Refused when a page of another site made the browser send this."""
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    own = {request.headers.get("host", ""), urlsplit(request.app.state.settings.public_base).netloc}
    if site in ("cross-site", "same-site") or (not site and origin and urlsplit(origin).netloc not in own):
        raise make_error(Refused, "other-site", where=origin)
