"""Pictures of the model, drawn from ontology, axioms and shapes: one page for all of it, and the neighbourhood of one class.

`python -m kg.picture > api/static/model.svg` draws the page anew; a test compares the two.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from rdflib import Graph, URIRef

from kg import resources
from kg.shapes import load_shapes, parse_turtle, read_graph, read_path
from kg.terms import PREFIXES, RDF, RDFS, SH, shorten

WIDTH, LINE, HEAD, GAP, MARGIN = 290, 15, 38, 16, 14
MODULES: Final = {"agenda": "Agenda", "actors": "Actors and places", "procurement": "Procurement", "exchange": "Exchange and recovery",
                  "synergies": "Synergies"}


@dataclass(frozen=True, order=True)
class Link:
    """A property that leads from one class to another."""

    source: str
    name: str
    target: str


@dataclass(frozen=True)
class Box:
    """A class as a box: where it lies and what stands in it; lengths are in pixels of the viewBox."""

    name: str
    wider: str
    links: tuple[Link, ...]
    x: int
    y: int

    @property
    def height(self) -> int:
        """The height of the box with its lines."""
        return HEAD + LINE * len(self.links) + (6 if self.links else 0)


def read_links(shapes: Graph, axioms: Graph) -> list[Link]:
    """The properties between classes that the shapes state by sh:class, or the axioms by rdfs:range."""
    found: set[Link] = set()
    for node in shapes.subjects(RDF.type, SH.NodeShape):
        for target in shapes.objects(node, SH.targetClass):
            for shape in shapes.objects(node, SH.property):
                path = shapes.value(shape, SH.path)
                steps = read_path(shapes, path) if path is not None else ()
                if not steps:
                    continue
                other = shapes.value(shape, SH["class"]) if len(steps) == 1 else axioms.value(steps[0].predicate, RDFS.range)
                if other is None or not isinstance(other, URIRef) or str(other).endswith("#Concept"):
                    continue
                ends = (shorten(str(other)), shorten(str(target))) if steps[0].inverse else (shorten(str(target)), shorten(str(other)))
                found.add(Link(ends[0], shorten(steps[0].predicate).split(":")[1], ends[1]))
    return sorted(found)


def read_modules(folder: Path) -> dict[str, list[str]]:
    """The classes of each module: those that the shapes of its mandatory file are for."""
    modules: dict[str, list[str]] = {}
    for name in MODULES:
        graph = parse_turtle(folder / f"{name}-mandatory.ttl", Graph())
        modules[name] = sorted({shorten(str(target)) for target in graph.objects(None, SH.targetClass)})
    return modules


def draw_model(ontology: Graph, shapes: Graph, axioms: Graph, modules: dict[str, list[str]]) -> str:
    """The whole model as SVG: a column per module, a box per class with its properties, a line per property between boxes."""
    links = read_links(shapes, axioms)
    own: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        own[link.source].append(link)
    boxes: dict[str, Box] = {}
    lowest = 0
    for column, names in enumerate(modules.values()):
        y = MARGIN + 34
        for name in names:
            box = Box(name, _wider(ontology, name), tuple(own[name]), MARGIN + column * (WIDTH + 44), y)
            boxes[name] = box
            y += box.height + GAP
        lowest = max(lowest, y)
    width = MARGIN * 2 + len(modules) * (WIDTH + 44)
    titles = [f'<text class="module" x="{MARGIN + column * (WIDTH + 44)}" y="{MARGIN + 18}">{escape(MODULES[name])}</text>'
              for column, name in enumerate(modules)]
    return _svg(width, lowest, "The model: classes by module and the properties that lead from one to another",
                [*(_line(boxes[link.source], boxes[link.target], number) for box in boxes.values()
                   for number, link in enumerate(box.links) if link.target in boxes and link.target != link.source),
                 *titles, *(part for box in boxes.values() for part in _draw(box))])


def draw_neighbourhood(name: str, ontology: Graph, shapes: Graph, axioms: Graph) -> str:
    """One class with the classes that lead to it on the left and those it leads to on the right, as SVG."""
    links = read_links(shapes, axioms)
    coming = [link for link in links if link.target == name and link.source != name]
    going = tuple(link for link in links if link.source == name)
    middle = Box(name, _wider(ontology, name), going, MARGIN + WIDTH + 60, MARGIN)
    left = [Box(link.source, "", (link,), MARGIN, MARGIN + number * (HEAD + LINE + 6 + GAP)) for number, link in enumerate(coming)]
    targets = sorted({link.target for link in going} - {name})
    right = {each: Box(each, "", (), MARGIN + 2 * (WIDTH + 60), MARGIN + number * (HEAD + GAP)) for number, each in enumerate(targets)}
    height = max([middle.y + middle.height, *(box.y + box.height for box in (*left, *right.values()))]) + MARGIN
    return _svg(MARGIN * 2 + 3 * WIDTH + 120, height, f"What leads to {name} and where it leads",
                [*(_line(box, middle, 0) for box in left),
                 *(_line(middle, right[link.target], number) for number, link in enumerate(going) if link.target in right),
                 *(part for box in (*left, middle, *right.values()) for part in _draw(box))])


def _wider(ontology: Graph, name: str) -> str:
    prefix, _, local = name.partition(":")
    wider = ontology.objects(URIRef(PREFIXES[prefix] + local), RDFS.subClassOf) if prefix in PREFIXES else ()
    found = [shorten(str(each)) for each in wider]
    return sorted(found)[0] if found else ""


def _draw(box: Box) -> Iterable[str]:
    yield f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="5"/>'
    yield f'<text class="name" x="{box.x + 10}" y="{box.y + 17}">{escape(box.name)}</text>'
    if box.wider:
        yield f'<text class="wider" x="{box.x + 10}" y="{box.y + 31}">a kind of {escape(box.wider)}</text>'
    for number, link in enumerate(box.links):
        yield f'<text x="{box.x + 10}" y="{box.y + HEAD + 10 + number * LINE}">{escape(link.name)} → {escape(link.target)}</text>'


def _line(source: Box, target: Box, number: int) -> str:
    right = target.x > source.x
    x, y = source.x + (WIDTH if right or target.x == source.x else 0), source.y + HEAD + 6 + number * LINE
    end_x, end_y = target.x + (0 if right else WIDTH), target.y + HEAD // 2
    bend = 22 if end_x >= x else -22
    if target.x == source.x:
        return f'<path d="M{x} {y} C{x + 30} {y} {end_x + 30} {end_y} {end_x} {end_y}"/>'
    return f'<path d="M{x} {y} C{x + bend} {y} {end_x - bend} {end_y} {end_x} {end_y}"/>'


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">\n'
            f"<title>{escape(title)}</title>\n<style>rect{{fill:#fff;stroke:#1f4e79}}text{{font:12px sans-serif;fill:#222}}"
            f".name{{font-weight:bold;fill:#0b3a63}}.wider{{font-style:italic;fill:#555}}.module{{font-size:16px;font-weight:bold}}"
            f"path{{fill:none;stroke:#7a8ca0;stroke-opacity:.55}}</style>\n"
            f'<path d="M0 0H{width}V{height}H0Z" style="fill:#f6f8fa;stroke:none;stroke-opacity:1"/>\n{body}\n</svg>\n')


def read_axioms() -> Graph:
    """The axioms for reasoners that stand apart from the ontology."""
    return parse_turtle(resources.data() / "alignments" / "axioms.ttl", Graph())


def draw_page() -> str:
    """The picture of the whole model of this checkout."""
    return draw_model(read_graph(resources.ontology()), load_shapes(), read_axioms(), read_modules(resources.shapes()))


if __name__ == "__main__":
    sys.stdout.write(draw_page())
