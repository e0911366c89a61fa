"""Which other contributions touch the records of one: what a reviewer has to know before deciding."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kg.contributions.replay import read_graph
from kg.journal import Contribution, Event, Journal
from kg.terms import DCT, RDF, SKOS, thing

TITLES: Final = (DCT.title, SKOS.prefLabel)
OPEN: Final = ("submitted", "changes-requested", "accepted", "published")
"""The states from which a contribution is public, or can become so without its sender; a draft is nobody's business."""
_TYPED: Final = re.compile(rb"^<([^>]+)> <" + re.escape(str(RDF.type).encode()) + rb"> ", re.MULTILINE)
_PART: Final = str(thing("node", ""))


@dataclass(frozen=True)
class Overlap:
    """Another contribution that touches records of this one; `later` says that it was published after this one was sent."""

    reference: str
    title: str
    status: str
    records: tuple[str, ...]
    later: bool


def find_described(content: bytes) -> set[str]:
    """The IRIs of what a contribution describes, but for the parts that we name, read from its N-Quads as we write them."""
    return {iri for iri in (found.decode() for found in _TYPED.findall(content)) if not iri.startswith(_PART)}


def find_overlaps(journal: Journal, wanted: Iterable[Contribution]) -> Mapping[str, tuple[Overlap, ...]]:
    """The contributions that touch the same records as each of the wanted ones, by its reference, oldest first."""
    touched = {each.reference: (each, _find_touched(each)) for each in journal.contributions() if each.status in OPEN}
    touching: dict[str, list[str]] = defaultdict(list)
    for reference, (_, records) in touched.items():
        for record in records:
            touching[record].append(reference)
    sent, published = _find_steps(journal.events(kinds=("submitted", "published")))
    found: dict[str, tuple[Overlap, ...]] = {}
    for each in wanted:
        own = _find_touched(each)
        others = {other for record in own for other in touching[record]} - {each.reference}
        found[each.reference] = tuple(
            Overlap(other, read_title(touched[other][0]), touched[other][0].status, tuple(sorted(own & touched[other][1])),
                    published.get(other, 0) > sent.get(each.reference, 0)) for other in touched if other in others)
    return found


def read_title(contribution: Contribution) -> str:
    """What a contribution calls its records: the first title by alphabet, empty without one."""
    graph = read_graph(contribution.content)
    return min((str(value) for predicate in TITLES for value in graph.objects(None, predicate)), default="")


def _find_touched(contribution: Contribution) -> set[str]:
    return find_described(contribution.content) | set(contribution.replaces)


def _find_steps(events: Iterable[Event]) -> tuple[dict[str, int], dict[str, int]]:
    """The last time that each contribution was sent, and published, as numbers of events."""
    last: dict[str, dict[str, int]] = {"submitted": {}, "published": {}}
    for event in events:
        last[event.kind][event.reference] = event.sequence
    return last["submitted"], last["published"]
