"""Generations: what answers are made from at one data version, and the move from one to the next after a publish.

A request reads one generation from its beginning to its end, so that no answer mixes two versions. The store of a generation is a
snapshot that shares its files with the live one (hard links); only the publisher reads and writes the live store.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from fastapi import FastAPI
from rdflib import URIRef
from starlette.types import Scope

from kg.contributions import Publisher
from kg.cooperation import load_matrix
from kg.errors import Invalid, KgError
from kg.index import Index
from kg.publication import feed
from kg.settings import Settings
from kg.sparql.forkserver import load_fork_server
from kg.sparql.pool import Pool
from kg.store import Store
from kg.store.local import LocalStore
from kg.synergies.matching import load_matcher
from kg.synergies.ranking import load_ranking
from kg.synergies.statements import load_statements

LOOK = 1.0
"""Seconds between two looks at the journal, for what other processes published."""
PATIENCE = 5.0
"""Seconds that a stop waits for what was only read ahead."""


@dataclass(frozen=True)
class Generation:
    """Store, read model and data version that belong together; `owing` says that synergies of the newest things follow."""

    store: Store
    index: Index
    version: str
    owing: bool = False


def enter(scope: Scope, application: FastAPI) -> None:
    """Let a request read the newest generation, from its beginning to its end."""
    generation: Generation = application.state.generation
    scope["state"] = {**scope.get("state", {}), "store": generation.store, "index": generation.index, "version": generation.version,
                      "owing": generation.owing}


class Generations:
    """Keeps `app.state` at the newest generation; `close` ends the follower, the pool and removes the snapshots.

    It is made on the event loop; `start`, `move` and `close` run on other threads, as every publish does.
    """

    def __init__(self, app: FastAPI, settings: Settings, publisher: Publisher) -> None:
        self.app, self.settings, self.publisher, self.loop = app, settings, publisher, asyncio.get_running_loop()
        self.folder = settings.var / f"live-{os.getpid()}-{id(app):x}"
        self._number, self._stop, self._fed = 0, Event(), ""
        self._follower = Thread(target=self._watch, name="journal", daemon=True)
        self._preparer = Thread(target=publisher.prepare, name="prepare", daemon=True)

    def start(self) -> None:
        """Bring the store up to the journal, open the first generation and follow the journal from now on."""
        _sweep(self.settings.var)
        if not self.settings.store:
            load_fork_server().begin()
        self.publisher.follow()
        self.move(self.publisher.store.version(), frozenset())
        self.publisher.listeners.append(self.move)
        self._follower.start()
        if self.settings.reviewer_key or self.publisher.journal.all_keys():
            self._preparer.start()  # where nobody has a key, nobody publishes, and the memory is spared

    def move(self, version: str, touched: frozenset[URIRef]) -> None:
        """Open the generation of the present version; requests that have begun keep the one before."""
        state = self.app.state
        if self.settings.store:
            generation = Generation(self.publisher.store, Index(self.settings.var / "index.sqlite"), version, self.publisher.owing)
        else:
            self._number += 1
            folder = self.folder / str(self._number)
            folder.mkdir(parents=True)
            store = self._copy(folder / "store")
            _link(self.settings.var / "index.sqlite", folder / "index.sqlite")
            weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
            generation = Generation(store, Index(folder / "index.sqlite"), version, self.publisher.owing)
        load_ranking(generation.store)
        load_statements(generation.store)
        if not self.settings.store:
            if state.pool is None:
                state.pool = asyncio.run_coroutine_threadsafe(_open(folder / "store", self.settings, version), self.loop).result()
            else:
                asyncio.run_coroutine_threadsafe(_lead(state.pool, folder / "store", version), self.loop).result()
        state.generation = generation
        state.store, state.index, state.version = generation.store, generation.index, version
        Thread(target=_read_ahead, args=(generation.store,), name="read ahead", daemon=True).start()

    def _copy(self, folder: Path) -> LocalStore:
        live = self.publisher.store
        if not isinstance(live, LocalStore):
            raise Invalid("a store elsewhere has no generations on this machine.", advice="Set KG_STORE, so that it is read by protocol.")
        return live.copy(folder)

    def close(self) -> None:
        """End the follower and the pool and remove the snapshots."""
        self._stop.set()
        self._follower.join()
        # What it reads takes minutes where there are millions of statements; it only reads, and ends with the process.
        if self._preparer.ident:
            self._preparer.join(PATIENCE)
        self.publisher.listeners.remove(self.move)
        if self.publisher.owing and not self._preparer.is_alive():
            # Otherwise the next start would work out all synergies anew, as it does when this fails.
            with suppress(KgError):
                self.publisher.follow()
        if self.app.state.pool is not None:
            asyncio.run_coroutine_threadsafe(_close(self.app.state.pool), self.loop).result()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _watch(self) -> None:
        while not self._stop.wait(LOOK):
            try:
                # An engine is also brought up to the journal by other copies: this one then has to look at what it holds.
                if (self.publisher.owing or self.publisher.journal.sequence() > self.publisher.sequence()
                        or self.settings.store and self.publisher.store.version() != self.app.state.generation.version):
                    self.publisher.follow()
                self._feed()
                self.app.state.following = ""
            except KgError as error:
                # The next look tries again; readiness says so meanwhile.
                self.app.state.following = str(error)

    def _feed(self) -> None:
        """Bring the feed up to what is served, once it was begun by `kg publish` or its first reader."""
        generation: Generation = self.app.state.generation
        if self.publisher.owing:
            return
        if generation.version != self._fed and (self.settings.var / "feed" / "state.sqlite").exists():
            feed.append(self.settings, generation.store)
        self._fed = generation.version


def _read_ahead(store: Store) -> None:
    """Read what the first to match a plan or to compare partnerships would wait for; a publish does not wait for it."""
    load_matcher(store)
    load_matrix(store)
    _return_memory()


def _return_memory() -> None:
    """Give what the generation before had back to the system: glibc keeps freed memory between what still lives (malloc_trim(3))."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def _open(snapshot: Path, settings: Settings, version: str) -> Pool:
    pool = Pool(snapshot, settings, version)
    await pool.ready()
    return pool


async def _close(pool: Pool) -> None:
    pool.close()


async def _lead(pool: Pool, snapshot: Path, version: str) -> None:
    pool.move(snapshot, version)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _sweep(var: Path) -> None:
    """Remove the snapshots of processes that were killed."""
    for folder in var.glob("live-*-*"):
        process = folder.name.split("-")[1]
        if process.isdigit() and not Path(f"/proc/{process}").exists():
            shutil.rmtree(folder, ignore_errors=True)
