"""Kills at random moments: nothing lost, nothing half; and the comparison sees what is planted."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from rdflib import Graph, Literal

from kg.contributions import graph_name, open_contributions
from kg.contributions.crash import _compare, run_crashes
from kg.errors import Conflict, JournalFailed
from kg.settings import Settings, read_settings
from kg.terms import DCT, RDF, UAEU, thing


def found(settings: Settings, *published: str, accepted: tuple[str, ...] = ()) -> tuple[int, int, int]:
    reader, writer = multiprocessing.Pipe(duplex=False)
    _compare(settings, accepted, published, writer)
    return tuple(reader.recv())  # type: ignore[return-value]


def test_nothing_is_lost_when_a_publisher_is_killed(tmp_path: Path) -> None:
    outcome = run_crashes(read_settings({}, var=tmp_path / "var"), 6, 3, lambda done, total: None)
    assert outcome.published >= 6 and outcome.kills >= 1
    assert (outcome.lost, outcome.half, outcome.early) == (0, 0, 0)
    with pytest.raises(Conflict, match="not empty"):
        run_crashes(read_settings({}, var=tmp_path / "var"), 1, 3, lambda done, total: None)


def test_a_new_folder_begins_before_one_grows_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.contributions.crash.FOLDER_HOLDS", 2)
    outcome = run_crashes(read_settings({}, var=tmp_path / "var"), 5, 3, lambda done, total: None)
    assert outcome.published >= 5 and (outcome.lost, outcome.half, outcome.early) == (0, 0, 0)
    assert len(list((tmp_path / "var").iterdir())) >= 2


def test_a_publisher_that_fails_by_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"no database" * 100)
    broken = read_settings({}, var=tmp_path / "var", journal=f"sqlite:///{tmp_path}/journal.db")
    with pytest.raises(JournalFailed, match="ended with status 1"):
        run_crashes(broken, 1, 3, lambda done, total: None)


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
    assert found(settings, accepted=(shown, waiting)) == (1, 0, 0)
    with open_contributions(settings) as (contributions, _):
        half = contributions.store.graph(graph_name(shown))
        half.remove((thing("initiative", "a"), DCT.title, None))
        contributions.store.put(graph_name(shown), half)
        contributions.store.put(graph_name(waiting), graph)
    lost, half_there, early = found(settings, shown)
    assert lost == 0 and half_there >= 1 and early == 1
