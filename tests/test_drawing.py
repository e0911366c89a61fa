"""Pictures: the projection, the outline, dots and lines of the map, the graph, the charts."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from api.drawing.chart import Career, Period, draw_flow, draw_matrix, draw_timeline, to_year, wrap
from api.drawing.graph import HEIGHT, WIDTH, Edge, count_nodes, draw_graph
from api.drawing.map import Place, draw_map
from api.drawing.outline import MEMBERS, make_outline
from api.drawing.projection import project, to_metres

OUTLINE = (Path(__file__).parent.parent / "api" / "static" / "outline.svg").read_text(encoding="utf-8")


def place(name: str, longitude: float, latitude: float, count: int = 1) -> Place:
    return Place(f"https://w3id.org/uaeu-kg/id/city/{name}", name, f"/doc/city/{name}", longitude, latitude, count)


def test_the_projection_gives_the_worked_example_of_iogp_373_7_2() -> None:
    east, north = to_metres(5, 50)
    assert (round(east, 2), round(north, 2)) == (3962799.45, 2999718.85)


def test_equal_squares_of_the_globe_are_equal_on_the_map() -> None:
    def area(longitude: float, latitude: float, step: float = 0.05) -> float:
        corners = [to_metres(longitude + x * step, latitude + y * step) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True))) / 2

    assert math.isclose(area(-9, 45), area(30, 45), rel_tol=1e-6)


def paths(text: str) -> dict[str, str]:
    return dict(re.findall(r'<path id="(\w+)" d="([^"]*)"', text))


def contains(path: str, point: tuple[float, float]) -> bool:
    """Whether the rings of a path hold a point, by the parity of crossings."""
    inside = False
    for ring in path.split("z")[:-1]:
        numbers = [int(number) for number in re.findall(r"-?\d+", ring)]
        points = [(numbers[0], numbers[1])]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            points.append((points[-1][0] + dx, points[-1][1] + dy))
        for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
            if (y1 > point[1]) != (y2 > point[1]) and point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
    return inside


def test_the_outline_has_the_members_and_one_land_without_other_names() -> None:
    assert paths(OUTLINE).keys() == {"land", *MEMBERS}
    assert OUTLINE.count("<path") == 28


@pytest.mark.parametrize(("longitude", "latitude", "code"), [
    (2.35, 48.85, "FRA"), (33.36, 35.05, "CYP"), (33.3, 35.25, "CYP"), (33.9, 35.22, "CYP"), (14.42, 35.88, "MLT"), (24.94, 60.3, "FIN"),
    (34.1, 45.2, ""), (21.0, 42.6, ""), (8.2, 46.8, ""), (-3.7, 40.4, "ESP")])
def test_each_place_lies_in_its_member_or_in_grey_land(longitude: float, latitude: float, code: str) -> None:
    drawn = paths(OUTLINE)
    assert [name for name in MEMBERS if contains(drawn[name], project(longitude, latitude))] == ([code] if code else [])
    assert contains(drawn["land"], project(longitude, latitude))


def test_two_parts_of_one_member_lose_the_border_between_them() -> None:
    # two squares side by side that share arc 0, each with an arc of its own; every other member is a square elsewhere
    squares = [[[10000, 50000], [0, 20000]], [[10000, 70000], [-20000, 0], [0, -20000], [20000, 0]],
               [[10000, 50000], [20000, 0], [0, 20000], [-20000, 0]]]
    countries = [{"type": "Polygon", "id": "196", "properties": {"name": "Cyprus"}, "arcs": [[0, 1]]},
                 {"type": "Polygon", "properties": {"name": "N. Cyprus"}, "arcs": [[-1, 2]]}]
    for number, code in enumerate(sorted(set(MEMBERS.values()) - {"196"})):
        squares.append([[100000 + 3000 * number, 0], [2000, 0], [0, 2000], [-2000, 0], [0, -2000]])
        countries.append({"type": "Polygon", "id": code, "properties": {"name": code}, "arcs": [[len(squares) - 1]]})
    topology = {"transform": {"scale": [1e-4, 1e-4], "translate": [0, 45]}, "arcs": squares,
                "objects": {"countries": {"geometries": countries}, "land": {"geometries": countries}}}
    drawn = paths(make_outline(topology))
    assert drawn["CYP"].count("M") == 1
    for longitude in (0.0, 2.0):
        assert contains(drawn["CYP"], project(longitude, 51))
    countries.pop()
    with pytest.raises(ValueError, match="has no"):
        make_outline(topology)


def test_near_places_share_a_dot_that_leads_to_their_rows() -> None:
    drawn = draw_map([place("a", 4.6, 52.4), place("b", 4.7, 52.4), place("c", 24.0, 57.0), place("far", -61.5, 16.2)])
    together, alone = sorted(drawn.dots, key=lambda dot: -len(dot.places))
    assert [each.label for each in together.places] == ["a", "b"] and together.address == f"#place-{together.number}"
    assert alone.address == "/doc/city/c"
    assert [each.label for each in drawn.outside] == ["far"]


def test_every_dot_lies_in_the_frame_and_keeps_apart_from_others() -> None:
    drawn = draw_map([place(f"{x}-{y}", x, y) for x in range(-8, 28, 2) for y in range(38, 64, 2)])
    left, top, side, _ = (float(number) for number in drawn.box.split())
    for dot in drawn.dots:
        assert left <= dot.x <= left + side and top <= dot.y <= top + side
        assert all(math.dist((dot.x, dot.y), (other.x, other.y)) >= 23.5 * drawn.scale for other in drawn.dots if other is not dot)


def test_a_map_without_places_shows_the_whole_frame() -> None:
    assert draw_map([]).box == "0 0 1040 1040"


def test_lines_join_dots_and_none_joins_a_dot_with_itself() -> None:
    one, near, far = place("one", 4.6, 52.4), place("near", 4.7, 52.4), place("far", 24.0, 57.0)
    drawn = draw_map([one, near, far], [(one, far, 1.0, "one – far"), (one, near, 0.5, "one – near")])
    assert [line.label for line in drawn.lines] == ["one – far"]
    ends = {(line.x1, line.y1) for line in drawn.lines} | {(line.x2, line.y2) for line in drawn.lines}
    assert ends == {(dot.x, dot.y) for dot in drawn.dots}


def test_the_graph_is_the_same_at_each_load_and_within_its_picture() -> None:
    edges = tuple(Edge(f"n{a}", f"Name {a}", f"n{b}", f"Name {b}", 0.5) for a in range(40) for b in (a + 1, 3 * a % 41) if a != b)
    first = draw_graph(edges)
    assert first == draw_graph.__wrapped__(edges) and len(first.nodes) == count_nodes(edges)
    assert all(0 <= node.x <= WIDTH and 0 <= node.y <= HEIGHT for node in first.nodes)
    joined = [math.dist((first.nodes[a].x, first.nodes[a].y), (first.nodes[b].x, first.nodes[b].y)) for a, b, _ in first.lines]
    everything = [math.dist((one.x, one.y), (other.x, other.y)) for one in first.nodes for other in first.nodes if one is not other]
    assert sum(joined) / len(joined) < 0.8 * sum(everything) / len(everything)
    assert any(node.named for node in first.nodes)


def test_a_date_lies_where_it_is_known_to() -> None:
    assert to_year("2018") == 2018.5 and to_year("2018-01") < to_year("2018-01-31") < to_year("2018-02-01")


def test_the_timeline_keeps_partnerships_without_dates() -> None:
    plan = Period("p", "Plan", "2018-05", "2019")
    drawn = draw_timeline([Career("b", "Undated", "", ()), Career("a", "Dated", "2017", (plan,))])
    assert [row.career.label for row in drawn.rows] == ["Dated", "Undated"]
    assert drawn.rows[0].began is not None and drawn.rows[0].began < drawn.rows[0].bars[0].x and drawn.rows[0].bars[0].width > 0
    assert drawn.rows[1].began is None
    assert [year for year, _ in drawn.years] == [2017, 2018, 2019, 2020]


def test_a_flow_needs_two_stages_and_joins_only_known_ones() -> None:
    assert draw_flow({"Inputs": [("i", "Money")], "Processes": [], "Outcomes": []}) is None
    drawn = draw_flow({"Inputs": [("i", "Money")], "Processes": [("p", "Pilot"), ("q", "Tender")], "Outcomes": []})
    assert drawn is not None and len(drawn.arrows) == 1 and len(drawn.columns[1][2]) == 2


@pytest.mark.parametrize(("text", "lines"), [("short", ("short",)), ("two words so", ("two words", "so")), ("unbreakable", ("unbreakab", "le")),
                                             ("one two three four five", ("one two", "three fo…"))])
def test_a_name_takes_two_lines_at_most(text: str, lines: tuple[str, ...]) -> None:
    assert wrap(text, 9) == lines


def test_the_matrix_leaves_empty_cells_out_of_the_picture() -> None:
    drawn = draw_matrix([("r", "Row"), ("s", "Other")], [("c", "Column")], {("r", "c"): 4})
    assert [(cell.row, cell.count, cell.shade) for cell in drawn.cells] == [("r", 4, 1.0)]
