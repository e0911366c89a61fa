"""Charts: the timeline of partnerships and plans, the flow of one initiative, and the matrix of themes by country."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1040
NAMES, ROW = 330, 26
BOX, BOX_HEIGHT, BOX_GAP, HEAD = 300, 34, 8, 34
SIDE, RIGHT, TOP, CELL = 150, 100, 150, 24


@dataclass(frozen=True)
class Period:
    """A dated thing: IRI, name, first and last date as written (a year, a month or a day); the same date twice is a moment."""

    iri: str
    label: str
    start: str
    end: str


@dataclass(frozen=True)
class Career:
    """A partnership with the date of its beginning, "" where unknown, and its plans."""

    iri: str
    label: str
    began: str
    plans: tuple[Period, ...]


@dataclass(frozen=True)
class Bar:
    """A plan in the picture: from `x` on, `width` wide."""

    plan: Period
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """A partnership in the picture: where it lies, its beginning (None where unknown) and its plans."""

    career: Career
    y: float
    began: float | None
    last: float | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Timeline:
    """What a template writes: years with their places, rows, and the height of the picture."""

    years: tuple[tuple[int, float], ...]
    rows: tuple[Row, ...]
    height: float


def draw_timeline(careers: Sequence[Career]) -> Timeline:
    """Partnerships by their beginning, those without a date last; a date without month or day lies in the middle of its span."""
    dates = [date for career in careers
             for date in (career.began, *(each for plan in career.plans for each in (plan.start, plan.end))) if date]
    if not dates:
        return Timeline((), (), 0)
    first, last = math.floor(min(map(to_year, dates))), math.floor(max(map(to_year, dates))) + 1

    def across(date: str) -> float:
        return round(NAMES + (to_year(date) - first) / (last - first) * (WIDTH - NAMES - 20), 1)

    rows = []
    for number, career in enumerate(sorted(careers, key=lambda each: (not each.began, each.began, each.label))):
        bars = tuple(Bar(plan, across(plan.start), max(round(across(plan.end) - across(plan.start), 1), 0))
                     for plan in career.plans if plan.start)
        began = across(career.began) if career.began else None
        rows.append(Row(career, HEAD + ROW * (number + 0.5), began, max((bar.x for bar in bars), default=None), bars))
    return Timeline(tuple((year, across(f"{year}-01-01")) for year in range(first, last + 1)), tuple(rows), HEAD + ROW * len(rows) + 10)


def to_year(date: str) -> float:
    """A date as written (2018, 2018-05 or 2018-05-01) as a year with its fraction."""
    year, *rest = (int(part) for part in date[:10].split("-"))
    month = rest[0] - 1 if rest else 5.5
    return year + (month + ((rest[1] - 1) / 31 if len(rest) > 1 else 0.5)) / 12


@dataclass(frozen=True)
class Box:
    """A box of the flow: IRI, name, its name in two lines, and where it lies."""

    iri: str
    label: str
    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True)
class Flow:
    """What a template writes: columns with their heads, arrows between filled columns, and the height of the picture."""

    columns: tuple[tuple[str, float, tuple[Box, ...]], ...]
    arrows: tuple[tuple[float, float], ...]
    height: float


def draw_flow(stages: Mapping[str, Sequence[tuple[str, str]]]) -> Flow | None:
    """The flow through stages, each with values as IRI and name; None where fewer than two stages are known."""
    if sum(map(bool, stages.values())) < 2:
        return None
    step = (WIDTH - BOX) / max(len(stages) - 1, 1)
    tallest = max(map(len, stages.values()))
    columns = tuple((stage, round(number * step, 1),
                     tuple(Box(iri, label, wrap(label), round(number * step, 1), HEAD + place * (BOX_HEIGHT + BOX_GAP))
                           for place, (iri, label) in enumerate(values)))
                    for number, (stage, values) in enumerate(stages.items()))
    arrows = tuple((round(one[1] + BOX + 6, 1), round(other[1] - 6, 1)) for one, other in zip(columns, columns[1:], strict=False)
                   if one[2] and other[2])
    return Flow(columns, arrows, HEAD + tallest * (BOX_HEIGHT + BOX_GAP))


def wrap(text: str, width: int = 42) -> tuple[str, ...]:
    """A text in at most two lines, the second shortened where it does not fit."""
    head, rest = text, ""
    if len(text) > width:
        cut = text.rfind(" ", 0, width + 1)
        head, rest = (text[:cut], text[cut + 1:]) if cut > 0 else (text[:width], text[width:])
    return tuple(line for line in (head, rest if len(rest) <= width else rest[:width - 1].rstrip() + "…") if line)


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: numbers of row and column, its place, the count and how dark it is from 0 to 1."""

    row: str
    column: str
    x: float
    y: float
    count: int
    shade: float


@dataclass(frozen=True)
class Matrix:
    """What a template writes: heads of rows and columns as IRI, name and place; cells that are not empty; sizes."""

    rows: tuple[tuple[str, str, float], ...]
    columns: tuple[tuple[str, str, float], ...]
    cells: tuple[Cell, ...]
    counts: Mapping[tuple[str, str], int]
    cell: tuple[float, float]
    height: float


def draw_matrix(rows: Sequence[tuple[str, str]], columns: Sequence[tuple[str, str]], counts: Mapping[tuple[str, str], int]) -> Matrix:
    """The matrix of counts by IRI of row and column; the square root tells few from many where one cell holds most."""
    width = (WIDTH - SIDE - RIGHT) / max(len(columns), 1)
    most = math.sqrt(max(counts.values(), default=1))
    across = {iri: round(SIDE + number * width, 1) for number, (iri, _) in enumerate(columns)}
    down = {iri: TOP + number * CELL for number, (iri, _) in enumerate(rows)}
    cells = tuple(Cell(row, column, across[column], down[row], count, round(math.sqrt(count) / most, 2))
                  for (row, column), count in sorted(counts.items()) if row in down and column in across)
    return Matrix(tuple((iri, label, down[iri]) for iri, label in rows), tuple((iri, label, across[iri]) for iri, label in columns),
                  cells, counts, (round(width - 2, 1), CELL - 2), TOP + CELL * len(rows) + 4)
