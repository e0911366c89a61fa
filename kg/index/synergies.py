"""Reading the synergies of the model: all of them, narrowed, strongest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kg.index.reader import Index, Thing
from kg.store.kept import keep_while_it_lives
from kg.terms import VOC

REJECTED = str(VOC["review-status/rejected"])

COLUMNS: Final = "SELECT s.iri, s.type, s.score, s.review, s.giver, s.why, " + ", ".join(
    f"{end}.{name}" for end in "ab" for name in ("iri", "type", "ref", "label", "summary", "latitude", "longitude"))
SOURCE: Final = "FROM synergy s JOIN thing a ON a.iri = s.one JOIN thing b ON b.iri = s.other"


@dataclass(frozen=True)
class Between:
    """What the synergies are narrowed to: IRIs of ends by facet, type, least score, review status, ends that are partnerships.

    A synergy has the types of all its reasons. Without a review status, what reviewers rejected is left out.
    """

    values: tuple[tuple[str, str], ...] = ()
    type: str = ""
    min_score: float = 0.0
    review: str = ""
    partnerships: bool = False


@dataclass(frozen=True)
class Pair:
    """One synergy of the list; a documented one has no score, `giver` is the IRI of the end that gives, "" for both; `why` is in a
    language, English as it is published."""

    iri: str
    one: Thing
    other: Thing
    type: str
    score: float | None
    review: str
    giver: str
    why: str
    language: str = "en"


def browse_synergies(index: Index, narrow: Between, *, limit: int = 50, offset: int = 0) -> tuple[list[Pair], int]:
    """A stretch of all synergies, strongest first, documented ones last, and the count of all that fit."""
    where, values = _narrow(narrow)
    rows = index.rows(f"{COLUMNS} {SOURCE} WHERE {where} ORDER BY s.score DESC, s.iri LIMIT ? OFFSET ?", *values, limit, offset)
    return _pair(index, rows), _count(index, narrow)


def find_pair(index: Index, iri: str) -> Pair | None:
    """The row of one synergy."""
    rows = index.rows(f"{COLUMNS} {SOURCE} WHERE s.iri = ?", iri)
    return _pair(index, rows)[0] if rows else None


def _pair(index: Index, rows: list[tuple]) -> list[Pair]:  # type: ignore[type-arg]
    ends = index.say(Thing(*row[at:at + 7]) for row in rows for at in (6, 13))
    return [Pair(row[0], one, other, *row[1:6]) for row, one, other in zip(rows, ends[::2], ends[1::2], strict=True)]


@keep_while_it_lives
def _count(index: Index, narrow: Between) -> int:
    where, values = _narrow(narrow)
    return int(index.rows(f"SELECT COUNT(*) {SOURCE} WHERE {where}", *values)[0][0])


def _narrow(narrow: Between) -> tuple[str, list[object]]:
    clauses, values = ["1"], []  # type: list[str], list[object]
    for clause, value in (("s.iri IN (SELECT synergy FROM kind WHERE type = ?)", narrow.type), ("s.review = ?", narrow.review),
                          ("s.score >= ?", narrow.min_score)):
        if value:
            clauses.append(clause)
            values.append(value)
    if not narrow.review:
        clauses.append("s.review <> ?")
        values.append(REJECTED)
    for facet, iri in narrow.values:
        clauses.append("(s.one IN (SELECT iri FROM facet WHERE facet = ? AND value = ?) OR s.one = ? "
                       "OR s.other IN (SELECT iri FROM facet WHERE facet = ? AND value = ?) OR s.other = ?)")
        values += 2 * [facet, iri, iri]
    if narrow.partnerships:
        clauses.append("a.type = 'partnership' AND b.type = 'partnership'")
    return " AND ".join(clauses), values


@keep_while_it_lives
def synergy_values(index: Index, name: str) -> list[str]:
    """The values that the synergies have for `type`, whatever reason has it, or `review`."""
    statement = {"type": "SELECT DISTINCT type FROM kind ORDER BY 1", "review": "SELECT DISTINCT review FROM synergy ORDER BY 1"}[name]
    return [str(value) for value, in index.rows(statement)]
