"""The publisher: brings a store and all its products up to the last event of the journal.

Order within one publish: graphs of sources, then the synergies, then the mark of the last event, then the read model and the feed.
A process that ends in the middle does the whole of it again at its next start, since each part is a replacement.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from rdflib import URIRef

from kg.contributions.replay import JOURNAL_GRAPH, read_quads, replay
from kg.index import Index, build_index
from kg.journal import Event, Journal
from kg.settings import Settings
from kg.store import Store
from kg.synergies import compute_synergies
from kg.terms import OWL, PROVENANCE_GRAPH, SYNERGIES_GRAPH

Listener = Callable[[str, frozenset[URIRef]], None]


class Publisher:
    """One writer of one store; `listeners` are called with the new data version and the things that changed."""

    def __init__(self, settings: Settings, store: Store, journal: Journal) -> None:
        self.settings, self.store, self.journal = settings, store, journal
        self.listeners: list[Listener] = []
        self._lock = RLock()

    def sequence(self) -> int:
        """The last event that the store holds, 0 before the first."""
        return read_sequence(self.store)

    def follow(self) -> int:
        """Apply the events that the store lacks, renew what depends on them, and say which event is the last now."""
        with self._lock:
            events = self.journal.changes(self.sequence())
            if events:
                graphs, dropped = replay(events, self.store.graph)
                mark = graphs.pop(JOURNAL_GRAPH)
                self.store.replace(graphs, dropped)
                touched = _touched(events)
                ranked = compute_synergies(self.store, silent)
                self.store.replace({name: ranked[name] for name in (SYNERGIES_GRAPH, PROVENANCE_GRAPH)} | {JOURNAL_GRAPH: mark})
            path = self.settings.var / "index.sqlite"
            if events or not path.exists() or Index(path).version() != self.store.version():
                build_index(self.store, path)
            if events:
                for listener in self.listeners:
                    listener(self.store.version(), touched)
            return self.sequence()


def read_sequence(store: Store) -> int:
    """The last event of the journal that a store holds, 0 before the first."""
    mark = store.graph(JOURNAL_GRAPH).value(JOURNAL_GRAPH, OWL.versionInfo)
    return int(str(mark)) if mark is not None else 0


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def _touched(events: list[Event]) -> frozenset[URIRef]:
    changes = [event.change for event in events]
    return frozenset({URIRef(quad[1]) for change in changes for part in (change.added, change.removed) for quad in read_quads(part)}
                     | {URIRef(iri) for change in changes for iri in change.gone})
