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
from pathlib import Path

from rdflib import Graph, Literal

from kg.contributions.opening import open_contributions
from kg.contributions.replay import describe, graph_name, read_graph, replay
from kg.errors import Conflict
from kg.settings import Settings
from kg.terms import DCT, GRAPH, RDF, UAEU, VOC, thing

RECORDS = 20
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

    After each kill another process opens the same folder, lets the store follow the journal and compares the two. Raises Conflict
    when the folder of the settings is in use.
    """
    if any(Path(settings.var).glob("*")):
        raise Conflict("the folder for the crash run is not empty.", where="KG_VAR", advice="Name a new folder.")
    # A fork of this process would inherit the locks of its threads; the fork server has none, and has everything imported already.
    chance, fork = random.Random(seed), multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload(["kg.contributions.crash"])
    acknowledged: list[str] = []
    kills = lost = half = early = 0
    while len(acknowledged) < publishes:
        reader, writer = fork.Pipe(duplex=False)
        child = fork.Process(target=_publish, args=(settings, len(acknowledged), writer))
        child.start()
        writer.close()
        acknowledged += _listen(reader, child.pid or 0, chance.uniform(0, PATIENCE), warm=chance.random() < 0.7)
        child.join()
        kills += 1
        answer, told = fork.Pipe(duplex=False)
        look = fork.Process(target=_compare, args=(settings, tuple(acknowledged), told))
        look.start()
        told.close()
        found = answer.recv()
        look.join()
        lost, half, early = lost + found[0], half + found[1], early + found[2]
        progress(len(acknowledged), publishes)
    return Outcome(len(acknowledged), kills, lost, half, early)


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
            contributions.publish(reference, AGENT, earlier.get(str(record), ""))
            earlier[str(record)] = reference
            writer.send(reference)


def _listen(reader: Connection, process: int, patience: float, warm: bool) -> list[str]:
    """Read acknowledgements, kill the process some time after its start, or after the first when `warm`, and read what it still said."""
    heard: list[str] = []
    try:
        if warm:
            heard.append(reader.recv())
        end = time.monotonic() + patience
        while reader.poll(max(0.0, end - time.monotonic())):
            heard.append(reader.recv())
        os.kill(process, signal.SIGKILL)
        while True:
            heard.append(reader.recv())
    except EOFError:
        return heard


def _compare(settings: Settings, acknowledged: tuple[str, ...], told: Connection) -> None:
    with open_contributions(settings) as (contributions, _):
        contributions.follow()
        journal, store = contributions.journal, contributions.store
        status = {each.reference: each for each in journal.contributions()}
        kept = {reference for reference, each in status.items() if each.status in ("published", "superseded")}
        lost = len(set(acknowledged) - kept)
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
