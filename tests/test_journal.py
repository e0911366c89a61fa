"""The journal on SQLite and on PostgreSQL: the same steps, the same order, one writer at a time."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engines import run_postgresql
from sqlalchemy import create_engine, inspect, text

from kg.errors import Conflict, JournalFailed, NotFound, Outdated
from kg.journal import Change, Journal, schema
from kg.journal.entries import TRANSITIONS

CASES = Path(__file__).parent / "cases" / "journal"
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


def run_script(address: str, version: int) -> None:
    """Fill an empty database with a journal as an older version of the product left it."""
    script = (CASES / f"version-{version}.{'postgresql' if 'postgresql' in address else 'sqlite'}.sql").read_text(encoding="utf-8")
    if "postgresql" in address:
        import psycopg

        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(script.encode())
    else:
        with sqlite3.connect(address.removeprefix("sqlite:///")) as connection:
            connection.executescript(script)


def read_schema(address: str) -> dict[str, object]:
    found = inspect(create_engine(address))
    return {table: ([(each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(table)],
                    found.get_pk_constraint(table)["constrained_columns"],
                    [(each["referred_table"], each["constrained_columns"]) for each in found.get_foreign_keys(table)],
                    sorted((str(each["name"]), str(each["column_names"])) for each in found.get_indexes(table)))
            for table in sorted(found.get_table_names())}


def read_version(address: str) -> str:
    with create_engine(address).connect() as connection:
        return str(connection.execute(text("SELECT value FROM property WHERE name = 'version'")).scalar())


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_an_older_journal_is_led_to_the_schema_of_today(address: str, version: int, tmp_path: Path) -> None:
    run_script(address, version)
    journal = Journal(address)
    assert read_version(address) == str(schema.VERSION)
    assert journal.contribution("a").status == "published" and journal.contribution("a").replaces == ("urn:a",)
    assert [event.change.added for event in journal.changes()] == [b"<urn:a> <urn:b> <urn:c> <urn:g> .\n"] and journal.sequence() == 3
    assert received(journal, "b") == "b" and journal.events()[-1].sequence == 4
    journal.close()
    led = read_schema(address)
    if "postgresql" in address:
        empty(address)
        Journal(address).close()
        assert led == read_schema(address)
    else:
        Journal(f"sqlite:///{tmp_path / 'fresh.sqlite'}").close()
        assert led == read_schema(f"sqlite:///{tmp_path / 'fresh.sqlite'}")


def test_a_contact_that_was_left_behind_by_an_older_product_is_forgotten(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    run_script(address, 2)
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        for reference in ("b", "c"):
            connection.execute("INSERT INTO contribution VALUES (?, 'digest', 'urn:a', '', '', '2026-11-03T00:00:00Z', '[]')", (reference,))
            connection.execute("INSERT INTO contact VALUES (?, 'someone@city.example')", (reference,))
        connection.execute("INSERT INTO event (at, kind, reference, agent, note) VALUES ('', 'withdrawn', 'b', '', 'sent anew as c')")
    journal = Journal(address)
    assert (journal.contact("b"), journal.contact("c")) == ("", "someone@city.example")


def test_an_edit_says_anew_what_is_replaced(address: str) -> None:
    journal, reference = Journal(address), "a"
    received(journal, reference, "draft")
    journal.move(reference, "draft", AGENT, content=b"<urn:b> <urn:b> <urn:c> <urn:g> .\n", replaces=())
    assert journal.contribution(reference).replaces == ()
    journal.move(reference, "draft", AGENT, content=b"<urn:b> <urn:b> <urn:c> <urn:g> .\n", replaces=("urn:b",))
    journal.move(reference, "submitted", AGENT)
    assert journal.contribution(reference).replaces == ("urn:b",)


def test_a_step_that_fails_leaves_the_journal_as_it_was(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_script(address, 1)
    before = read_schema(address)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("ALTER TABLE key ADD COLUMN note TEXT", "ALTER TABLE nothing ADD COLUMN x TEXT")))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(JournalFailed, match="Nothing was changed"):
        Journal(address)
    assert read_schema(address) == before and read_version(address) == "1"


def open_at_once(address: str, gate: Any) -> None:
    gate.wait()
    Journal(address).close()


def test_copies_that_start_at_once_create_the_journal_once(address: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(8)
    copies = [spawn.Process(target=open_at_once, args=(address, gate)) for _ in range(8)]
    for copy in copies:
        copy.start()
    for copy in copies:
        copy.join(120)
        assert copy.exitcode == 0
    assert read_version(address) == str(schema.VERSION)


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


def test_an_erased_contact_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal, other = Journal(f"sqlite:///{path}"), Journal(f"sqlite:///{path}")
    for number in range(300):
        journal.receive(f"r{number:03}", "digest", b"", agent=AGENT, form="", source="", replaces=(), status="submitted",
                        contact=f"{number:03}-someone@city.example {'x' * (number % 50)}")
    assert other.contact("r007") and b"@city.example" in b"".join(each.read_bytes() for each in tmp_path.iterdir())
    for number in range(0, 300, 30):
        assert journal.erase_contact(f"r{number:03}", AGENT)
    files = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert not [number for number in range(0, 300, 30) if f"{number:03}-someone@".encode() in files]
    assert other.contact("r007") and not other.contact("r030") and other.events()[-1].kind == "erased-contact"


def test_a_contact_is_erased_on_either_database_beside_another_that_reads(address: str) -> None:
    journal, other = Journal(address), Journal(address)
    journal.receive("a", "digest", b"", agent=AGENT, form="", source="", replaces=(), status="submitted", contact="someone@city.example")
    received(journal, "b")
    journal.move_contact("a", "b")
    assert other.contact("b") == "someone@city.example" and not other.contact("a")
    assert journal.erase_contact("b", AGENT) and not journal.erase_contact("b", AGENT) and not other.contact("b")
    assert received(other, "c") == "c" and [event.kind for event in other.events()] == ["submitted", "submitted", "erased-contact", "submitted"]
