"""Reading the model: lists with filters and counts, labels by language, search that forgives."""

from __future__ import annotations

import copy
import json
import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import local
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kg.errors import Invalid, NotFound, StoreFailed
from kg.index.builder import SHAPE, fold
from kg.index.facets import Listing, read_listing
from kg.index.threes import choose, cut, match_any
from kg.store.kept import keep_while_it_lives

LISTS: Final = {"initiatives": "initiative", "practices": "practice", "partnerships": "partnership", "actions": "action",
                "cities": "city", "organisations": "organisation", "results": "result", "events": "event",
                "instruments": "instrument", "themes": "theme", "plans": "plan", "recovery-ways": "recovery-way",
                "frameworks": "framework", "surveys": "survey"}
FACETS: Final = ("theme", "instrument", "input", "process", "outcome", "objective", "country", "city", "partnership", "kind",
                 "source")
SORTS: Final = ("label", "-label")
LEAST_LIKENESS: Final = 78
COMPARED: Final = 300
"""Names that a text is compared with letter by letter."""


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
    language: str = "en"
    """The language of the label."""


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
        self.language = "en"
        self._local = local()
        self._speaking: dict[str, Index] = {"en": self}

    def speaking(self, language: str) -> Index:
        """The same model with names in a language where it has them, kept; with the same connections."""
        if language not in self._speaking:
            view = copy.copy(self)
            view.language = language
            self._speaking[language] = view
        return self._speaking[language]

    @property
    def origin(self) -> Index:
        """The view of which those in other languages were made: what speaks no language is kept once, for it."""
        return self._speaking["en"]

    def say(self, things: Iterable[Thing]) -> list[Thing]:
        """Things with their names in the language of this view, as they are where there is none."""
        found = list(things)
        if self.language == "en" or not found:
            return found
        places = ", ".join("?" * len(found))
        names = dict(self.rows("SELECT iri, MIN(text) FROM label WHERE language = ? AND kind = 'preferred' "
                               f"AND iri IN ({places}) GROUP BY iri", self.language, *(each.iri for each in found)))
        return [replace(each, label=names[each.iri], language=self.language) if each.iri in names else each for each in found]

    def version(self) -> str:
        """The data version it was built from; "" when it has other tables than those of this release."""
        rows = self.rows("SELECT value FROM fact WHERE name = 'version' AND EXISTS "
                         "(SELECT 1 FROM fact WHERE name = 'schema' AND value = ?)", SHAPE)
        return str(rows[0][0]) if rows else ""

    def counts(self) -> dict[str, int]:
        """How many things there are of each type."""
        return dict(self.rows("SELECT type, COUNT(*) FROM thing GROUP BY type ORDER BY type"))

    @keep_while_it_lives
    def list_foreign(self) -> frozenset[str]:
        """The types of which a thing has an IRI of its publisher's own space."""
        return frozenset(str(kind) for kind, in self.rows("SELECT DISTINCT type FROM thing WHERE ref = iri"))

    def thing(self, iri: str) -> Thing | None:
        """One thing."""
        rows = self.rows("SELECT iri, type, ref, label, summary, latitude, longitude FROM thing WHERE iri = ?", iri)
        return self.say([Thing(*rows[0])])[0] if rows else None

    def facets(self, iri: str) -> list[tuple[str, str]]:
        """The values of one thing for each filter of the lists, as facet and value."""
        return [(str(facet), str(value)) for facet, value in
                self.rows("SELECT facet, value FROM facet WHERE iri = ? ORDER BY facet, value", iri)]

    def values(self, facet: str) -> list[str]:
        """Every value that things have for a filter of the lists."""
        return [str(value) for value, in self.rows("SELECT DISTINCT value FROM facet WHERE facet = ? ORDER BY value", facet)]

    def names(self) -> list[tuple[str, str]]:
        """Every name of every thing and concept, in all languages."""
        return [(str(iri), str(text)) for iri, text in self.rows("SELECT DISTINCT iri, text FROM label ORDER BY iri, text")]

    def replaced(self, iri: str) -> str:
        """What an identifier was replaced by, or nothing."""
        rows = self.rows("SELECT kept FROM replaced WHERE iri = ?", iri)
        return str(rows[0][0]) if rows else ""

    def label(self, iri: str, languages: Sequence[str] = ()) -> tuple[str, str]:
        """The label and its language: first of the wanted ones, else that of this view, else English, else any.

        The end of the IRI without one.
        """
        found = dict(reversed(self.rows("SELECT language, text FROM label WHERE iri = ? ORDER BY kind DESC, language, text", iri)))
        for language in (*languages, self.language, "en", ""):
            if language in found:
                return found[language], language
        for language, text in sorted(found.items()):
            return text, language
        return iri.rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1], ""

    def browse(self, record_type: str, narrow: Filter, *, sort: str = "label", limit: int = 20, offset: int = 0) -> Page:
        """A stretch of one type's list, narrowed; raises Invalid for an unknown order."""
        if sort not in SORTS:
            raise Invalid(f"the order {sort!r} is not known.", where="sort", advice=f"Known are {', '.join(SORTS)}.")
        listing, chosen = self.choose(record_type, narrow)
        stretch = (chosen if sort == "label" else chosen[::-1])[offset:offset + limit]
        places = {int(row): place for place, row in enumerate(listing.rows[stretch])}
        rows = sorted(self.rows("SELECT t.rowid, t.iri, t.type, t.ref, t.label, t.summary, t.latitude, t.longitude FROM thing t "
                                f"WHERE t.rowid IN ({', '.join('?' * len(places))})", *places), key=lambda row: places[row[0]])
        facets = {facet: [(value, self.label(value)[0], count) for value, count in values]
                  for facet, values in listing.count(chosen).items()}
        end = offset + len(rows)
        return Page(self.say(Thing(*row[1:]) for row in rows), len(chosen), end if end < len(chosen) else None, facets)

    def choose(self, record_type: str, narrow: Filter) -> tuple[Listing, NDArray[np.int64]]:
        """The list of a type, and the numbers of its things that fit a filter."""
        words = split_words(narrow.q)
        found = [str(iri) for iri, in self.rows("SELECT iri FROM words WHERE words MATCH ?", match_words(words))] if words else None
        listing = read_listing(self.origin, record_type)
        return listing, listing.select(narrow, found)

    def search(self, text: str, limit: int = 30) -> list[Hit]:
        """Things whose names or texts hold the words, accents aside; else those with a name that is nearly the same."""
        words = split_words(text)
        if not words:
            return []
        match = match_words(words)
        best = self._rank(match, limit)
        # The plus keeps SQLite from asking the full-text table anew for each number: one pass over what matches is enough.
        rows = self.rows("SELECT t.iri, t.type, t.ref, t.label, t.summary, t.latitude, t.longitude, "
                         "snippet(words, -1, '⟦', '⟧', ' … ', 12), words.rowid FROM words JOIN thing t ON t.iri = words.iri "
                         "WHERE words MATCH ? AND +words.rowid IN (SELECT value FROM json_each(?))", match, json.dumps(list(best)))
        rows = sorted(rows, key=lambda row: (best[row[8]], row[0]))[:limit]
        hits = [Hit(thing, row[7]) for thing, row in zip(self.say(Thing(*row[:7]) for row in rows), rows, strict=True)]
        return hits or self._nearly(text, limit)

    def _rank(self, match: str, limit: int) -> dict[int, float]:
        """The numbers of the best texts with their rank (bm25, lower is better): `limit` of them, and all that are as good as the last.

        Names and texts are read for those alone: read for all that match, they would take most of the time.
        """
        ranked = "SELECT rowid, bm25(words, 0.0, 10.0, 4.0, 1.0) AS score FROM words WHERE words MATCH ?"
        best = self.rows(f"{ranked} ORDER BY score LIMIT ?", match, 4 * limit)
        if len(best) == 4 * limit and best[limit - 1][1] == best[-1][1]:
            best = [row for row in self.rows(ranked, match) if row[1] <= best[-1][1]]
        return dict(best)

    def suggest(self, text: str, limit: int = 8) -> list[tuple[Thing, str]]:
        """Things while their name is typed, each with the name that fits: one that begins so, else one that is nearly the same."""
        words = split_words(text)
        if not words:
            return []
        rows = self.rows("SELECT n.iri, n.text FROM name n WHERE name MATCH ? ORDER BY LENGTH(n.text), n.text, n.iri LIMIT ?",
                         match_words(words), 20 * limit)
        start = fold(text.strip())
        rows.sort(key=lambda row: not fold(row[1]).startswith(start))
        if len({iri for iri, _ in rows}) < limit:
            rows += self.find_near(text, 2 * limit, begun=True)
        found: dict[str, str] = {}
        for iri, name in rows:
            found.setdefault(iri, name)
        things = ((self.thing(iri), name) for iri, name in list(found.items())[:limit])
        return [(thing, name) for thing, name in things if thing]

    def find_near(self, text: str, limit: int = 30, *, begun: bool = False) -> list[tuple[str, str]]:
        """Names nearly the same as a text, as IRI and name, best first; only those that share three letters in a row are compared.

        A text that is only `begun` is compared with the beginnings of names too.
        """
        folded = "".join(c if c.isalnum() else " " for c in fold(text))
        rows = self.rows("SELECT n.iri, n.text, t.folded FROM json_each(?) JOIN name n ON n.rowid = value "
                         "JOIN trigram t ON t.rowid = value ORDER BY LENGTH(n.text), n.text, n.iri", json.dumps(self._choose_names(folded)))
        names = [row[2] for row in rows] + ([row[2][:len(folded) + 1] for row in rows] if begun else [])
        near = process.extract(folded.strip(), names, scorer=fuzz.WRatio, limit=limit, score_cutoff=LEAST_LIKENESS)
        return [(rows[number % len(rows)][0], rows[number % len(rows)][1]) for _, _, number in near]

    def _choose_names(self, folded: str) -> list[int]:
        """The numbers of the names that share the most threes with a text, rare ones counting more; at most `COMPARED`."""
        counts = _count_threes(self.origin)
        threes = choose(cut(folded), counts)
        if not threes:
            return []
        having = [_read_three(self.origin, three) for three in threes]
        weights = [np.full(len(names), 1 / math.log2(1 + counts[three])) for three, names in zip(threes, having, strict=True)]
        names, places = np.unique(np.concatenate(having), return_inverse=True)
        shared = np.bincount(places, np.concatenate(weights))
        return [int(name) for name in names[np.lexsort((names, -shared))[:COMPARED]]]

    def _nearly(self, text: str, limit: int) -> list[Hit]:
        hits: dict[str, Hit] = {}
        for iri, name in self.find_near(text, limit):
            thing = self.thing(iri)
            if thing:
                hits.setdefault(iri, Hit(thing, f"nearly: ⟦{name}⟧"))
        return list(hits.values())

    def rows(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """The rows of an SQL statement over the read model; raises StoreFailed when the file is broken."""
        connection = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, check_same_thread=False)
            return list(connection.execute(statement, values))
        except sqlite3.DatabaseError as error:
            raise StoreFailed(f"the read model cannot be read: {error}", where=self.path.name,
                              advice="Delete the file and start again; it is made anew from the store.") from error


def match_words(words: Sequence[str]) -> str:
    """The expression of the full-text search for things that have all words, each perhaps only begun."""
    return " ".join(f'"{word}"*' for word in words)


def split_words(text: str) -> list[str]:
    """The words of what somebody typed, at most twelve."""
    return "".join(c if c.isalnum() else " " for c in text).split()[:12]


@keep_while_it_lives
def _count_threes(index: Index) -> dict[str, int]:
    """How many names have each three letters."""
    index.rows("CREATE VIRTUAL TABLE IF NOT EXISTS temp.three USING fts5vocab(main, trigram, row)")
    return dict(index.rows("SELECT term, doc FROM temp.three"))


@keep_while_it_lives
def _read_three(index: Index, three: str) -> NDArray[np.int64]:
    """The numbers of the names that have three letters."""
    numbers, = index.rows("SELECT group_concat(rowid) FROM trigram WHERE trigram MATCH ?", match_any([three]))[0]
    return np.fromstring(numbers or "", np.int64, sep=",")  # as one text: a row for each number takes ten times as long
