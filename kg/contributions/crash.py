"""Killing a publisher at random points, again and again, and looking whether anything accepted is lost or half there."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from rdflib import Graph, Literal

from kg.contributions.opening import open_contributions
from kg.contributions.replay import describe, graph_name, read_graph, replay
from kg.errors import Conflict, JournalFailed
from kg.settings import Settings
from kg.terms import DCT, GRAPH, RDF, UAEU, VOC, thing

RECORDS = 20
FOLDER_HOLDS = 100
AGENT = str(thing("agent", "maintainers"))
PATIENCE = 0.25


@dataclass(frozen=True)
class Outcome:
    """What a run found: publishes that were acknowledged, kills, and how many contributions were lost, half there or shown too early."""

    published: int
    kills: int
    lost: int
    half: int
    early: int


def run_crashes(settings: Settings, publishes: int, seed: int, progress: Callable[[int, int], None]) -> Outcome:
    """Publish in a child process that SIGKILL ends at random moments until so many publishes were acknowledged.

    After each kill another process opens the same folder, lets the store follow the journal and compares all of the two. A new
    folder begins with each hundred publishes, since what is compared grows with each one. Raises Conflict when the folder of the
    settings is in use, and JournalFailed when a process ends by itself instead of by our signal.
    """
    if any(settings.var.glob("*")):
        raise Conflict("the folder for the crash run is not empty.", where="KG_VAR", advice="Name a new folder.")
    chance, before = random.Random(seed), 0
    folder = _Folder(settings, before)
    found = Outcome(0, 0, 0, 0, 0)
    while found.published < publishes:
        if len(folder.published) >= FOLDER_HOLDS:
            before = found.published
            folder = _Folder(settings, before)
        lost, half, early = folder.crash(chance)
        found = Outcome(before + len(folder.published), found.kills + 1, found.lost + lost, found.half + half, found.early + early)
        progress(found.published, publishes)
    return found


class _Folder:
    """One journal and store, and what its publishers said of them before they were killed."""

    def __init__(self, settings: Settings, start: int) -> None:
        self._settings, self._start = settings.model_copy(update={"var": settings.var / str(start)}), start
        self.accepted: list[str] = []
        self.published: list[str] = []
        # A fork of this process would inherit the locks of its threads; the fork server has none, and has everything imported already.
        self._fork = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["kg.contributions.crash"])

    def crash(self, chance: random.Random) -> tuple[int, int, int]:
        """Start a publisher, kill it, and count what is lost, half there or shown too early."""
        reader, writer = self._fork.Pipe(duplex=False)
        child = self._fork.Process(target=_publish, args=(self._settings, self._start + len(self.accepted), writer))
        child.start()
        writer.close()
        heard = _listen(reader, child.pid or 0, chance.uniform(0, PATIENCE), warm=chance.random() < 0.7)
        child.join()
        if child.exitcode != -signal.SIGKILL:
            raise JournalFailed(f"a publisher ended with status {child.exitcode} before it was killed.", where=str(self._settings.var),
                                 advice="Read what it wrote above.")
        self.accepted += [reference for step, reference in heard if step == "accepted"]
        self.published += [reference for step, reference in heard if step == "published"]
        answer, told = self._fork.Pipe(duplex=False)
        look = self._fork.Process(target=_compare, args=(self._settings, tuple(self.accepted), tuple(self.published), told))
        look.start()
        told.close()
        try:
            return answer.recv()  # type: ignore[no-any-return]
        except EOFError:
            raise JournalFailed("journal and store could not be compared.", where=str(self._settings.var),
                                 advice="Read what the comparison wrote above.") from None
        finally:
            look.join()


def _publish(settings: Settings, start: int, writer: Connection) -> None:
    with open_contributions(settings) as (contributions, _):
        earlier = {each.replaces[0]: each.reference for each in contributions.journal.contributions("published")}
        for number in range(start, start + 1_000_000):
            record = thing("initiative", f"crash-{number % RECORDS}")
            graph = Graph()
            graph.add((record, RDF.type, UAEU.ProcurementInitiative))
            graph.add((record, DCT.title, Literal(f"Run {number}", lang="en")))
            graph.add((record, UAEU.theme, VOC["theme/circular-economy"]))
            graph.add((record, DCT.description, Literal(f"Run {number}", lang="en")))
            reference = contributions.receive(graph, agent=AGENT, replaces=[str(record)]).contribution.reference
            contributions.accept(reference, AGENT)
            writer.send(("accepted", reference))
            contributions.publish(reference, AGENT, earlier.get(str(record), ""))
            earlier[str(record)] = reference
            writer.send(("published", reference))


def _listen(reader: Connection, process: int, patience: float, warm: bool) -> list[tuple[str, str]]:
    """Read what is acknowledged, kill the process some time after its start, or after its first publish when `warm`, and read the rest."""
    heard: list[tuple[str, str]] = []
    try:
        while warm and not any(step == "published" for step, _ in heard):
            heard.append(reader.recv())
        end = time.monotonic() + patience
        while reader.poll(max(0.0, end - time.monotonic())):
            heard.append(reader.recv())
        os.kill(process, signal.SIGKILL)
        while True:
            heard.append(reader.recv())
    except EOFError:
        return heard


def _compare(settings: Settings, accepted: tuple[str, ...], published: tuple[str, ...], told: Connection) -> None:
    with open_contributions(settings) as (contributions, _):
        contributions.follow()
        journal, store = contributions.journal, contributions.store
        status = {each.reference: each for each in journal.contributions()}
        kept = {reference for reference, each in status.items() if each.status in ("published", "superseded")}
        waiting = {reference for reference, each in status.items() if each.status == "accepted"}
        lost = len(set(published) - kept) + len(set(accepted) - kept - waiting)
        half = early = 0
        public = {str(name) for name in store.names() if str(name).startswith(str(GRAPH["contribution/"]))}
        for reference, each in status.items():
            name = graph_name(reference)
            if each.status != "published":
                early += str(name) in public
                continue
            expected = read_graph(each.content) + describe(reference, each.agent, each.changed)
            half += set(store.graph(name)) != set(expected)
        graphs, _ = replay(journal.changes(), lambda name: Graph())
        half += any(set(store.graph(name)) != set(graph) for name, graph in graphs.items())
        told.send((lost, half, early))
