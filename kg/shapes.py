"""The shapes as people meet them: tables and columns, read from `shapes/` and its overlay `shapes/ui/`.

A column is a property shape with a key; forms, spreadsheets and the importer are all made of these two types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg import resources
from kg.errors import UnreadableFile
from kg.terms import RDF, RDFS, SH, UI, XSD

Stamp = tuple[tuple[URIRef, URIRef | Literal], ...]

PROVENANCE_COLUMNS = ("id", "source_url", "confidence", "uncited_fields", "inferred_fields")


@dataclass(frozen=True)
class Step:
    """One step of a property path: a predicate, forwards or backwards (SHACL 2.3.1)."""

    predicate: URIRef
    inverse: bool = False


@dataclass(frozen=True)
class Template:
    """A node between a record and its value, such as the period between an action and its start."""

    record_type: str
    stamp: Stamp


@dataclass(frozen=True)
class Column:
    """One column of a table: where its values go, and what they may be."""

    key: str
    shape: URIRef
    path: tuple[Step, ...]
    label: str = ""
    help: str = ""
    list: bool = False
    separator: str = ";"
    datatype: URIRef | None = None
    reference: str = ""
    through: tuple[Template, ...] = ()
    each: bool = False
    also_as: URIRef | None = None
    required: bool = False
    recommended: bool = False
    group: str = ""
    part: str = ""
    long: bool = False
    example: str = ""
    order: int = 0


@dataclass(frozen=True)
class Table:
    """A table that a source may hold: its name, the class of its records and its columns in order."""

    name: str
    shape: URIRef
    record_type: str
    stamp: Stamp
    label: str
    order: int
    columns: dict[str, Column] = field(hash=False)


def read_graph(folder: Path, *, pattern: str = "*.ttl") -> Graph:
    """All Turtle files of a folder as one graph; raises UnreadableFile with file and line."""
    graph = Graph()
    for path in sorted(folder.glob(pattern)):
        parse_turtle(path, graph)
    return graph


def parse_turtle(path: Path, graph: Graph) -> Graph:
    """Add a Turtle file to a graph; raises UnreadableFile with file and line."""
    try:
        return graph.parse(path, format="turtle")
    except Exception as error:  # rdflib's notation3 parser raises BadSyntax, ValueError and AssertionError
        line = getattr(error, "lines", None)
        reason = getattr(error, "_why", None) or str(error).splitlines()[0]
        raise UnreadableFile(f"the Turtle does not parse: {reason}", where=path.name,
                             line=line + 1 if isinstance(line, int) else None,
                             advice="Correct the file at this line.") from error


@lru_cache(maxsize=4)
def load_shapes(folder: Path | None = None) -> Graph:
    """The shapes graph: every file of `shapes/`, without the overlay."""
    return read_graph(folder or resources.shapes())


@lru_cache(maxsize=4)
def load_tables(folder: Path | None = None) -> dict[str, Table]:
    """The tables by name, in the order of the overlay; raises UnreadableFile when shapes and overlay disagree."""
    root = folder or resources.shapes()
    shapes = load_shapes(root)
    overlay = read_graph(root / "ui")
    tables = [_read_table(overlay, shapes, node) for node in overlay.subjects(RDF.type, UI.Table)]
    return {table.name: table for table in sorted(tables, key=lambda table: (table.order, table.name))}


def _read_table(overlay: Graph, shapes: Graph, node: Node) -> Table:
    name = _text(overlay, node, UI.name)
    columns = [_read_column(overlay, shapes, column) for column in overlay.subjects(UI.of, node)]
    columns.sort(key=lambda column: (column.order, column.key))
    shape = overlay.value(node, UI.shape)
    if not name or not isinstance(shape, URIRef):
        raise UnreadableFile(f"the table {node} has no name or no shape.", where="shapes/ui",
                             advice="Give it ui:name and ui:shape.")
    return Table(name, shape, _text(overlay, node, UI.recordType), _stamp(overlay, node),
                 _text(overlay, node, RDFS.label), _number(overlay, node, SH.order), {c.key: c for c in columns})


def _read_column(overlay: Graph, shapes: Graph, node: Node) -> Column:
    shape = overlay.value(node, UI.property)
    path = shapes.value(shape, SH.path) if shape else None
    if not isinstance(shape, URIRef) or path is None:
        raise UnreadableFile(f"the column {node} names the property shape {shape}, which no file of shapes/ describes.",
                             where="shapes/ui", advice="Correct ui:property, or add the property shape with its sh:path.")
    through = overlay.value(node, UI.through)
    least = shapes.value(shape, SH.minCount)
    demanded = least is not None and int(str(least)) > 0
    advised = shapes.value(shape, SH.severity) in (SH.Warning, SH.Info)
    return Column(
        key=_text(overlay, node, UI.key), shape=shape, path=read_path(shapes, path),
        label=_text(overlay, node, RDFS.label) or _text(shapes, shape, SH.name),
        help=_text(overlay, node, RDFS.comment) or _text(shapes, shape, SH.description),
        list=_text(overlay, node, UI["list"]) == "true", separator=_text(overlay, node, UI.separator) or ";",
        datatype=_read_datatype(shapes, shape), reference=_text(overlay, node, UI.reference),
        through=tuple(_read_template(overlay, each) for each in Collection(overlay, through)) if through else (),
        each=_text(overlay, node, UI.each) == "true", also_as=_uri(overlay.value(node, UI.alsoAs)),
        required=demanded and not advised, recommended=demanded and advised,
        group=_text(overlay, node, UI.group), part=_text(overlay, overlay.value(node, UI.part), UI.name),
        long=_text(overlay, node, UI["long"]) == "true", example=_text(overlay, node, UI.example), order=_number(overlay, node, SH.order))


def _read_datatype(shapes: Graph, shape: URIRef) -> URIRef | None:
    stated = _uri(shapes.value(shape, SH.datatype))
    choice = shapes.value(shape, SH["or"])
    if stated is None and choice is not None:
        kinds = {shapes.value(each, SH.datatype) for each in Collection(shapes, choice)}
        stated = XSD.date if kinds & {XSD.date, XSD.gYear, XSD.gYearMonth} else None
    return stated


def read_path(shapes: Graph, path: Node) -> tuple[Step, ...]:
    """The steps of a property path: a predicate, an inverse or a sequence (SHACL 2.3.1)."""
    if isinstance(path, URIRef):
        return (Step(path),)
    inverse = shapes.value(path, SH.inversePath)
    if isinstance(inverse, URIRef):
        return (Step(inverse, inverse=True),)
    return tuple(step for part in Collection(shapes, path) for step in read_path(shapes, part))


def _read_template(overlay: Graph, node: Node) -> Template:
    return Template(_text(overlay, node, UI.recordType), _stamp(overlay, node))


def _stamp(overlay: Graph, node: Node) -> Stamp:
    stamp = overlay.value(node, UI.stamp)
    pairs = [] if stamp is None else [(p, o) for p, o in overlay.predicate_objects(stamp) if not isinstance(o, BNode)]
    return tuple(sorted((URIRef(str(p)), o) for p, o in pairs if isinstance(o, URIRef | Literal)))


def _text(graph: Graph, node: Node | None, predicate: URIRef) -> str:
    values = sorted((value for value in graph.objects(node, predicate) if node is not None and isinstance(value, Literal)),
                    key=lambda value: (value.language != "en", str(value)))
    return str(values[0]) if values else ""


def _number(graph: Graph, node: Node, predicate: URIRef) -> int:
    return int(_text(graph, node, predicate) or 0)


def _uri(node: Node | None) -> URIRef | None:
    return node if isinstance(node, URIRef) else None
