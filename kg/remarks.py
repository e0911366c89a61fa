"""What is said about what was sent: one remark for one cause, at the place where it was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from kg.shapes import load_shapes, read_path
from kg.terms import SH
from kg.validation.engine import INFO, VIOLATION, WARNING, ValidationResult

GRAVE: Final = (VIOLATION, WARNING, INFO)
BASIC: Final = ("MinCount", "NodeKind", "Datatype", "Class", "In", "Or", "Node", "Pattern")
"""Constraints from the most basic on: where one of them fails, what comes after it says the same once more."""

MOST: Final = 1000
MOST_ALIKE: Final = 100
"""The most remarks that are shown, in all and of one code (design of validation, section 4)."""


@dataclass(frozen=True)
class Remark:
    """Something to correct or to consider: what, what to do, how grave (Violation, Warning, Info), and where it was written.

    `code` is stable: the shape and the constraint of SHACL, such as `City-population.Datatype`, or the
    key of its sentence in `wording.csv`, such as `no-date`.
    """

    severity: str
    text: str
    advice: str = ""
    key: str = ""
    where: str = ""
    line: int = 0
    column: int = 0
    record: str = ""
    code: str = "reading"


Found = TypeVar("Found", ValidationResult, Remark)


def find_statement(graph: Graph, result: ValidationResult) -> tuple[Node, Node | None]:
    """The node and property that the value of a result is stated of: at the end of the path, else at its beginning."""
    path = load_shapes().value(result.shape, SH.path) if result.shape is not None else None
    if path is None or isinstance(path, URIRef) or load_shapes().value(path, SH.alternativePath) is not None:
        return result.focus, result.path
    steps = read_path(load_shapes(), path)
    nodes = {result.focus}
    for step in steps[:-1]:
        nodes = {value for node in nodes for value in graph.objects(node, step.predicate) if not step.inverse}
    last = next((node for node in nodes if result.value is not None and (node, steps[-1].predicate, result.value) in graph), None)
    return (last, steps[-1].predicate) if last is not None else (result.focus, steps[0].predicate)


def find_owner(graph: Graph, node: Node) -> Node:
    """The record with a name that a node without one is a part of, else the node."""
    owner, seen = node, set[Node]()
    while isinstance(owner, BNode) and owner not in seen:
        seen.add(owner)
        owner = next(iter(graph.subjects(None, owner)), owner)
    return owner


def keep_causes(results: Sequence[ValidationResult], graph: Graph) -> list[ValidationResult]:
    """One entry for one cause: of the results on one statement, the gravest and most basic, and that of the whole before that of a part."""
    best: dict[tuple[Node | None, ...], ValidationResult] = {}
    for result in results:
        alone = result.shape if result.value is None or result.path is None else None
        key = (*find_statement(graph, result), result.value, alone)
        if key not in best or _weigh(result) < _weigh(best[key]):
            best[key] = result
    return list(best.values())


def cut(found: Iterable[Found], counts: Counter[str], every: bool = False) -> list[Found]:
    """The gravest first, at most 100 of one code and 1,000 in all unless `every` one is asked for.

    `counts` learns how many of each severity there are.
    """
    kept, alike = list[Found](), Counter[str]()
    for each in sorted(found, key=lambda each: GRAVE.index(each.severity)):
        code = each.code if isinstance(each, Remark) else write_code(each)
        counts[each.severity] += 1
        alike[code] += 1
        if every or alike[code] <= MOST_ALIKE and len(kept) < MOST:
            kept.append(each)
    return kept


def _weigh(result: ValidationResult) -> tuple[int, int, bool]:
    name = result.component.removesuffix("ConstraintComponent")
    return GRAVE.index(result.severity), BASIC.index(name) if name in BASIC else len(BASIC), isinstance(result.focus, BNode)


def write_code(result: ValidationResult) -> str:
    """The stable code of a result: shape and constraint, such as `City-population.Datatype`."""
    return f"{str(result.shape).rsplit('#', 1)[-1]}.{result.component.removesuffix('ConstraintComponent')}"
