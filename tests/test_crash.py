"""Kills at random moments: nothing lost, nothing half; and the comparison sees what is planted."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from rdflib import Graph, Literal

from kg.contributions import graph_name, open_contributions
from kg.contributions.crash import _compare, run_crashes
from kg.errors import Conflict
from kg.settings import Settings, read_settings
from kg.terms import DCT, RDF, UAEU, thing


def found(settings: Settings, *acknowledged: str) -> tuple[int, int, int]:
    reader, writer = multiprocessing.Pipe(duplex=False)
    _compare(settings, acknowledged, writer)
    return tuple(reader.recv())  # type: ignore[return-value]


def test_nothing_is_lost_when_a_publisher_is_killed(tmp_path: Path) -> None:
    outcome = run_crashes(read_settings({}, var=tmp_path / "var"), 6, 3, lambda done, total: None)
    assert outcome.published >= 6 and outcome.kills >= 1
    assert (outcome.lost, outcome.half, outcome.early) == (0, 0, 0)
    with pytest.raises(Conflict, match="not empty"):
        run_crashes(read_settings({}, var=tmp_path / "var"), 1, 3, lambda done, total: None)


def test_the_comparison_sees_what_is_lost_half_there_or_too_early(tmp_path: Path) -> None:
    settings = read_settings({}, var=tmp_path / "var")
    graph = Graph()
    graph.add((thing("initiative", "a"), RDF.type, UAEU.ProcurementInitiative))
    graph.add((thing("initiative", "a"), DCT.title, Literal("A", lang="en")))
    with open_contributions(settings) as (contributions, _):
        shown = contributions.receive(graph).contribution.reference
        contributions.accept(shown, "urn:r")
        contributions.publish(shown, "urn:r")
        waiting = contributions.receive(graph).contribution.reference
    assert found(settings, shown) == (0, 0, 0)
    assert found(settings, shown, waiting, "0" * 12) == (2, 0, 0)
    with open_contributions(settings) as (contributions, _):
        half = contributions.store.graph(graph_name(shown))
        half.remove((thing("initiative", "a"), DCT.title, None))
        contributions.store.put(graph_name(shown), half)
        contributions.store.put(graph_name(waiting), graph)
    lost, half_there, early = found(settings, shown)
    assert lost == 0 and half_there >= 1 and early == 1
