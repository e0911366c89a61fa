"""The publisher: brings a store and all its products up to the last event of the journal.

Order within one publish: graphs of sources and their read model, which readers see at once; then the synergies, the mark of the last
event, the read model again and the feed. The graph `graph:journal` says meanwhile that synergies are owed. The second half may wait for a
later call, which does it before anything else: no two changes are ever mixed. A process that ends in the middle does the whole of it
again at its next start, since each part is a replacement.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from rdflib import RDF, Graph, Literal, URIRef

from kg.contributions.replay import JOURNAL_GRAPH, read_quads, replay
from kg.errors import NotFound, Outdated, StoreFailed
from kg.index import Index, build_index, refresh_index
from kg.journal import Event, Journal
from kg.settings import Settings
from kg.store import Store
from kg.synergies import compute_synergies
from kg.synergies.materialise import silent
from kg.synergies.near import find_near
from kg.synergies.refresh import STATES, State, forget, keep_state, refresh, show_early
from kg.terms import OWL, PROVENANCE_GRAPH, RDFS, SYNERGIES_GRAPH

TRIES = 20
OWED = Literal("Synergies are owed.", lang="en")

Listener = Callable[[str, frozenset[URIRef]], None]


@dataclass(frozen=True)
class Rest:
    """The second half of a publish: the mark that ends it, the state before it, what it may have reached, and the version it starts at."""

    mark: Graph
    before: State | None
    near: set[URIRef]
    was: str
    touched: frozenset[URIRef]


class Publisher:
    """One writer of one store; `listeners` are called with the new data version and the things that changed.

    `owing` says that the store is ahead of its synergies.
    """

    def __init__(self, settings: Settings, store: Store, journal: Journal) -> None:
        self.settings, self.store, self.journal = settings, store, journal
        self.listeners: list[Listener] = []
        self.owing = False
        self._rest: Rest | None = None
        self._shown, self._lock, self._told = 0, RLock(), ""

    def sequence(self) -> int:
        """The last event that the store holds, 0 before the first."""
        return read_sequence(self.store)

    def shown(self) -> int:
        """The last event whose things can be asked for and found, also while the synergies are owed."""
        return max(self._shown, self.sequence())

    def prepare(self) -> None:
        """Read the state that the first publish would wait for."""
        with self._lock:
            if self._rest is None:
                STATES.load(self.store)

    def show(self) -> int:
        """Apply the events that the store lacks and say which event is the last; the synergies follow with the next call of `follow`."""
        with self._lock, self.store.hold():
            self._finish()
            return self._show()

    def follow(self) -> int:
        """Apply the events that the store lacks, renew what depends on them, and say which event is the last now.

        Listeners hear of it twice: when the things can be asked for and found, the synergies being those of before, and when the
        synergies follow.
        """
        with self._lock:
            for _ in range(TRIES):
                try:
                    with self.store.hold():
                        return self._follow()
                except Outdated:
                    # Another copy publishes to the same engine: what it has done need not be done here.
                    time.sleep(random.uniform(0.1, 1))
            raise Outdated("other copies publish to the same engine all the time.", advice="Send it again in a minute.")

    def _follow(self) -> int:
        self._finish()
        self._show()
        self._finish()
        return self.sequence()

    def _show(self) -> int:
        events, was = self.journal.changes(self.sequence()), self.store.version()
        if not events:
            self._renew_index(was, None)
            if was != self._told:
                self._tell(frozenset())
            return self.sequence()
        touched, self.owing = _touched(events, self.store), True
        mark, before, near = self._apply(events, touched)
        if before is not None:
            self._show_early(before, near, was)
            self._tell(touched)
            was = self.store.version()
        self._rest = Rest(mark, before, near, was, touched)
        if before is None:
            self._finish()
        self._shown = events[-1].sequence
        return self._shown

    def _finish(self) -> None:
        """Do the second half of the last publish; where it fails, the mark in the store has the next publish do all of it."""
        rest, self._rest = self._rest, None
        if rest is not None:
            self._renew_synergies(rest.mark, rest.before, rest.near)
            self._renew_index(rest.was, rest.near)
            self.owing = False
            self._tell(rest.touched)

    def _apply(self, events: list[Event], touched: frozenset[URIRef]) -> tuple[Graph, State | None, set[URIRef]]:
        """Change the graphs of sources; return the mark that is owed, the state of before, and the things that it may have reached.

        The mark of the journal says from now on that synergies are owed; a process that finds it so computes all of them anew.
        """
        graphs, dropped = replay(events, self.store.graph)
        mark = graphs.pop(JOURNAL_GRAPH)
        owed = (JOURNAL_GRAPH, RDFS.comment, OWED) in self.store.graph(JOURNAL_GRAPH)
        before = None if owed else STATES.load(self.store)
        near = find_near(self.store, touched)
        unfinished = self.store.graph(JOURNAL_GRAPH)
        unfinished.add((JOURNAL_GRAPH, RDFS.comment, OWED))
        self.store.replace(graphs | {JOURNAL_GRAPH: unfinished}, dropped)
        return mark, before, near | find_near(self.store, touched)

    def _show_early(self, before: State, near: set[URIRef], was: str) -> None:
        """Make the things ready for readers with the synergies of before, but for those of things that are no more."""
        ended = {item for item in near & before.ranking.row.keys() if next(self.store.match(item, RDF.type, None), None) is None}
        if ended:
            forget(self.store, before, ended)
        show_early(self.store, before, ended)
        path = self.settings.var / "index.sqlite"
        if _read_version(path) == was:
            refresh_index(self.store, path, near, synergies=False)
        else:
            build_index(self.store, path)

    def _renew_synergies(self, mark: Graph, before: State | None, near: set[URIRef]) -> None:
        if before is None:
            ranked = compute_synergies(self.store, silent)
            self.store.replace({name: ranked[name] for name in (SYNERGIES_GRAPH, PROVENANCE_GRAPH)})
            self.store.put(JOURNAL_GRAPH, mark)  # last, since the change before it may be made in pieces
        else:
            after = refresh(self.store, before, near)
            self.store.put(JOURNAL_GRAPH, mark)
            keep_state(self.store, after)

    def _renew_index(self, was: str, near: set[URIRef] | None) -> None:
        """Bring the read model up to the store: by the things near a change of version `was`, else as a whole where it is another."""
        path = self.settings.var / "index.sqlite"
        if _read_version(path) not in (self.store.version(), was):
            build_index(self.store, path)
        elif near is not None:
            refresh_index(self.store, path, near)

    def _tell(self, touched: frozenset[URIRef]) -> None:
        self._told = self.store.version()
        for listener in self.listeners:
            listener(self._told, touched)


def _read_version(path: Path) -> str:
    """The data version of a read model, empty when there is none or it is broken: then it is made anew."""
    try:
        return Index(path).version()
    except (NotFound, StoreFailed):
        return ""


def read_sequence(store: Store) -> int:
    """The last event of the journal that a store holds, 0 before the first."""
    mark = store.graph(JOURNAL_GRAPH).value(JOURNAL_GRAPH, OWL.versionInfo)
    return int(str(mark)) if mark is not None else 0


def _touched(events: list[Event], store: Store) -> frozenset[URIRef]:
    """What the events state, take away or end, and what the graphs that end state up to now."""
    changes = [event.change for event in events]
    return frozenset({URIRef(quad[1]) for change in changes for part in (change.added, change.removed) for quad in read_quads(part)}
                     | {URIRef(str(subject)) for change in changes for name in change.dropped
                        for subject in store.graph(URIRef(name)).subjects()}
                     | {URIRef(iri) for change in changes for iri in change.gone})
