"""The answer to a query as people look at it: a table, and bars or a map where the columns allow it."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from api.drawing.map import Map, Place, draw_map
from kg.sparql.question import Answer

SHOWN_ROWS: Final = 500
NOTHING: Final = {"columns": [], "rows": [], "text": "", "more": False, "form": "", "boolean": None, "bars": [], "map": None}
_LATITUDE, _LONGITUDE = ("latitude", "lat"), ("longitude", "long", "lon", "lng")


def show_answer(answer: Answer) -> dict[str, Any]:
    """What the template of an answer writes; a SELECT was asked for as CSV, other forms as text."""
    body = answer.body
    if answer.file:
        with answer.file as file:
            body = file.read()
    text = body.decode("utf-8")
    shown: dict[str, Any] = {**NOTHING, "form": answer.form}
    if answer.form == "ASK":
        shown["boolean"] = '"boolean":true' in text
    elif answer.form == "SELECT":
        reader = csv.reader(io.StringIO(text, newline=""))
        columns = next(reader, [])
        rows = [row for _, row in zip(range(SHOWN_ROWS + 1), reader, strict=False)]
        shown |= {"columns": columns, "rows": rows[:SHOWN_ROWS], "more": len(rows) > SHOWN_ROWS}
        shown |= {"bars": read_bars(rows[:SHOWN_ROWS]), "map": read_map(columns, rows[:SHOWN_ROWS])}
    else:
        lines = text.splitlines()
        shown |= {"text": "\n".join(lines[:SHOWN_ROWS]), "more": len(lines) > SHOWN_ROWS}
    return shown


def read_bars(rows: list[list[str]]) -> list[float]:
    """How long a bar each row gets, as a share of the longest; none unless the last column counts or measures and others name."""
    numbers = [_number(row[-1]) for row in rows] if rows and len(rows[0]) > 1 else []
    found = [number for number in numbers if number is not None and number >= 0]
    if len(rows) < 2 or len(found) < len(rows) or max(found) == 0 or all(_number(row[0]) is not None for row in rows):
        return []
    return [number / max(found) for number in found]


def read_map(columns: list[str], rows: list[list[str]]) -> Map | None:
    """The places of an answer that has columns of latitude and longitude (WGS 84, degrees); None of any other."""
    names = [name.lower() for name in columns]
    north = next((names.index(name) for name in _LATITUDE if name in names), None)
    east = next((names.index(name) for name in _LONGITUDE if name in names), None)
    if north is None or east is None:
        return None
    label = next((number for number, name in enumerate(names) if name in ("label", "name", "title")), 0)
    places = []
    for number, row in enumerate(rows):
        latitude, longitude = _number(row[north]), _number(row[east])
        if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
            places.append(Place(f"row-{number}", row[label], f"#row-{number}", longitude=longitude, latitude=latitude))
    return draw_map(places) if places else None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
