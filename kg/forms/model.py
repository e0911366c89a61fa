"""What a form is made of, read from the property shapes and `shapes/ui/forms.ttl`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg import resources
from kg.errors import UnreadableFile
from kg.shapes import Column, Table, load_shapes, load_tables, read_graph, read_path
from kg.terms import AT, CPV, NUTS, RDF, RDFS, SH, SKOS, UI, VOC, XSD

DATES: Final = (XSD.date, XSD.gYear, XSD.gYearMonth)
NUMBERS: Final = (XSD.decimal, XSD.integer, XSD.nonNegativeInteger, XSD.positiveInteger)


@dataclass(frozen=True)
class Words:
    """A label and a help by language."""

    labels: Mapping[str, str] = field(hash=False)
    helps: Mapping[str, str] = field(hash=False)

    def label(self, language: str = "en") -> str:
        """The label in a language, else in English."""
        return self.labels.get(language) or self.labels.get("en", "")

    def help(self, language: str = "en") -> str:
        """The help in a language, else in English, else none."""
        return self.helps.get(language) or self.helps.get("en", "")


@dataclass(frozen=True)
class Field:
    """One question: a column of the table, and the heads of the IRIs that may answer it where it has a list."""

    column: Column
    words: Words
    recommended: bool
    heads: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of the column."""
        return self.column.key

    @property
    def kind(self) -> str:
        """How it is asked: choice, address, date, number, plain (text without a language), long or text."""
        if self.column.reference:
            return "address" if self.column.reference == "iri" else "choice"
        if self.column.datatype in DATES:
            return "date"
        if self.column.datatype in NUMBERS:
            return "number"
        if self.column.datatype == RDF.langString:
            return "long" if self.column.long else "text"
        return "plain"


@dataclass(frozen=True)
class Part:
    """Questions that are asked as often as there are inputs, steps or outcomes."""

    name: str
    words: Words
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Group:
    """Questions that stand together under a heading."""

    name: str
    words: Words
    items: tuple[Field | Part, ...]

    def fields(self) -> Iterator[Field]:
        """Every question of the group in order, those of its parts too."""
        for item in self.items:
            yield from (item,) if isinstance(item, Field) else item.fields


@dataclass(frozen=True)
class Form:
    """A form: its name, the table that its answers are rows of, its groups in order, and the survey that it answers if any."""

    name: str
    table: Table
    words: Words
    order: int
    groups: tuple[Group, ...]
    survey: URIRef | None = None

    def fields(self) -> dict[str, Field]:
        """Every question by key, in order."""
        return {each.key: each for group in self.groups for each in group.fields()}

    @property
    def title(self) -> str:
        """The key of the question that names the record."""
        return next(key for key in ("name", "title") if key in self.table.columns)


@lru_cache(maxsize=2)
def load_forms(folder: Path | None = None) -> dict[str, Form]:
    """The forms by name, in the order of the overlay; raises UnreadableFile when one names a table that is not there."""
    root = folder or resources.shapes()
    overlay, shapes, tables = read_graph(root / "ui"), load_shapes(root), load_tables(root)
    forms = [_read_form(overlay, shapes, tables, node) for node in overlay.subjects(RDF.type, UI.Form)]
    return {form.name: form for form in sorted(forms, key=lambda form: (form.order, form.name))}


