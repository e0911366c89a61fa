"""The one room that knows the SHACL engine."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pyshacl
import pyshacl.shape
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.core.shape_based_constraints import PropertyConstraintComponent
from pyshacl.graph_abstraction import DataGraph
from pyshacl.validator import Validator
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.terms import RDF, RDFS, SH
from kg.validation.context import Context
from kg.validation.lexical import narrow_literals

VIOLATION, WARNING, INFO = "Violation", "Warning", "Info"


@dataclass(frozen=True)
class ValidationResult:
    """One result of a validation report (SHACL, section 3.6.2); `messages` are by language, "" for none."""

    severity: str
    focus: Node
    path: Node | None
    value: Node | None
    shape: Node | None
    component: str
    messages: dict[str, str]

    def message(self, language: str = "en") -> str:
        """The message in a language, else in English, else any."""
        return self.messages.get(language) or self.messages.get("en") or next(iter(self.messages.values()), "")


@dataclass(frozen=True)
class ValidationReport:
    """What a validation found; it conforms when no result is a violation (domain model, section 5)."""

    results: tuple[ValidationResult, ...]
    given: Graph | None = None

    @cached_property
    def graph(self) -> Graph:
        """The report as the engine gave it, else as its results say (SHACL, section 3.6)."""
        return self.given if self.given is not None else write_graph(self.results)

    @property
    def conforms(self) -> bool:
        return not self.count(VIOLATION)

    def count(self, severity: str) -> int:
        """The number of results of a severity: Violation, Warning or Info."""
        return sum(result.severity == severity for result in self.results)


def validate_graph(data: Graph, shapes: Graph, background: Graph | None = None,
                   focus_nodes: Iterable[Node] | None = None) -> ValidationReport:
    """Validate a graph against shapes, without inference (SHACL and SHACL-SPARQL).

    `background` is known besides (vocabularies, things referred to) and is not validated itself; `focus_nodes` narrows
    the validation to these nodes. Raises what pySHACL raises for shapes that are not well formed.
    """
    wanted = set(focus_nodes) if focus_nodes is not None else None if background is None else _find_own(data, background)
    merged = data if background is None else data + background
    _, report, _ = pyshacl.validate(
        merged, shacl_graph=Graph() + shapes if wanted is None else _aim(shapes, merged, wanted), inference="none", inplace=True,
        do_owl_imports=False, js=False)
    assert isinstance(report, Graph)
    return read_report(report, shapes)


class _Shapes(Graph):
    """Shapes in memory that remember what was looked up until they change: the engine asks the same for every focus node."""

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        # By triple pattern, by subject and predicate, and by the node of a list: keys that are never equal
        self._seen: dict[Any, list[Any]] = {}

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """The triples of a pattern."""
        found = self._seen.get(triple)
        if found is None:
            found = self._seen[triple] = list(super().triples(triple))
        return iter(found)

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """The objects of a subject and predicate."""
        if unique:
            return super().objects(subject, predicate, unique)
        found = self._seen.get((subject, predicate))
        if found is None:
            found = self._seen[subject, predicate] = list(super().objects(subject, predicate))
        return iter(found)

    def items(self, list: Any) -> Iterator[Any]:  # type: ignore[override]
        """The members of an RDF list."""
        found = self._seen.get(list)
        if found is None:
            found = self._seen[list] = [*super().items(list)]
        return iter(found)

    def add(self, triple: Any) -> _Shapes:
        """Add a triple."""
        self._seen.clear()
        super().add(triple)
        return self

    def addN(self, quads: Any) -> _Shapes:
        """Add quads."""
        self._seen.clear()
        super().addN(quads)
        return self

    def remove(self, triple: Any) -> _Shapes:
        """Remove the triples of a pattern."""
        self._seen.clear()
        super().remove(triple)
        return self


class Runner:
    """Shapes parsed once, run on focus nodes handed in; the same findings as a validation of the whole (tests/test_validation_judging.py).

    pySHACL's own options `focus_nodes` and `use_shapes` also act inside nested shapes, so that broken data conforms; that is why the
    shapes are called one by one here (pySHACL 0.40, `Shape.validate`).
    """

    def __init__(self, shapes: Graph) -> None:
        # pySHACL adds axioms of OWL to the shapes that it is handed; ours are kept and published
        self.graph = _Shapes()
        self.graph += shapes
        _mend_engine()
        self._validator = Validator(DataGraph.from_rdflib(Graph()), shacl_graph=self.graph, options={"inplace": True})
        self._by_class: dict[Node, list[Any]] = defaultdict(list)
        self._by_subject: dict[Node, list[Any]] = defaultdict(list)
        self._by_object: dict[Node, list[Any]] = defaultdict(list)
        self._by_node: dict[Node, list[Any]] = defaultdict(list)
        for shape in self._validator.shacl_graph.shapes:
            for target, kept in ((shape.target_classes(), self._by_class), (shape.target_subjects_of(), self._by_subject),
                                 (shape.target_objects_of(), self._by_object), (shape.target_nodes(), self._by_node)):
                for each in target:
                    kept[each].append(shape)

    def aim(self, data: Context, nodes: Iterable[Node]) -> dict[Any, list[Node]]:
        """The shapes whose targets hold some of these nodes (SHACL, section 2.1.3), with those nodes."""
        aimed: dict[Any, dict[Node, None]] = defaultdict(dict)
        wanted = set(nodes)
        for node in sorted(wanted, key=str):
            classes = {str(wide) for each in data.objects(node, RDF.type) for wide in data.transitive_objects(each, RDFS.subClassOf)}
            shapes = [*self._by_node.get(node, ()), *(shape for each in sorted(classes) for shape in self._by_class.get(URIRef(each), ()))]
            shapes += [shape for predicate in sorted(set(data.predicates(node)) & self._by_subject.keys(), key=str)
                       for shape in self._by_subject[predicate]]
            for shape in shapes:
                aimed[shape][node] = None
        for predicate, found in self._by_object.items():
            values = set(data.own.objects(None, predicate))
            if data.is_used(predicate):
                values |= {node for node in wanted if (None, predicate, node) in data}
            for value in sorted(values, key=str):
                for shape in found:
                    aimed[shape][value] = None
        return {shape: list(focus) for shape, focus in aimed.items()}

    def run(self, data: Graph, aimed: Mapping[Any, list[Node]]) -> ValidationReport:
        """Validate a graph at focus nodes, by shape."""
        executor, target = self._validator.make_executor(), DataGraph.from_rdflib(data)
        vars(executor)["together"] = True
        reports: list[Any] = []
        for shape, nodes in aimed.items():
            reports += shape.validate(executor, target, focus=nodes)[1]
        # The engine's own report is a graph and a text, which take longer than the validation; inner results come with their outer one
        stated = {node: [(predicate, value[1] if isinstance(value, tuple) else value) for subject, predicate, value in triples
                         if subject is node] for _, node, triples in reports}
        return _sort(_read_result(node, pairs, self.graph) for node, pairs in stated.items())


class _Together(PropertyConstraintComponent):
    """sh:property for all nodes in one go, where a `Runner` asks; the engine begins anew for each, in twice the time."""

    def _evaluate_property_shape(self, executor: Any, name: Any, data: Any, values: Mapping[Node, Iterable[Node]], recursive: Any,
                                 path: list[Any]) -> Any:
        nodes = [value for found in values.values() for value in found]
        shape = self.shape.get_other_shape(name)  # type: ignore[no-untyped-call]
        # A node that is the value of two focus nodes has its results twice, which only the engine's own way gives
        if not getattr(executor, "together", False) or shape is None or not shape.is_property_shape \
                or shape in (recursive or ()) or len(set(nodes)) < len(nodes):
            return super()._evaluate_property_shape(executor, name, data, values, recursive, path)  # type: ignore[no-untyped-call]
        conforms, reports = shape.validate(executor, data, focus=nodes, _evaluation_path=path[:])
        return not conforms, reports


@lru_cache(maxsize=1)
def _mend_engine() -> None:
    """Four faults of pySHACL 0.40 and rdflib that strangers' data would meet, and its way with sh:property; the findings stay the same."""
    # Each property of a shape is looked up in a list of all parameters; a set does it in a third of the whole time.
    vars(pyshacl.shape)["CONSTRAINT_PARAMS"] = (frozenset(ALL_CONSTRAINT_PARAMETERS),
                                                {**CONSTRAINT_PARAMETERS_MAP, SH.property: _Together})
    # A value with a backslash is taken for a template of a regular expression and ends the run.
    ConstraintComponent._format_sparql_based_result_message = _fill_message  # type: ignore[method-assign]
    # Each result is described in a text for people that nobody reads.
    ConstraintComponent.make_v_result_description = lambda *_, **__: ""  # type: ignore[method-assign]
    narrow_literals()


