"""Building the read model from the store's own queries."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections import defaultdict
from pathlib import Path

from rdflib import Literal

from kg.queries import load_query
from kg.store import Store
from kg.terms import ID, VOC

FOLDER = Path(__file__).parent
LISTED = frozenset({"initiative", "practice", "partnership", "action", "city", "organisation", "result", "event", "instrument", "theme",
                    "plan", "recovery-way", "framework", "survey", "need", "offer"})


def build_index(store: Store, path: Path) -> None:
    """Write the read model beside the old one and put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with sqlite3.connect(fresh) as connection:
        connection.executescript((FOLDER / "schema.sql").read_text(encoding="utf-8"))
        connection.execute("INSERT INTO fact VALUES ('version', ?)", (store.version(),))
        _fill(store, connection)
    connection.close()
    fresh.replace(path)


def fold(text: str) -> str:
    """Lower case without accents, for sorting and forgiving comparison."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()


def locate(iri: str) -> tuple[str, str]:
    """The type and reference under which a thing or concept is listed."""
    if iri.startswith(str(VOC)):
        scheme, _, code = iri[len(str(VOC)):].partition("/")
        return scheme, code
    record_type, _, reference = iri.removeprefix(str(ID)).partition("/")
    return record_type, reference


def _fill(store: Store, connection: sqlite3.Connection) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        return [{key: str(term) for key, term in row.items()} for row in store.select(load_query(FOLDER / f"{name}.rq").text)]

    places = {row["thing"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("places")}
    things: dict[str, tuple[str, str]] = {}
    for row in sorted(rows("things"), key=lambda row: (row["thing"], len(row["label"]), row["label"], row.get("summary", ""))):
        if locate(row["thing"])[0] in LISTED:
            things.setdefault(row["thing"], (row["label"], row.get("summary", "")))
    connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           ((iri, *locate(iri), label, fold(label), summary, *places.get(iri, (None, None)))
                            for iri, (label, summary) in things.items()))
    connection.executemany("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)",
                           [(row["thing"], row["facet"], row["value"]) for row in rows("facets") if row["thing"] in things]
                           + [(row["thing"], "source", row["value"]) for row in rows("sources") if row["thing"] in things])
    connection.executemany("INSERT OR IGNORE INTO replaced VALUES (?, ?)",
                           ((row["thing"], row["kept"]) for row in rows("replaced")))
    names: dict[str, set[str]] = defaultdict(set)
    for named in store.select(load_query(FOLDER / "labels.rq").text):
        label = named["label"]
        language = label.language or "" if isinstance(label, Literal) else ""
        connection.execute("INSERT OR IGNORE INTO label VALUES (?, ?, ?, ?)",
                           (str(named["thing"]), language, str(named["kind"]), str(label)))
        names[str(named["thing"])].add(str(label))
    bodies: dict[str, set[str]] = defaultdict(set)
    for text in rows("texts"):
        bodies[text["thing"]].add(text["text"])
    values: dict[str, set[str]] = defaultdict(set)
    for iri, value in connection.execute("SELECT iri, value FROM facet WHERE facet IN "
                                         "('theme', 'instrument', 'country', 'city', 'partnership')"):
        values[iri] |= names.get(value, set())
    connection.executemany("INSERT INTO words VALUES (?, ?, ?, ?)",
                           ((iri, label, " ; ".join(sorted((names[iri] | values[iri]) - {label})), " ; ".join(sorted(bodies[iri])))
                            for iri, (label, _) in sorted(things.items())))