def _read_form(overlay: Graph, shapes: Graph, tables: Mapping[str, Table], node: Node) -> Form:
    name, of = str(overlay.value(node, UI.name) or ""), overlay.value(node, UI.table)
    table = tables.get(str(overlay.value(of, UI.name))) if of is not None else None
    if table is None or not name:
        raise UnreadableFile(f"the form {node} has no name or no table.", where="shapes/ui", advice="Give it ui:name and ui:table.")
    left = {str(overlay.value(column, UI.key)) for column in overlay.objects(node, UI.leaves)}
    advised = _read_advised(shapes, table.shape)
    nodes = {str(overlay.value(column, UI.key)): column for column in overlay.subjects(UI.of, of)}
    asked = {overlay.value(each, UI.of): each for each in overlay.objects(node, UI.asks)}
    fields = [Field(column, _word(overlay, asked.get(worded, worded), shapes, column.shape), column.path in advised,
                    _find_heads(shapes, column)) for column in table.columns.values() if column.key not in left
              for worded in (nodes[column.key],)]
    groups = [_read_group(overlay, group, fields) for group in overlay.subjects(RDF.type, UI.Group)]
    lost = {each.key for each in fields} - {each.key for _, group in groups for each in group.fields()}
    if lost:
        raise UnreadableFile(f"the form {name} has no group for {', '.join(sorted(lost))}.", where="shapes/ui",
                             advice="Give each column the ui:group of a ui:Group.")
    ordered = tuple(group for _, group in sorted(groups, key=lambda pair: pair[0]) if group.items)
    return Form(name, table, _read_words(overlay, node, RDFS.label, RDFS.comment), _order(overlay, node), ordered,
                survey if isinstance(survey := overlay.value(node, UI.survey), URIRef) else None)


def _read_group(overlay: Graph, node: Node, fields: list[Field]) -> tuple[int, Group]:
    name = str(overlay.value(node, UI.name))
    own = [each for each in fields if each.column.group == name]
    items: list[Field | Part] = [each for each in own if not each.column.part]
    parts = [(each, str(overlay.value(each, UI.name))) for each in overlay.subjects(RDF.type, UI.Part)]
    for part, called in sorted(parts, key=lambda pair: _order(overlay, pair[0])):
        asked = tuple(each for each in own if each.column.part == called)
        if asked:
            items.append(Part(called, _read_words(overlay, part, RDFS.label, RDFS.comment), asked))
    return _order(overlay, node), Group(name, _read_words(overlay, node, RDFS.label, RDFS.comment), tuple(items))


def _read_advised(shapes: Graph, shape: URIRef) -> set[object]:
    """The paths that the shape beside a shape recommends (domain model, section 5: two files per module)."""
    beside = URIRef(f"{shape}-recommended")
    return {read_path(shapes, path) for each in shapes.objects(beside, SH.property) for path in shapes.objects(each, SH.path)}


def _find_heads(shapes: Graph, column: Column) -> tuple[str, ...]:
    reference = column.reference
    if reference.startswith("voc/"):
        return (f"{VOC}{reference[4:]}/",)
    if reference.startswith("at:"):
        return (f"{AT}{reference[3:]}/",)
    if reference == "at":
        return tuple(f"{scheme}/" for scheme in _find_schemes(shapes, column.shape))
    return {"cpv": (str(CPV),), "nuts": (str(NUTS),)}.get(reference, ())


def _find_schemes(shapes: Graph, shape: URIRef) -> Iterator[Node]:
    for node in shapes.objects(shape, SH.node):
        for constraint in shapes.objects(node, SH.property):
            if shapes.value(constraint, SH.path) == SKOS.inScheme:
                yield from shapes.objects(constraint, SH.hasValue)
                for listed in shapes.objects(constraint, SH["in"]):
                    yield from Collection(shapes, listed)


def _word(overlay: Graph, node: Node, shapes: Graph, shape: URIRef) -> Words:
    """The words of the property shape, or of the column where the overlay has them in more than English."""
    own, general = _read_words(overlay, node, RDFS.label, RDFS.comment), _read_words(shapes, shape, SH.name, SH.description)
    return Words(own.labels if len(own.labels) > 1 else general.labels, own.helps or general.helps)


def _read_words(graph: Graph, node: Node, label: URIRef, comment: URIRef) -> Words:
    return Words(*({each.language or "en": str(each) for each in graph.objects(node, predicate) if isinstance(each, Literal)}
                   for predicate in (label, comment)))


def _order(graph: Graph, node: Node) -> int:
    return int(str(graph.value(node, SH.order) or 0))
