"""Building the read model from the store's own queries."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from anyascii import anyascii
from rdflib import Literal, URIRef

from kg.errors import StoreFailed
from kg.queries import load_query
from kg.store import Store, Term
from kg.terms import ID, VOC

FOLDER = Path(__file__).parent
SCHEMA = (FOLDER / "schema.sql").read_text(encoding="utf-8")
SHAPE = hashlib.sha256(SCHEMA.encode()).hexdigest()
"""What tells a read model of these tables from one of other tables."""
LISTED = frozenset({"initiative", "practice", "partnership", "action", "city", "organisation", "result", "event", "instrument", "theme",
                    "plan", "recovery-way", "framework", "survey", "need", "offer"})


def build_index(store: Store, path: Path) -> None:
    """Write the read model beside the old one and put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _writing(path) as connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO fact VALUES (?, ?)", (("version", store.version()), ("schema", SHAPE)))
        _fill(store, connection)


@contextmanager
def _writing(path: Path, start: Path | None = None) -> Iterator[sqlite3.Connection]:
    """A database beside the old one, a copy of `start` or empty, that takes its place when the block has ended well."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        if start is not None:
            shutil.copyfile(start, fresh)
        with closing(sqlite3.connect(fresh)) as connection, connection:
            yield connection
        fresh.replace(path)
    except (OSError, sqlite3.DatabaseError) as error:
        raise StoreFailed(f"the read model cannot be written: {error}", where=path.name,
                          advice="The one before stays. Look whether the disk is full or read-only.") from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def fold(text: str) -> str:
    """Lower case in Latin letters without accents, whatever the script, for sorting and forgiving comparison."""
    return anyascii(text).casefold()


def locate(iri: str) -> tuple[str, str]:
    """The type and reference under which a thing or concept is listed."""
    if iri.startswith(str(VOC)):
        scheme, _, code = iri[len(str(VOC)):].partition("/")
        return scheme, code
    record_type, _, reference = iri.removeprefix(str(ID)).partition("/")
    return record_type, reference


def refresh_index(store: Store, path: Path, near: Iterable[URIRef], *, synergies: bool = True) -> None:
    """Bring a read model up to the store by reading these things and all synergies anew; the same rows as a build would write.

    `near` is what `kg.synergies.near` finds. A changed concept names many things, so then everything is read. Without `synergies` they
    stay as they are, but for those of things that are no more.
    """
    things = sorted(set(near))
    if any(str(thing).startswith(str(VOC)) for thing in things):
        build_index(store, path)
        return
    with _writing(path, path) as connection:
        connection.execute("UPDATE fact SET value = ? WHERE name = 'version'", (store.version(),))
        connection.execute("CREATE TEMP TABLE near (iri TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO near VALUES (?)", ((str(thing),) for thing in things))
        for removal in REMOVALS:
            connection.execute(removal)
        if synergies:
            connection.execute("DELETE FROM synergy")
            connection.execute("DELETE FROM kind")
        _fill(store, connection, things, synergies)
        connection.execute("DELETE FROM synergy WHERE one NOT IN (SELECT iri FROM thing) OR other NOT IN (SELECT iri FROM thing)")
        connection.execute("DELETE FROM kind WHERE synergy NOT IN (SELECT iri FROM synergy)")


REMOVALS = ("DELETE FROM trigram WHERE rowid IN (SELECT rowid FROM name WHERE iri IN (SELECT iri FROM near))",
            *(f"DELETE FROM {table} WHERE iri IN (SELECT iri FROM near)"
              for table in ("thing", "facet", "label", "replaced", "words", "name")))


def _fill(store: Store, connection: sqlite3.Connection, only: Sequence[URIRef] | None = None, synergies: bool = True) -> None:
    def select(name: str) -> list[dict[str, Term]]:
        query = load_query(FOLDER / f"{name}.rq").text
        asked: Iterable[Mapping[str, Term] | None] = [None] if only is None else [{"thing": thing} for thing in only]
        return [row for bindings in asked for row in store.select(query, bindings)]

    def rows(name: str) -> list[dict[str, str]]:
        return [{key: str(term) for key, term in row.items()} for row in select(name)]

    def all_rows(name: str) -> list[dict[str, str]]:
        return [{key: str(term) for key, term in row.items()} for row in store.select(load_query(FOLDER / f"{name}.rq").text)]

    places = {row["thing"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("places")}
    things: dict[str, tuple[str, str]] = {}
    for row in sorted(rows("things"), key=lambda row: (row["thing"], len(row["label"]), row["label"], row.get("summary", ""))):
        if locate(row["thing"])[0] in LISTED:
            things.setdefault(row["thing"], (row["label"], row.get("summary", "")))
    types: dict[str, str] = {}
    for row in sorted(rows("foreign"), key=lambda row: (row["thing"], row["type"], row["rank"], len(row["label"]), row["label"],
                                                        row.get("summary", ""))):
        things.setdefault(row["thing"], (row["label"], row.get("summary", "")))
        types.setdefault(row["thing"], row["type"])
    connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           ((iri, *((types[iri], iri) if iri in types else locate(iri)), label, fold(label), summary,
                             *places.get(iri, (None, None))) for iri, (label, summary) in things.items()))
    connection.executemany("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)",
                           [(row["thing"], row["facet"], row["value"]) for row in rows("facets") if row["thing"] in things]
                           + [(row["thing"], "source", row["value"]) for row in rows("sources") if row["thing"] in things])
    connection.executemany("INSERT OR IGNORE INTO synergy SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 "
                           "WHERE EXISTS (SELECT 1 FROM thing WHERE iri = ?2) AND EXISTS (SELECT 1 FROM thing WHERE iri = ?3)",
                           ((row["synergy"], row["one"], row["other"], row.get("type", ""), float(row["score"]) if "score" in row else None,
                             row["review"], row.get("giver", ""), row["why"])
                            for row in sorted(all_rows("synergies") if synergies else (), key=lambda row: (row["synergy"], row["why"]))))
    connection.executemany("INSERT OR IGNORE INTO kind SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM synergy WHERE iri = ?1)",
                           ((row["synergy"], row["type"]) for row in (all_rows("kinds") if synergies else ())))
    connection.execute("INSERT OR IGNORE INTO kind SELECT iri, type FROM synergy WHERE type <> ''")
    connection.executemany("INSERT OR IGNORE INTO replaced VALUES (?, ?)",
                           ((row["thing"], row["kept"]) for row in rows("replaced")))
    names: dict[str, set[str]] = defaultdict(set)
    for named in select("labels"):
        label = named["label"]
        language = label.language or "" if isinstance(label, Literal) else ""
        connection.execute("INSERT OR IGNORE INTO label VALUES (?, ?, ?, ?)",
                           (str(named["thing"]), language, str(named["kind"]), str(label)))
    for iri, text in connection.execute("SELECT iri, text FROM label"):
        names[iri].add(text)
    bodies: dict[str, set[str]] = defaultdict(set)
    for text in rows("texts"):
        bodies[text["thing"]].add(text["text"])
    values: dict[str, set[str]] = defaultdict(set)
    for iri, value in connection.execute("SELECT iri, value FROM facet WHERE facet IN "
                                         "('theme', 'instrument', 'country', 'city', 'partnership')"):
        if iri in things:
            values[iri] |= names.get(value, set())
    connection.executemany("INSERT INTO words VALUES (?, ?, ?, ?)",
                           ((iri, label, " ; ".join(sorted((names[iri] | values[iri]) - {label})), " ; ".join(sorted(bodies[iri])))
                            for iri, (label, _) in sorted(things.items())))
    last = connection.execute("SELECT COALESCE(MAX(rowid), 0) FROM name").fetchone()[0]
    called = [(iri, text) for iri in sorted(things) for text in sorted(names[iri] | {things[iri][0]})]
    connection.executemany("INSERT INTO name (rowid, iri, text) VALUES (?, ?, ?)",
                           ((number, iri, text) for number, (iri, text) in enumerate(called, last + 1)))
    connection.executemany("INSERT INTO trigram (rowid, folded) VALUES (?, ?)",
                           ((number, fold(text)) for number, (_, text) in enumerate(called, last + 1)))
