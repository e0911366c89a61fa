"""What a change may reach: the things whose lists, statements or labels can read differently when some subjects change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import URIRef
from rdflib.term import Node

from kg.store import Store
from kg.terms import ID, ORG

MADE = tuple(str(ID) + kind for kind in ("feature/", "profile/", "synergy/", "evidence/"))


def find_near(store: Store, changed: Iterable[URIRef]) -> set[URIRef]:
    """The changed subjects, what refers to one within two steps, what one leads to within two, and what one is member of.

    Ask before a change and after it. Only things count, and none that the service itself makes.
    """
    first = set(changed)
    near = set(first)
    for step in (_referring, _led_to):
        reached: set[Node] = set(first)
        for _ in range(2):
            reached = {term for each in reached for term in step(store, each) if _counts(term)}
            near |= {URIRef(str(term)) for term in reached if str(term).startswith(str(ID))}
    # A membership stands between its two ends: what it joins is neither behind the member nor before it.
    for member in first:
        for membership, _, _ in store.match(None, ORG.member, member):
            near |= {URIRef(str(term)) for _, _, term in store.match(membership, ORG.organization, None) if str(term).startswith(str(ID))}
    return near


def _referring(store: Store, term: Node) -> Iterator[Node]:
    return (subject for subject, _, _ in store.match(None, None, term))


def _led_to(store: Store, term: Node) -> Iterator[Node]:
    return (value for _, _, value in store.match(term, None, None))


def _counts(term: Node) -> bool:
    return isinstance(term, URIRef) and not str(term).startswith(MADE)
