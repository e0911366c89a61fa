"""SQLite and PostgreSQL as the journal uses them: how each is opened, begins, and lets go of what was deleted."""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.pool import StaticPool

PATIENCE: Final = 30
"""Seconds that a process waits for another one that writes."""


def open_engine(address: str) -> Engine:
    """The engine of a database address; a connection with the option `writes` takes the lock of SQLite as soon as it begins."""
    options: dict[str, Any] = {"poolclass": StaticPool} if address == "sqlite://" else {"pool_pre_ping": True}
    if address.startswith("sqlite"):
        options["connect_args"] = {"check_same_thread": False, "timeout": PATIENCE}
    engine = create_engine(address, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_at_once)
    return engine


def write_anew(engine: Engine, table: Table) -> bool:
    """Leave nothing of the deleted rows of a table in the files, which keep the bytes, as the log of SQLite does, until they are written.

    Says whether it is done; others that read hold the log of SQLite back.
    """
    lite = engine.dialect.name == "sqlite"
    # VACUUM runs outside of a transaction, and each of the two has its own way there
    with engine.connect().execution_options(**{"bare": True} if lite else {"isolation_level": "AUTOCOMMIT"}) as connection:
        connection.exec_driver_sql("VACUUM" if lite else f"VACUUM FULL {table.name}")
        return not (lite and connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar())


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            # SQLite waits for a lock in every statement but this one, where another process turns to the log at the same moment.
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _begin_at_once(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("bare"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
