"""The journal on SQLite or PostgreSQL: the only module, with its engine and tables, that knows SQLAlchemy.

Every change takes the one write lock first, so that sequence numbers are given in the order of commits and two processes never
publish at once (SQLite: BEGIN IMMEDIATE; PostgreSQL: LOCK TABLE IN EXCLUSIVE MODE).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from kg.errors import Conflict, JournalFailed, NotFound, Outdated
from kg.journal import schema, tables
from kg.journal.engine import open_engine, write_anew
from kg.journal.entries import STATUSES, TRANSITIONS, Change, Contribution, Event, Key
from kg.settings import Settings
from kg.wording import make_error

Clock = Callable[[], datetime]
NOTHING = Change()


def now() -> datetime:
    """The present time, UTC."""
    return datetime.now(UTC)


class Journal:
    """Append-only: events are added, never changed; only contacts are erased, keys revoked and secrets renewed.

    Raises JournalFailed when the database cannot be reached, is full or belongs to a newer version of the product.
    """

    def __init__(self, address: str, clock: Clock = now) -> None:
        self.address, self.clock = address, clock
        self._engine = open_engine(address)
        with self._write() as connection:
            schema.prepare(connection)

    def receive(self, reference: str, token: str, content: bytes, *, agent: str, form: str, source: str, replaces: tuple[str, ...],
                contact: str, status: str) -> Contribution:
        """Keep a new contribution as draft or submitted; `content` is N-Triples, `token` the digest of its secret."""
        with self._write() as connection:
            connection.execute(tables.contribution.insert().values(
                reference=reference, token=token, agent=agent, form=form, source=source, received=self._time(),
                replaces=json.dumps(replaces)))
            if contact:
                connection.execute(tables.contact.insert().values(reference=reference, text=contact))
            self._append(connection, status, reference, agent, content=content)
        return self.contribution(reference)

    def move(self, reference: str, status: str, agent: str, note: str = "", *, content: bytes | None = None,
             replaces: tuple[str, ...] | None = None, change: Change = NOTHING, also: str = "", through: str = "",
             after: int | None = None, seen: tuple[int, tuple[Key, ...]] | None = None) -> Event:
        """Move a contribution to its next status, with what this changes in the published graph; all of it happens, or nothing.

        `replaces` comes with a new `content`; `also` names an earlier contribution that is superseded, `through` a status on the way,
        and `after` is the last change that the sender knew; `seen` is the last step of the contribution and the valid keys of its
        contributor that this step was decided on. Raises NotFound, Conflict when the workflow does not lead there from where the
        contribution stands, Outdated when somebody published since, or what was seen is another by now.
        """
        with self._write() as connection:
            _check(connection, after)
            if seen is not None and seen != _look(connection, reference):
                raise Outdated("the contribution, or a key of its contributor, was changed in the meantime.", where=reference,
                               advice="Look at it again.")
            if through:
                self._step(connection, reference, through, agent)
            if also:
                self._step(connection, also, "superseded", agent, note=f"replaced by {reference}")
            return self._step(connection, reference, status, agent, note=note, content=content, replaces=replaces, change=change)

    def record(self, agent: str, note: str, change: Change, after: int | None = None) -> Event:
        """Keep a change of published graphs that no contribution makes, a harvest for instance; raises Outdated as `move` does."""
        with self._write() as connection:
            _check(connection, after)
            return self._append(connection, "graphs", "", agent, note=note, change=change)

    def contribution(self, reference: str) -> Contribution:
        """A contribution as it stands; raises NotFound."""
        found = self.contributions(reference=reference)
        if not found:
            raise make_error(NotFound, "no-such-contribution", where=reference)
        return found[0]

    def contributions(self, status: str = "", reference: str = "") -> list[Contribution]:
        """The contributions with a status (all without one), oldest first."""
        last = (select(tables.event.c.reference, func.max(tables.event.c.sequence).label("last"))
                .where(tables.event.c.kind.in_(STATUSES)).group_by(tables.event.c.reference).subquery())
        filled = (select(tables.event.c.reference, func.max(tables.event.c.sequence).label("filled"))
                  .where(tables.event.c.content.is_not(None)).group_by(tables.event.c.reference).subquery())
        text_event = tables.event.alias()
        query = (select(tables.contribution, tables.event.c.kind, tables.event.c.at, tables.event.c.sequence, tables.event.c.note,
                        text_event.c.content, text_event.c.replaces.label("renewed"))
                 .join(last, last.c.reference == tables.contribution.c.reference)
                 .join(tables.event, tables.event.c.sequence == last.c.last)
                 .join(filled, filled.c.reference == tables.contribution.c.reference)
                 .join(text_event, text_event.c.sequence == filled.c.filled)
                 .order_by(tables.contribution.c.received, tables.contribution.c.reference))
        if status:
            query = query.where(tables.event.c.kind == status)
        if reference:
            query = query.where(tables.contribution.c.reference == reference)
        with self._read() as connection:
            return [_to_contribution(row) for row in connection.execute(query).mappings()]

    def events(self, after: int = 0, reference: str = "", kinds: Collection[str] = ()) -> list[Event]:
        """Events with a sequence number above `after`, in order; of one contribution when it is named, of some kinds when these are."""
        query = select(tables.event).where(tables.event.c.sequence > after).order_by(tables.event.c.sequence)
        if reference:
            query = query.where(tables.event.c.reference == reference)
        if kinds:
            query = query.where(tables.event.c.kind.in_(kinds))
        with self._read() as connection:
            return [_to_event(row) for row in connection.execute(query).mappings()]

    def changes(self, after: int = 0) -> list[Event]:
        """Events above `after` that change published graphs, in order."""
        query = (select(tables.event).where(tables.event.c.sequence > after, tables.event.c.added.is_not(None))
                 .order_by(tables.event.c.sequence))
        with self._read() as connection:
            return [_to_event(row) for row in connection.execute(query).mappings()]

    def sequence(self) -> int:
        """The number of the last event that changes published graphs, 0 without one."""
        with self._read() as connection:
            return _sequence(connection)

    def was_public(self, reference: str) -> bool:
        """Whether a contribution was published once, so that its reference is known, also when it is superseded or withdrawn by now."""
        return bool(self.events(reference=reference, kinds=("published",)))

    def token(self, reference: str) -> str:
        """The digest of the secret of a contribution's link; raises NotFound."""
        with self._read() as connection:
            found = connection.execute(select(tables.contribution.c.token)
                                       .where(tables.contribution.c.reference == reference)).scalar()
        if found is None:
            raise make_error(NotFound, "no-such-contribution", where=reference)
        return str(found)

    def contact(self, reference: str) -> str:
        """How to reach the contributor, empty when unknown or erased."""
        with self._read() as connection:
            return str(connection.execute(select(tables.contact.c.text).where(tables.contact.c.reference == reference)).scalar() or "")

    def move_contact(self, reference: str, other: str) -> None:
        """Have the contributor be reached for another contribution, and no longer for this one."""
        with self._write() as connection:
            connection.execute(tables.contact.update().where(tables.contact.c.reference == reference).values(reference=other))

    def erase_contact(self, reference: str, agent: str) -> bool:
        """Forget how to reach a contributor; what is published stays. Says whether there was something to forget.

        The files of the database are written anew from what is left; raises JournalFailed where that is not possible now.
        """
        with self._write() as connection:
            found = bool(connection.execute(tables.contact.delete().where(tables.contact.c.reference == reference)).rowcount)
            if found:
                self._append(connection, "erased-contact", reference, agent)
        try:
            left = "" if write_anew(self._engine, tables.contact) else "others read them"
        except SQLAlchemyError as error:
            left = str(error.__cause__ or error).splitlines()[0]
        if left:
            raise JournalFailed(f"the contact is deleted, but its bytes are still in the files of the journal: {left}.", where=self.name,
                                advice="Erase it once more in a minute.")
        return found

    def add_key(self, key: Key, digest: str, agent: str) -> None:
        """Keep the digest of a new key, which `agent` gives."""
        with self._write() as connection:
            self._append(connection, "added-key", key.reference, agent, note=f"{key.role} {key.agent}")
            connection.execute(tables.key.insert().values(
                reference=key.reference, digest=digest, agent=key.agent, role=key.role, space=key.space, created=key.created,
                revoked=key.revoked))

    def find_key(self, digest: str) -> Key | None:
        """The key with this digest that is not revoked."""
        query = select(tables.key).where(tables.key.c.digest == digest, tables.key.c.revoked == "")
        with self._read() as connection:
            row = connection.execute(query).mappings().first()
        return _to_key(row) if row else None

    def all_keys(self) -> list[Key]:
        """All keys, revoked ones too, in order of creation."""
        with self._read() as connection:
            return [_to_key(row) for row in connection.execute(select(tables.key).order_by(tables.key.c.created)).mappings()]

    def valid_keys(self, agent: str) -> tuple[Key, ...]:
        """The keys of an agent that are not revoked: its standing of now."""
        with self._read() as connection:
            return _list_valid(connection, agent)

    def revoke_key(self, reference: str, agent: str) -> None:
        """End a key, as `agent` decides; raises NotFound."""
        with self._write() as connection:
            done = connection.execute(tables.key.update().where(tables.key.c.reference == reference, tables.key.c.revoked == "")
                                      .values(revoked=self._time()))
            if not done.rowcount:
                raise NotFound("no valid key has this reference.", where=reference, advice="`kg key list` shows the keys.")
            self._append(connection, "revoked-key", reference, agent)

    def copy_to(self, other: Journal) -> int:
        """Copy everything into an empty journal, of SQLite or PostgreSQL, and say how many events: backup, restore and moving house."""
        with other._write() as target, self._read() as source:
            if target.execute(select(func.count()).select_from(tables.event)).scalar():
                raise Conflict("the journal to write to is not empty.", where=other.name, advice="Name a new file or an empty database.")
            count = 0
            for table in (tables.contribution, tables.event, tables.contact, tables.key):
                rows = [dict(row) for row in source.execute(select(table)).mappings()]
                if rows:
                    target.execute(table.insert(), rows)
                count += len(rows) if table is tables.event else 0
            if other._engine.dialect.name == "postgresql":
                target.execute(text("SELECT setval(pg_get_serial_sequence('event', 'sequence'), "
                                    "(SELECT COALESCE(MAX(sequence), 0) + 1 FROM event), false)"))
        return count

    @property
    def name(self) -> str:
        """The address without a password, for messages."""
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def _step(self, connection: Connection, reference: str, status: str, agent: str, **more: Any) -> Event:
        stands = self._status(connection, reference)
        if status not in TRANSITIONS[stands]:
            raise make_error(Conflict, "no-transition", stands, status, ", ".join(sorted(TRANSITIONS[stands])), where=reference)
        return self._append(connection, status, reference, agent, **more)

    def _append(self, connection: Connection, kind: str, reference: str, agent: str, *, note: str = "", content: bytes | None = None,
                replaces: tuple[str, ...] | None = None, change: Change = NOTHING) -> Event:
        at = self._time()
        changes = {"added": zlib.compress(change.added), "removed": zlib.compress(change.removed), "dropped": json.dumps(change.dropped),
                   "gone": json.dumps(change.gone)} if change else {}
        sequence = connection.execute(tables.event.insert().values(
            at=at, kind=kind, reference=reference, agent=agent, note=note, content=None if content is None else zlib.compress(content),
            replaces=None if replaces is None else json.dumps(replaces), **changes).returning(tables.event.c.sequence)).scalar_one()
        return Event(sequence, at, kind, reference, agent, note, change)

    def _status(self, connection: Connection, reference: str) -> str:
        found = connection.execute(select(tables.event.c.kind).where(
            tables.event.c.reference == reference, tables.event.c.kind.in_(STATUSES)).order_by(tables.event.c.sequence.desc())).scalar()
        if found is None:
            raise make_error(NotFound, "no-such-contribution", where=reference)
        return str(found)

    def _time(self) -> str:
        return self.clock().isoformat(timespec="seconds").replace("+00:00", "Z")

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                if connection.dialect.name == "postgresql" and inspect(connection).has_table("event"):
                    connection.execute(text("LOCK TABLE event IN EXCLUSIVE MODE"))
                yield connection
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def _failed(self, error: SQLAlchemyError) -> JournalFailed:
        return JournalFailed(f"the journal gave no answer: {str(error.__cause__ or error).splitlines()[0]}", where=self.name,
                             advice="Nothing was changed. Check the database and its disk, then send it again.")