def _fill_message(component: ConstraintComponent, message: str, bound: Any) -> str:
    """The message with the bindings of a SPARQL constraint in place of {?name} (SHACL, section 5.3.2)."""
    names = dict(zip(("this", "path", "value"), bound[:3], strict=True)) | (dict(bound[3]) if len(bound) > 3 else {})
    return re.sub(r"\{[?$](\w+)\}", lambda found: str(names[found[1]]) if names.get(found[1]) is not None else found[0], str(message))


def read_report(report: Graph, shapes: Graph) -> ValidationReport:
    """The results of a report graph, sorted; inner results stay in the graph (SHACL, section 3.6.2.9)."""
    return _sort((_read_result(node, report.predicate_objects(node), shapes) for node in report.objects(None, SH.result)), report)


def _sort(results: Iterable[ValidationResult], given: Graph | None = None) -> ValidationReport:
    return ValidationReport(tuple(sorted(results, key=lambda result: (str(result.focus), str(result.shape), result.component,
                                                                      str(result.value)))), given)


def write_graph(results: Iterable[ValidationResult]) -> Graph:
    """Results as a validation report (SHACL, section 3.6), with the messages in every language."""
    graph, report = Graph(), BNode()
    graph.add((report, RDF.type, SH.ValidationReport))
    severities = set()
    for each in results:
        severities.add(each.severity)
        graph.add((report, SH.result, write_result(graph, each)))
    graph.add((report, SH.conforms, Literal(VIOLATION not in severities)))
    return graph


