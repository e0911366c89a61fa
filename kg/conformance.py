"""Whether sources or a file conform to the shapes: the same report as a contribution gets, without sending anything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg import resources
from kg.build import find_rows, read_sources
from kg.errors import NotFound
from kg.forms import load_known
from kg.reception import Sent, check_file
from kg.remarks import GRAVE, Remark, write_code
from kg.shapes import load_shapes
from kg.store import Store
from kg.store.local import LocalStore
from kg.terms import ONTOLOGY_GRAPH, SHAPES_GRAPH, XSD
from kg.validation.engine import ValidationReport, validate_graph
from kg.validation.survey import survey
from kg.wording import make_error

REWRITTEN: Final = frozenset(XSD[name] for name in (
    "byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong", "positiveInteger", "nonNegativeInteger",
    "negativeInteger", "nonPositiveInteger"))
"""Datatypes that a store may write as another one, so that it cannot judge them."""


def check_path(path: Path, store: Store | None = None, language: str = "en", form: str = "") -> Sent:
    """Check a folder of sources, or a file as a contribution; raises NotFound, BrokenRow, or what reading the file raises.

    What a file refers to is looked up in the store, without one in the packaged sources; `form` names what the rows of a CSV file are.
    """
    if not path.exists():
        raise make_error(NotFound, "no-such-path", where=str(path))
    if path.is_dir():
        return check_sources(path, language)
    if store is None:
        store = LocalStore()
        store.put_all(read_sources(resources.data()))
    return check_file(path.read_bytes(), load_known(store), store, name=path.name, form=form, language=language)


def check_sources(folder: Path, language: str = "en") -> Sent:
    """Check a folder of sources as one graph beside the packaged ones; raises BrokenRow or UnreadableFile where a table cannot be read."""
    graphs = _read(folder)
    packaged = {} if folder.resolve() == resources.data().resolve() else _read(resources.data())
    rows, placed = find_rows(folder), []
    for result in _judge(graphs, packaged).results:
        places = rows.get(URIRef(str(result.focus)), ())
        where, line = places[0] if places else ("", 0)
        also = " ".join(f"It is written in {other}, line {number}, too." for other, number in places[1:])
        placed.append((result, Remark(result.severity, result.message(language), also, where=where, line=line, record=str(result.focus),
                                      code=write_code(result))))
    remarks = sorted((remark for _, remark in placed), key=lambda each: (GRAVE.index(each.severity), each.where, each.line, each.record))
    return Sent(Graph(), (), (), (), "", tuple(remarks), (), tuple(placed), language)


def _read(folder: Path) -> dict[URIRef, Graph]:
    return {name: graph for name, graph in read_sources(folder).items() if name not in (SHAPES_GRAPH, ONTOLOGY_GRAPH)}


def _judge(graphs: dict[URIRef, Graph], packaged: dict[URIRef, Graph]) -> ValidationReport:
    """The results on what is stated in the graphs; the packaged ones are known besides."""
    if any(isinstance(value, Literal) and value.datatype in REWRITTEN for graph in graphs.values() for value in graph.objects()):
        return validate_graph(_merge(graphs.values()), load_shapes(), _merge(packaged.values()) if packaged else None)
    store = LocalStore()
    store.put_all({URIRef(f"{name}#packaged"): graph for name, graph in packaged.items()} | graphs)
    own: set[Node] = {node for graph in graphs.values() for triple in graph for node in (triple[0], triple[2])}
    own -= {subject for graph in packaged.values() for subject in graph.subjects()} - {
        subject for graph in graphs.values() for subject in graph.subjects()}
    return ValidationReport(tuple(each for each in survey(store).results if each.focus in own))


def _merge(graphs: Iterable[Graph]) -> Graph:
    merged = Graph()
    for graph in graphs:
        merged += graph
    return merged
