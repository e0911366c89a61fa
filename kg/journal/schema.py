"""The schema of the journal through the versions of the product: its number stands in the database, each step leads to the next.

A step is SQL that SQLite and PostgreSQL both take; an empty database gets the tables of today at once. Steps are added at the end and
never changed; an older journal takes those that it lacks, all in one transaction, so that a step which fails leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from kg.errors import JournalFailed
from kg.journal import tables

LOCK: Final = 0x756165755F6B67
"""Number of the advisory lock under which PostgreSQL creates and upgrades: two copies that start at once would both create."""

STEPS: Final[tuple[Sequence[str], ...]] = (
    # 1 to 2: the events that change published graphs are read at every look of every copy.
    ("CREATE INDEX event_changes ON event (sequence) WHERE added IS NOT NULL",),
    # 2 to 3: an edit may say anew which records it replaces; what was sent anew had left the contact behind a second time.
    ("ALTER TABLE event ADD COLUMN replaces TEXT",
     "DELETE FROM contact WHERE reference IN (SELECT reference FROM event WHERE kind = 'withdrawn' AND note LIKE 'sent anew as %')"),
)
VERSION: Final = len(STEPS) + 1


def prepare(connection: Connection) -> None:
    """Create the tables of an empty database, or lead an older journal to this version.

    Raises JournalFailed for the journal of a newer product, which is left as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    if not inspect(connection).has_table("property"):
        tables.metadata.create_all(connection)
        connection.execute(tables.property_.insert().values(name="version", value=str(VERSION)))
    held = int(connection.execute(select(tables.property_.c.value).where(tables.property_.c.name == "version")).scalar_one())
    if held > VERSION:
        raise JournalFailed(f"the journal has version {held}, this product knows {VERSION}.",
                            advice="Use the newer product, or restore the backup that was made before the change.")
    for step in STEPS[held - 1:]:
        for statement in step:
            connection.execute(text(statement))
    if held < VERSION:
        connection.execute(tables.property_.update().where(tables.property_.c.name == "version").values(value=str(VERSION)))
