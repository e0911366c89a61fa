"""Finding the thing that a name means: letters in threes find candidates, likeness ranks them, other columns decide.

The names of all things and concepts, in every language, stand in a table of trigrams in memory (SQLite FTS5), made once per read
model (`kg.index.threes`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from rapidfuzz import fuzz

from kg.index import Index
from kg.index.builder import fold
from kg.index.reader import LISTS
from kg.index.threes import choose, cut, match_any
from kg.store.kept import keep_while_it_lives
from kg.terms import BASE, ID, VOC

CANDIDATES: Final = 40
LEAST: Final = 45.0
SURE: Final = 92.0
AHEAD: Final = 6.0
OTHER_VALUE: Final = 0.75
"""What a candidate keeps of its score when another column says something else."""


@dataclass(frozen=True)
class Question:
    """A name to match, narrowed to types and to values of other columns by property; `limit` candidates at most."""

    name: str
    types: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    limit: int = 5


@dataclass(frozen=True)
class Candidate:
    """A thing or concept that a name may mean; `id` is its IRI after our base, `score` lies from 0 to 100."""

    id: str
    name: str
    type: str
    score: float
    match: bool
    found: str


class Matcher:
    """The names of one read model; safe on several threads."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._names = _load_names(index.origin)

    def find(self, question: Question) -> list[Candidate]:
        """The candidates for a name, best first; the first is marked as match when it is sure and well ahead."""
        folded = " ".join(fold(question.name).split())[:200]
        best: dict[str, tuple[float, str, str]] = {}
        for identifier, record_type, text, name in self._look_up(folded, question.types):
            score = _compare(folded, name)
            if score >= LEAST and score > best.get(identifier, (0.0, "", ""))[0]:
                best[identifier] = (score, text, record_type)
        facets = self._read_facets(best) if question.properties else {}
        ranked = sorted(((score * self._agree(identifier, question.properties, facets), identifier, text, record_type)
                         for identifier, (score, text, record_type) in best.items()), key=lambda each: (-each[0], each[1]))
        lead = ranked[0][0] - (ranked[1][0] if len(ranked) > 1 else 0.0) if ranked else 0.0
        return [Candidate(identifier, self.index.label(BASE + identifier)[0], record_type, round(score, 1),
                          not number and score >= SURE and (lead >= AHEAD or score == 100.0 and lead > 0), text)
                for number, (score, identifier, text, record_type) in enumerate(ranked[:question.limit])]

    def types(self) -> dict[str, int]:
        """How many names there are of each type."""
        return dict(self._names.rows("SELECT type, COUNT(DISTINCT id) FROM name GROUP BY type ORDER BY type"))

    def _look_up(self, folded: str, types: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
        threes = choose(cut(folded), self._names.counts)
        narrowed = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        if len(folded) < 3:
            return self._names.rows(f"SELECT id, type, text, folded FROM name WHERE folded = ?{narrowed}", folded, *types)
        if not threes:
            return []
        return self._names.rows(f"SELECT id, type, text, folded FROM name WHERE name MATCH ?{narrowed} ORDER BY rank LIMIT ?",
                                match_any(threes), *types, CANDIDATES)

    def _read_facets(self, identifiers: Iterable[str]) -> dict[str, dict[str, set[str]]]:
        found: dict[str, dict[str, set[str]]] = {}
        for identifier in identifiers:
            for facet, value in self.index.facets(BASE + identifier):
                found.setdefault(identifier, {}).setdefault(facet, set()).update((value, fold(self.index.label(value)[0]),
                                                                                 value.rsplit("/", 1)[-1].casefold()))
        return found

    def _agree(self, identifier: str, wanted: tuple[tuple[str, str], ...], facets: Mapping[str, Mapping[str, set[str]]]) -> float:
        factor = 1.0
        for name, value in wanted:
            known = facets.get(identifier, {}).get(name, set())
            if known and not known & {value, BASE + value, fold(value), value.casefold()}:
                factor *= OTHER_VALUE
        return factor


def _compare(asked: str, name: str) -> float:
    """How alike two folded names are, 0 to 100; other order of words, and a name that holds the other, count a little less."""
    return max(fuzz.ratio(asked, name), 0.98 * fuzz.token_sort_ratio(asked, name), 0.9 * fuzz.token_set_ratio(asked, name))


def _read_names(index: Index) -> Iterable[tuple[str, str, str, str]]:
    for iri, text in index.names():
        head, _, rest = iri.removeprefix(str(ID)).removeprefix(str(VOC)).partition("/")
        if iri.startswith(str(VOC)) or (iri.startswith(str(ID)) and rest and head in LISTS.values()):
            yield iri.removeprefix(BASE), head, text, " ".join(fold(text).split())


class _Names:
    """All names in a table of trigrams, and how many of them have each three letters; it holds nothing of the read model."""

    def __init__(self, names: Iterable[tuple[str, str, str, str]]) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute("CREATE VIRTUAL TABLE name USING fts5 (id UNINDEXED, type UNINDEXED, text UNINDEXED, folded, "
                                 "tokenize = 'trigram')")
        self._connection.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", names)
        self._connection.execute("CREATE VIRTUAL TABLE temp.three USING fts5vocab(main, name, row)")
        self.counts: dict[str, int] = dict(self.rows("SELECT term, doc FROM temp.three"))

    def rows(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """The rows of an SQL statement over the names."""
        with self._lock:
            return list(self._connection.execute(statement, values))


@keep_while_it_lives
def _load_names(index: Index) -> _Names:
    return _Names(_read_names(index))
