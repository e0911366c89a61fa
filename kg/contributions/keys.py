"""Keys of partners: shown once, kept as a digest, each with a role and an IRI space of its own."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Final

from kg.errors import Invalid, Refused, Unauthorised
from kg.journal import Journal, Key
from kg.terms import BASE, thing
from kg.wording import make_error

MAINTAINERS: Final = str(thing("agent", "maintainers"))
_IRI: Final = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?/[^\s\x00-\x20<>\"{}|\\^`]*")
ROLES: Final = ("partner", "reviewer")
ABOVE: Final = {"partner": frozenset({"partner", "reviewer"}), "reviewer": frozenset({"reviewer"})}


def add_key(journal: Journal, agent: str, role: str, space: str = "",
            secret: Callable[[int], str] = secrets.token_urlsafe, *, by: str = MAINTAINERS) -> tuple[Key, str]:
    """Make a key for an agent (an IRI), as the organisation `by` decides, and return it with its secret, which is not kept.

    The secret has 256 random bits, so that one round of SHA-256 is enough to keep it (no dictionary to try). `space` is the start
    of the IRIs that the partner may describe. Raises Invalid for an unknown role, for what is no IRI, and for a space that
    reaches into ours or that of another partner.
    """
    if role not in ROLES:
        raise Invalid(f"the role {role!r} is not known.", where="role", advice=f"Known are {', '.join(ROLES)}.")
    for where, iri in (("agent", agent), ("by", by)):
        if not _IRI.fullmatch(iri):
            raise Invalid(f"{iri!r} is no IRI of an organisation.", where=where, advice=f"Write one like {BASE}id/organisation/iclei.")
    if space:
        _check_space(journal, agent, space)
    value = secret(32)
    key = Key(_digest(value)[:8], agent, role, space, journal.clock().isoformat(timespec="seconds").replace("+00:00", "Z"), "")
    journal.add_key(key, _digest(value), by)
    return key, value


def _check_space(journal: Journal, agent: str, space: str) -> None:
    if not (_IRI.fullmatch(space) and space.startswith("https://") and space.endswith(("/", "#"))):
        raise Invalid(f"{space!r} cannot be a partner's own space.", where="space",
                      advice="Write the start of the partner's own IRIs with / or # at its end, https://data.example.org/id/ for instance.")
    taken = [BASE, *(key.space for key in journal.all_keys() if key.space and not key.revoked and key.agent != agent)]
    met = next((each for each in taken if space.startswith(each) or each.startswith(space)), "")
    if met:
        raise Invalid(f"{space!r} reaches into the space {met}, which is {'ours' if met == BASE else 'that of another partner'}.",
                      where="space", advice="Write a longer start of the partner's own IRIs.")


def find_key(journal: Journal, secret: str, role: str) -> Key:
    """The key with this secret; raises Unauthorised for an unknown or revoked one, Refused when its role is not enough."""
    key = journal.find_key(_digest(secret)) if secret else None
    if key is None:
        raise make_error(Unauthorised, "no-key")
    if key.role not in ABOVE[role]:
        raise make_error(Refused, "key-role", key.role, role)
    return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
