"""The outline of the map, made once from Natural Earth: `python -m api.drawing.outline countries-50m.json > api/static/outline.svg`.

The raw material is the file of that name in the npm package world-atlas 2.0.2 (TopoJSON of Natural Earth 1:50m, public domain).
Members of the EU are drawn with their borders and Cyprus as one; all other land is one grey shape, so that no disputed line is drawn.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from api.drawing.projection import HEIGHT, WIDTH, project

MEMBERS: Final = {
    "AUT": "040", "BEL": "056", "BGR": "100", "CYP": "196", "CZE": "203", "DEU": "276", "DNK": "208", "ESP": "724", "EST": "233",
    "FIN": "246", "FRA": "250", "GRC": "300", "HRV": "191", "HUN": "348", "IRL": "372", "ITA": "380", "LTU": "440", "LUX": "442",
    "LVA": "428", "MLT": "470", "NLD": "528", "POL": "616", "PRT": "620", "ROU": "642", "SVK": "703", "SVN": "705", "SWE": "752"}
PART_OF: Final = {"N. Cyprus": "CYP"}
MARGIN: Final = 20
LEAST: Final = 3
"""Square units below which an island is left out: 48 square kilometres."""

Point = tuple[float, float]
Ring = list[Point]


def make_outline(topology: dict[str, Any]) -> str:
    """The SVG file with the groups `land` and `members`, one path for each member under its code."""
    arcs = [_project_arc(topology, arc) for arc in topology["arcs"]]
    parts: dict[str, list[list[list[int]]]] = defaultdict(list)
    codes = {number: code for code, number in MEMBERS.items()}
    for country in topology["objects"]["countries"]["geometries"]:
        code = codes.get(country.get("id", ""), PART_OF.get(country["properties"]["name"], ""))
        if code:
            parts[code] += _polygons(country)
    missing = sorted(MEMBERS.keys() - parts.keys())
    if missing:
        raise ValueError(f"the file has no {', '.join(missing)}; take countries-50m.json of world-atlas 2.0.2.")
    land = [polygon for shape in topology["objects"]["land"]["geometries"] for polygon in _polygons(shape)]
    members = "\n".join(f'<path id="{code}" d="{_draw(_merge(polygons, arcs))}"/>' for code, polygons in sorted(parts.items()))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
            "<desc>Made from Natural Earth 1:50m (public domain), modified: EPSG:3035, members of the EU, Cyprus as one.</desc>\n"
            f'<path id="land" d="{_draw(_merge(land, arcs))}"/>\n<g id="members" stroke-linejoin="round">\n{members}\n</g>\n</svg>\n')


def _project_arc(topology: dict[str, Any], arc: list[list[int]]) -> Ring:
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    x = y = 0
    points: Ring = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append(project(x * scale_x + move_x, y * scale_y + move_y))
    return points


def _polygons(shape: dict[str, Any]) -> list[list[list[int]]]:
    found: list[list[list[int]]] = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    return found


def _merge(polygons: Iterable[list[list[int]]], arcs: list[Ring]) -> Iterator[Ring]:
    """The rings around polygons; an arc that two of them share lies inside and falls away (TopoJSON 2.1.4: ~n is n reversed)."""
    rings = [ring for polygon in polygons for ring in polygon]
    uses = Counter(arc if arc >= 0 else ~arc for ring in rings for arc in ring)
    starts: dict[Point, list[list[Point]]] = defaultdict(list)
    for ring in rings:
        for number in ring:
            if uses[number if number >= 0 else ~number] == 1:
                line = arcs[number] if number >= 0 else arcs[~number][::-1]
                starts[line[0]].append(line)
    while starts:
        first = next(iter(starts))
        ring_points: Ring = []
        at = first
        while at in starts:
            line = starts[at].pop()
            if not starts[at]:
                del starts[at]
            ring_points += line[:-1]
            at = line[-1]
            if at == first:
                break
        yield ring_points


def _draw(rings: Iterable[Ring]) -> str:
    """Path data of the rings as far as the frame shows them, in whole units."""
    path = []
    for ring in rings:
        points = _straighten([(round(x), round(y)) for x, y in _clip(ring)])
        if len(points) > 2 and abs(_area(points)) >= LEAST:
            steps = [f"{x - before[0]} {y - before[1]}" for before, (x, y) in zip(points, points[1:], strict=False)]
            path.append(f"M{points[0][0]} {points[0][1]}l" + " ".join(steps).replace(" -", "-") + "z")
    return "".join(path)


def _clip(ring: Ring) -> Ring:
    """A ring cut at the frame and a margin, one side after another (Sutherland and Hodgman 1974)."""
    for axis, limit, sign in ((0, -MARGIN, 1), (0, WIDTH + MARGIN, -1), (1, -MARGIN, 1), (1, HEIGHT + MARGIN, -1)):
        kept: Ring = []
        for before, point in zip([ring[-1], *ring[:-1]] if ring else [], ring, strict=True):
            inside, was_inside = sign * (point[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if inside != was_inside:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if inside:
                kept.append(point)
        ring = kept
    return ring


def _straighten(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and _area([kept[-2], kept[-1], point]) == 0:
            kept.pop()
        kept.append(point)
    return kept


def _area(points: list[tuple[int, int]]) -> float:
    return sum(one[0] * other[1] - other[0] * one[1] for one, other in zip(points, [*points[1:], points[0]], strict=True)) / 2


if __name__ == "__main__":
    sys.stdout.write(make_outline(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
