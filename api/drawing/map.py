"""The map: places as dots over the outline, near ones gathered, and lines between the ends of synergies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from api.drawing.projection import HEIGHT, WIDTH, is_framed, project

NEAR: Final = 24.0
"""Units within which places share a dot when the whole frame is shown, so that each dot can be hit."""
LEAST_SIDE: Final = 360.0
PADDING: Final = 60.0


@dataclass(frozen=True)
class Place:
    """A place to draw: IRI, name, where its link leads, position in degrees, and how many rows of the list lie there."""

    iri: str
    label: str
    address: str
    longitude: float
    latitude: float
    count: int = 1


@dataclass(frozen=True)
class Dot:
    """One dot with the places it stands for, called by the foremost; its link leads to the place, or to the rows of all of them."""

    number: int
    x: float
    y: float
    radius: float
    label: str
    address: str
    count: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Line:
    """A line between two dots; the width tells the strength."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    label: str


@dataclass(frozen=True)
class Map:
    """What a template writes; `box` is the viewBox, `scale` the length of a unit of the whole frame in it."""

    box: str
    scale: float
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    outside: tuple[Place, ...]


def draw_map(places: Sequence[Place], links: Iterable[tuple[Place, Place, float, str]] = ()) -> Map:
    """The map of places and of links between two of them, each with strength from 0 to 1 and a name.

    The frame is as near as the places allow; a place that lies outside of it is in `outside`, never left out in silence.
    """
    points = {place.iri: project(place.longitude, place.latitude) for place in places}
    framed = [place for place in places if is_framed(points[place.iri])]
    left, top, side = _frame([points[place.iri] for place in framed])
    scale = side / max(WIDTH, HEIGHT)
    groups: list[list[Place]] = []
    for place in sorted(framed, key=lambda each: (-each.count, each.label, each.iri)):
        group = next((group for group in groups if math.dist(points[group[0].iri], points[place.iri]) < NEAR * scale), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    groups.sort(key=lambda group: (group[0].label, group[0].iri))
    dots = tuple(_dot(number, group, points[group[0].iri], scale) for number, group in enumerate(groups, 1))
    at = {place.iri: dot for dot in dots for place in dot.places}
    lines = tuple(Line(at[one.iri].x, at[one.iri].y, at[other.iri].x, at[other.iri].y, round(scale * (1 + 5 * strength), 2), label)
                  for one, other, strength, label in links
                  if one.iri in at and other.iri in at and at[one.iri] is not at[other.iri])
    return Map(f"{left:g} {top:g} {side:g} {side:g}", round(scale, 3), dots, lines,
               tuple(place for place in places if not is_framed(points[place.iri])))


def _frame(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Left, top and side of the square that shows the points with room around, within the frame of the outline."""
    whole = max(WIDTH, HEIGHT)
    if not points:
        return 0, 0, whole
    xs, ys = [x for x, _ in points], [y for _, y in points]
    side = round(min(max(max(xs) - min(xs) + 2 * PADDING, max(ys) - min(ys) + 2 * PADDING, LEAST_SIDE), whole))
    left, top = ((min(each) + max(each) - side) / 2 for each in (xs, ys))
    return round(min(max(left, 0), whole - side)), round(min(max(top, 0), whole - side)), side


def _dot(number: int, group: list[Place], point: tuple[float, float], scale: float) -> Dot:
    count = sum(place.count for place in group)
    return Dot(number, round(point[0], 1), round(point[1], 1), round(scale * min(5 + 2.2 * math.sqrt(count), 20), 2),
               group[0].label, group[0].address if len(group) == 1 else f"#place-{number}", count,
               tuple(sorted(group, key=lambda each: (each.label, each.iri))))
