"""The journal on SQLite and on PostgreSQL: the same steps, the same order, one writer at a time."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import run_postgresql

from kg.errors import Conflict, JournalFailed, NotFound, Outdated
from kg.journal import Change, Journal
from kg.journal.entries import TRANSITIONS

AGENT = "https://example.org/id/agent"


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_postgresql(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    found = str(request.getfixturevalue("postgresql"))
    empty(found)
    return found


def empty(address: str) -> None:
    import psycopg

    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def received(journal: Journal, reference: str = "a", status: str = "submitted") -> str:
    journal.receive(reference, "digest", b"<urn:a> <urn:b> <urn:c> <urn:g> .\n", agent=AGENT, form="initiative", source="", replaces=("urn:a",),
                    contact="", status=status)
    return reference


def write_many(address: str, name: str, count: int) -> None:
    journal = Journal(address)
    for number in range(count):
        while True:
            try:
                journal.record(AGENT, name, Change(added=f"{name} {number}".encode()), after=journal.sequence())
                break
            except Outdated:
                continue
    journal.close()


def test_what_is_written_is_read_by_another(address: str) -> None:
    one, other = Journal(address), Journal(address)
    reference = received(one)
    one.move(reference, "accepted", AGENT)
    change = Change(b"<urn:a> <urn:b> \"x\" <urn:g> .\n", b"", ("urn:old",), ("urn:gone",))
    event = one.move(reference, "published", AGENT, change=change)
    assert other.changes() == [event] and other.sequence() == event.sequence and event.change == change
    assert other.contribution(reference).status == "published" and other.contribution(reference).replaces == ("urn:a",)
    assert [each.kind for each in other.events(reference=reference)] == ["submitted", "accepted", "published"]
    assert not other.changes(event.sequence)


def test_two_processes_never_publish_at_once(address: str) -> None:
    Journal(address).close()
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(address, name, 15)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    changes = Journal(address).changes()
    numbers = [event.sequence for event in changes]
    assert len(changes) == 30 and numbers == sorted(set(numbers))
    for name in ("one", "two"):
        assert [event.change.added for event in changes if event.note == name] == [f"{name} {number}".encode() for number in range(15)]


def test_a_backup_is_moved_from_one_database_to_the_other(address: str, tmp_path: Path) -> None:
    journal, copy = Journal(address), Journal(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    received(journal)
    journal.move("a", "withdrawn", AGENT, "a mistake")
    assert journal.copy_to(copy) == 2
    if "postgresql" in address:
        journal.close()
        empty(address)
        again = Journal(address)
        assert copy.copy_to(again) == 2
        assert again.events() == copy.events()
        assert received(again, "b") == "b" and again.events()[-1].sequence == 3
        again.close()


@pytest.mark.parametrize("status", [status for status in TRANSITIONS if status])
def test_every_step_that_is_not_foreseen_is_refused(status: str) -> None:
    paths = {"draft": (), "submitted": (), "changes-requested": ("changes-requested",), "accepted": ("accepted",),
             "published": ("accepted", "published"), "superseded": ("accepted", "published", "superseded"), "withdrawn": ("withdrawn",),
             "rejected": ("rejected",)}
    journal = Journal("sqlite://")
    for target in TRANSITIONS:
        if not target:
            continue
        reference = received(journal, f"{status}-{target}", "draft" if status == "draft" else "submitted")
        for step in paths[status]:
            journal.move(reference, step, AGENT)
        if target in TRANSITIONS[status]:
            assert journal.move(reference, target, AGENT).kind == target
        else:
            with pytest.raises(Conflict, match="cannot become"):
                journal.move(reference, target, AGENT)
            assert journal.contribution(reference).status == status


def test_a_superseded_contribution_ends_in_the_same_transaction() -> None:
    journal = Journal("sqlite://")
    for reference in ("old", "new"):
        received(journal, reference)
        journal.move(reference, "accepted", AGENT)
    journal.move("old", "published", AGENT, change=Change(b"x"))
    with pytest.raises(Conflict):
        journal.move("new", "published", AGENT, change=Change(b"y"), also="new")
    assert journal.contribution("old").status == "published"
    journal.move("new", "published", AGENT, change=Change(b"y"), also="old")
    assert journal.contribution("old").status == "superseded" and journal.contribution("new").status == "published"


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "journal.sqlite"
    broken.write_bytes(b"this is no database, it is a letter to the operator" * 40)
    with pytest.raises(JournalFailed, match="no answer"):
        Journal(f"sqlite:///{broken}")
    with pytest.raises(NotFound):
        Journal("sqlite://").contribution("none")


def test_a_journal_of_a_newer_product_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE property SET value = '99' WHERE name = 'version'")
    with pytest.raises(JournalFailed, match="version 99"):
        Journal(f"sqlite:///{path}")
