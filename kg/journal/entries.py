"""What the journal holds, in the words of the domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    "": frozenset({"draft", "submitted"}),
    "draft": frozenset({"draft", "submitted", "withdrawn"}),
    "submitted": frozenset({"changes-requested", "accepted", "rejected", "withdrawn"}),
    "changes-requested": frozenset({"changes-requested", "submitted", "withdrawn"}),
    "accepted": frozenset({"published", "withdrawn", "rejected"}),
    "published": frozenset({"superseded", "withdrawn"}),
    "superseded": frozenset(), "withdrawn": frozenset(), "rejected": frozenset(),
}
STATUSES: Final = tuple(TRANSITIONS)[1:]


@dataclass(frozen=True)
class Contribution:
    """What a partner sent: its public reference, who sent it and in which form, what it replaces, and where it stands.

    `agent` is the IRI of an organisation or of the public; `received` and `changed` are UTC in ISO 8601; `sequence` is its last
    event; `content` is N-Triples; `replaces` holds the IRIs of the records that it describes anew.
    """

    reference: str
    agent: str
    form: str
    source: str
    received: str
    replaces: tuple[str, ...]
    status: str
    changed: str
    sequence: int
    note: str
    content: bytes


@dataclass(frozen=True)
class Change:
    """What a step does to the published graphs: N-Quads `added` and `removed`, names of `dropped` graphs, things that are `gone`."""

    added: bytes = b""
    removed: bytes = b""
    dropped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.dropped or self.gone)


@dataclass(frozen=True)
class Event:
    """One step: sequence number, time (UTC, ISO 8601), kind, by whom, why, and its change.

    The kind is a status, `graphs` for a harvest, `erased-contact`, `added-key` or `revoked-key`; the last two refer to the key.
    """

    sequence: int
    at: str
    kind: str
    reference: str
    agent: str
    note: str
    change: Change = Change()


@dataclass(frozen=True)
class Key:
    """A key of a partner: role, the agent it speaks for and the IRI space it may describe; the secret itself is not kept."""

    reference: str
    agent: str
    role: str
    space: str
    created: str
    revoked: str
