"""Reading the model: lists with filters and counts, labels by language, search that forgives."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Final

from rapidfuzz import fuzz, process

from kg.errors import Invalid, NotFound
from kg.index.builder import fold

LISTS: Final = {"initiatives": "initiative", "practices": "practice", "partnerships": "partnership", "actions": "action",
                "cities": "city", "organisations": "organisation", "results": "result", "events": "event",
                "instruments": "instrument", "themes": "theme", "plans": "plan", "recovery-ways": "recovery-way",
                "frameworks": "framework", "surveys": "survey"}
FACETS: Final = ("theme", "instrument", "input", "process", "outcome", "objective", "country", "city", "partnership", "kind",
                 "source")
SORTS: Final = {"label": "t.sorting, t.iri", "-label": "t.sorting DESC, t.iri DESC"}
LEAST_LIKENESS: Final = 78


@dataclass(frozen=True)
class Thing:
    """One entry of a list."""

    iri: str
    type: str
    ref: str
    label: str
    summary: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to: IRIs by facet, words, and years from and to."""

    values: tuple[tuple[str, str], ...] = ()
    q: str = ""
    year_from: int | None = None
    year_to: int | None = None


@dataclass(frozen=True)
class Page:
    """A stretch of a list: its things, the count of all, where the next stretch begins, counts of each facet's values."""

    things: list[Thing]
    total: int
    next: int | None
    facets: dict[str, list[tuple[str, str, int]]]


@dataclass(frozen=True)
class Hit:
    """A thing that a search found, and why."""

    thing: Thing
    why: str


class Index:
    """The read model in a file; every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise NotFound("there is no read model yet.", where=str(path), advice="Run `kg build` first.")
        self.path = path
        self._local = local()

    def version(self) -> str:
        """The data version it was built from."""
        return str(self._rows("SELECT value FROM fact WHERE name = 'version'")[0][0])

    def counts(self) -> dict[str, int]:
        """How many things there are of each type."""
        return dict(self._rows("SELECT type, COUNT(*) FROM thing GROUP BY type ORDER BY type"))

    def thing(self, iri: str) -> Thing | None:
        """One thing."""
        rows = self._rows("SELECT iri, type, ref, label, summary, latitude, longitude FROM thing WHERE iri = ?", iri)
        return Thing(*rows[0]) if rows else None

    def facets(self, iri: str) -> list[tuple[str, str]]:
        """The values of one thing for each filter of the lists, as facet and value."""
        return [(str(facet), str(value)) for facet, value in
                self._rows("SELECT facet, value FROM facet WHERE iri = ? ORDER BY facet, value", iri)]

    def names(self) -> list[tuple[str, str]]:
        """Every name of every thing and concept, in all languages."""
        return [(str(iri), str(text)) for iri, text in self._rows("SELECT DISTINCT iri, text FROM label ORDER BY iri, text")]

    def replaced(self, iri: str) -> str:
        """What an identifier was replaced by, or nothing."""
        rows = self._rows("SELECT kept FROM replaced WHERE iri = ?", iri)
        return str(rows[0][0]) if rows else ""

    def label(self, iri: str, languages: Sequence[str] = ("en",)) -> tuple[str, str]:
        """The label and its language: first of the wanted ones, else English, else any; the end of the IRI without one."""
        found = dict(reversed(self._rows("SELECT language, text FROM label WHERE iri = ? ORDER BY kind DESC, language, text", iri)))
        for language in (*languages, "en", ""):
            if language in found:
                return found[language], language
        for language, text in sorted(found.items()):
            return text, language
        return iri.rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1], ""

    def browse(self, record_type: str, narrow: Filter, *, sort: str = "label", limit: int = 20, offset: int = 0) -> Page:
        """A stretch of one type's list, narrowed; raises Invalid for an unknown order."""
        if sort not in SORTS:
            raise Invalid(f"the order {sort!r} is not known.", where="sort", advice=f"Known are {', '.join(SORTS)}.")
        where, values = _where(record_type, narrow)
        total = int(self._rows(f"SELECT COUNT(*) FROM thing t WHERE {where}", *values)[0][0])
        rows = self._rows(f"SELECT t.iri, t.type, t.ref, t.label, t.summary, t.latitude, t.longitude FROM thing t WHERE {where} "
                          f"ORDER BY {SORTS[sort]} LIMIT ? OFFSET ?", *values, limit, offset)
        counted = self._rows("SELECT f.facet, f.value, COUNT(*) FROM facet f JOIN thing t ON t.iri = f.iri "
                             f"WHERE {where} AND f.facet <> 'year' GROUP BY f.facet, f.value ORDER BY 1, 3 DESC, 2", *values)
        facets: dict[str, list[tuple[str, str, int]]] = {}
        for facet, value, count in counted:
            if len(facets.setdefault(facet, [])) < 12:
                facets[facet].append((value, self.label(value)[0], count))
        end = offset + len(rows)
        return Page([Thing(*row) for row in rows], total, end if end < total else None, facets)

    def search(self, text: str, limit: int = 30) -> list[Hit]:
        """Things whose names or texts hold the words, accents aside; else those with a name that is nearly the same."""
        words = [word for word in "".join(c if c.isalnum() else " " for c in text).split() if word][:12]
        if not words:
            return []
        match = " ".join(f'"{word}"*' for word in words)
        rows = self._rows("SELECT t.iri, t.type, t.ref, t.label, t.summary, t.latitude, t.longitude, "
                          "snippet(words, -1, '⟦', '⟧', ' … ', 12) FROM words JOIN thing t ON t.iri = words.iri "
                          "WHERE words MATCH ? ORDER BY bm25(words, 0.0, 10.0, 4.0, 1.0), t.iri LIMIT ?", match, limit)
        hits = [Hit(Thing(*row[:7]), row[7]) for row in rows]
        return hits or self._nearly(text, limit)

    def _nearly(self, text: str, limit: int) -> list[Hit]:
        labels = self._rows("SELECT l.iri, l.text FROM label l JOIN thing t ON t.iri = l.iri")
        folded = [fold(label) for _, label in labels]
        hits: dict[str, Hit] = {}
        for _, _, number in process.extract(fold(text), folded, scorer=fuzz.WRatio, limit=limit, score_cutoff=LEAST_LIKENESS):
            iri, label = labels[number]
            thing = self.thing(iri)
            if thing:
                hits.setdefault(iri, Hit(thing, f"nearly: ⟦{label}⟧"))
        return list(hits.values())

    def _rows(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, check_same_thread=False)
        return list(connection.execute(statement, values))


def _where(record_type: str, narrow: Filter) -> tuple[str, list[object]]:
    clauses, values = ["t.type = ?"], [record_type]  # type: list[str], list[object]
    for facet, value in narrow.values:
        clauses.append("EXISTS (SELECT 1 FROM facet x WHERE x.iri = t.iri AND x.facet = ? AND x.value = ?)")
        values += [facet, value]
    for operator, year in ((">=", narrow.year_from), ("<=", narrow.year_to)):
        if year is not None:
            clauses.append(f"EXISTS (SELECT 1 FROM facet x WHERE x.iri = t.iri AND x.facet = 'year' AND x.value {operator} ?)")
            values.append(f"{year:04d}")
    words = "".join(c if c.isalnum() else " " for c in narrow.q).split()[:12]
    if words:
        clauses.append("t.iri IN (SELECT iri FROM words WHERE words MATCH ?)")
        values.append(" ".join(f'"{word}"*' for word in words))
    return " AND ".join(clauses), values