def open_journal(settings: Settings, clock: Clock = now) -> Journal:
    """The journal that the settings name: SQLite in `var` without an address."""
    if settings.journal:
        return Journal(settings.journal, clock)
    Path(settings.var).mkdir(parents=True, exist_ok=True)
    return Journal(f"sqlite:///{Path(settings.var) / 'journal.sqlite'}", clock)


def _sequence(connection: Connection) -> int:
    return connection.execute(select(func.max(tables.event.c.sequence)).where(tables.event.c.added.is_not(None))).scalar() or 0


def _check(connection: Connection, after: int | None) -> None:
    if after is not None and _sequence(connection) != after:
        raise Outdated("somebody else published in the meantime.", advice="Send it again.")


def _look(connection: Connection, reference: str) -> tuple[int, tuple[Key, ...]]:
    """The last step of a contribution, and the valid keys of its contributor."""
    last = connection.execute(select(func.max(tables.event.c.sequence)).where(
        tables.event.c.reference == reference, tables.event.c.kind.in_(STATUSES))).scalar() or 0
    agent = connection.execute(select(tables.contribution.c.agent).where(tables.contribution.c.reference == reference)).scalar() or ""
    return last, _list_valid(connection, agent)


def _list_valid(connection: Connection, agent: str) -> tuple[Key, ...]:
    query = select(tables.key).where(tables.key.c.agent == agent, tables.key.c.revoked == "").order_by(tables.key.c.reference)
    return tuple(_to_key(row) for row in connection.execute(query).mappings())


def _to_contribution(row: RowMapping) -> Contribution:
    replaces = tuple(json.loads(row["renewed"] or row["replaces"]))
    return Contribution(row["reference"], row["agent"], row["form"], row["source"], row["received"], replaces, row["kind"], row["at"],
                        row["sequence"], row["note"], zlib.decompress(row["content"]))


def _to_event(row: RowMapping) -> Event:
    change = NOTHING if row["added"] is None else Change(zlib.decompress(row["added"]), zlib.decompress(row["removed"]),
                                                         tuple(json.loads(row["dropped"])), tuple(json.loads(row["gone"])))
    return Event(row["sequence"], row["at"], row["kind"], row["reference"], row["agent"], row["note"], change)


def _to_key(row: RowMapping) -> Key:
    return Key(row["reference"], row["agent"], row["role"], row["space"], row["created"], row["revoked"])
