"""The tables of the journal, the same on SQLite and PostgreSQL; older ones are led to these by the steps of `schema.py`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

metadata: Final = MetaData()
_number = BigInteger().with_variant(Integer, "sqlite")

property_ = Table("property", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
contribution = Table(
    "contribution", metadata, Column("reference", Text, primary_key=True), Column("token", Text, nullable=False),
    Column("agent", Text, nullable=False), Column("form", Text, nullable=False), Column("source", Text, nullable=False),
    Column("received", Text, nullable=False), Column("replaces", Text, nullable=False))
event = Table(
    "event", metadata, Column("sequence", _number, primary_key=True, autoincrement=True), Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False), Column("reference", Text, nullable=False, index=True), Column("agent", Text, nullable=False),
    Column("note", Text, nullable=False), Column("content", LargeBinary), Column("added", LargeBinary), Column("removed", LargeBinary),
    Column("dropped", Text), Column("gone", Text), Column("replaces", Text), sqlite_autoincrement=True)
event_changes = Index("event_changes", event.c.sequence, sqlite_where=event.c.added.is_not(None),
                      postgresql_where=event.c.added.is_not(None))
contact = Table(
    "contact", metadata, Column("reference", Text, ForeignKey("contribution.reference"), primary_key=True),
    Column("text", Text, nullable=False))
key = Table(
    "key", metadata, Column("reference", Text, primary_key=True), Column("digest", Text, nullable=False, unique=True),
    Column("agent", Text, nullable=False), Column("role", Text, nullable=False), Column("space", Text, nullable=False),
    Column("created", Text, nullable=False), Column("revoked", Text, nullable=False))
