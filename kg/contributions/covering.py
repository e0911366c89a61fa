"""What published contributions cover: the records that each stands in the place of, and the statements that nobody sees meanwhile.

Each covers what it took away when it was published, and what the one covered that it supersedes. When one is withdrawn, a later one
that replaces the same record goes on to cover what it does not say itself; the rest is public again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rdflib import URIRef
from rdflib.term import Node

from kg.contributions.replay import Quad, read_graph, read_quads
from kg.journal import Contribution, Event

STEPS: Final = ("published", "superseded", "withdrawn")
"""The kinds of events that tell what is covered."""


@dataclass
class Cover:
    """A contribution with those that it supersedes, and the statements that it keeps out of sight."""

    references: list[str] = field(default_factory=list)
    quads: set[Quad] = field(default_factory=set)


class Covers:
    """The covers of all published contributions, in the order of their publication, as the events of STEPS tell."""

    def __init__(self, events: Iterable[Event], find: Callable[[str], Contribution]) -> None:
        self._find, self._covers = lru_cache(maxsize=None)(find), dict[str, Cover]()
        earlier = Cover()
        for event in events:
            if event.kind == "superseded":  # comes right before what it is superseded by
                earlier = self._covers.pop(event.reference)
            elif event.kind == "published":
                self._covers[event.reference] = Cover([*earlier.references, event.reference],
                                                      earlier.quads | set(read_quads(event.change.removed)))
                earlier = Cover()
            elif event.reference in self._covers:
                back = set(read_quads(event.change.added)) if self._covers[event.reference].quads else set()
                for heir, quads in self._pass_on(event.reference):
                    self._covers[heir].quads |= quads - back
                del self._covers[event.reference]

    def uncover(self, reference: str) -> set[Quad]:
        """The statements that are public again once this contribution is withdrawn; none where it is not published any more."""
        if reference not in self._covers:
            return set()
        return self._covers[reference].quads.difference(*(quads for _, quads in self._pass_on(reference)))

    def _pass_on(self, reference: str) -> Iterator[tuple[str, set[Quad]]]:
        """The later contributions that go on to cover something of this one, each with what it covers."""
        cover, order = self._covers[reference], list(self._covers)
        left = set(cover.quads)
        for heir in order[order.index(reference) + 1:] if left else ():
            shared = self._find_records(reference) & self._find_records(heir)
            if shared:
                described, stated = self._find_described(reference, shared), set(read_graph(self._find(heir).content))
                quads = {quad for quad in left if quad[1] in described and quad[1:] not in stated}
                left -= quads
                yield heir, quads

    def _find_records(self, reference: str) -> set[str]:
        return {record for each in self._covers[reference].references for record in self._find(each).replaces}

    def _find_described(self, reference: str, records: Set[str]) -> set[Node]:
        """Some of the records of a contribution with the parts that it, or what it covers, leads to from them."""
        cover = self._covers[reference]
        leads: dict[Node, set[Node]] = {}
        for subject, _, value in (*(quad[1:] for quad in cover.quads), *read_graph(self._find(reference).content)):
            leads.setdefault(subject, set()).add(value)
        apart = {URIRef(record) for record in self._find_records(reference) - records}
        found, ahead = set[Node](), {URIRef(record) for record in records}
        while ahead:
            found |= ahead
            ahead = {value for each in ahead for value in leads.get(each, ()) if value in leads} - found - apart  # type: ignore[assignment]
        return found