def write_result(graph: Graph, result: ValidationResult) -> BNode:
    """Add a result to a report graph, and return its node; a path that is no predicate is told by the shape."""
    node = BNode()
    graph.add((node, RDF.type, SH.ValidationResult))
    for predicate, value in ((SH.focusNode, result.focus), (SH.value, result.value), (SH.sourceShape, result.shape),
                             (SH.resultPath, result.path if isinstance(result.path, URIRef) else None),
                             (SH.resultSeverity, SH[result.severity]), (SH.sourceConstraintComponent, SH[result.component])):
        if value is not None:
            graph.add((node, predicate, value))
    for language, text in result.messages.items():
        graph.add((node, SH.resultMessage, Literal(text, lang=language or None)))
    return node


def _aim(shapes: Graph, data: Graph, wanted: set[Node]) -> Graph:
    """The shapes with their targets narrowed to some nodes.

    pySHACL's own `focus_nodes` also hides the values that sh:node and sh:or look at, and so finds too little.
    """
    aimed = Graph() + shapes
    for predicate in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf):
        for shape, target in list(shapes.subject_objects(predicate)):
            aimed.remove((shape, predicate, target))
            for node in _find_targets(data, predicate, target) & wanted:
                aimed.add((shape, SH.targetNode, node))
    return aimed


def _find_targets(data: Graph, predicate: URIRef, target: Node) -> set[Node]:
    if predicate == SH.targetClass:
        classes = set(data.transitive_subjects(RDFS.subClassOf, target)) | {target}
        return {node for each in classes for node in data.subjects(RDF.type, each)}
    if predicate == SH.targetNode:
        return {target}
    return set(data.subjects(target) if predicate == SH.targetSubjectsOf else data.objects(None, target))


def _find_own(data: Graph, background: Graph) -> set[Node]:
    return set(data.subjects()) | {node for node in data.objects() if (node, None, None) not in background}


def _read_result(node: Node, stated: Iterable[tuple[Node, Node]], shapes: Graph) -> ValidationResult:
    said: dict[Node, list[Node]] = defaultdict(list)
    for predicate, value in stated:
        said[predicate].append(value)

    def first(predicate: URIRef) -> Node | None:
        return next(iter(said[predicate]), None)

    # pySHACL drops the language of the messages of a SPARQL constraint, so they are read where they stand.
    constraint = first(SH.sourceConstraint)
    texts = said[SH.resultMessage] if constraint is None else list(shapes.objects(constraint, SH.message))
    return ValidationResult(
        severity=_name(first(SH.resultSeverity)), focus=first(SH.focusNode) or node, path=first(SH.resultPath), value=first(SH.value),
        shape=first(SH.sourceShape), component=_name(first(SH.sourceConstraintComponent)),
        messages={text.language or "": str(text) for text in texts if isinstance(text, Literal)})


def _name(term: Node | None) -> str:
    return str(term).rsplit("#", 1)[-1]
