"""Every constraint of the shapes accepts a record that keeps it and refuses one that breaks it.

A file `tests/cases/shapes/<shape>/valid-*.ttl` holds records without fault. In `invalid-<field>.ttl` each node is named
after the constraint that it breaks, and only the result of that constraint is looked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.term import Node

from kg import resources
from kg.shapes import load_shapes
from kg.store.local import LocalStore
from kg.terms import BASE, RDF, RDFS, SH, UASH
from kg.validation.context import Context
from kg.validation.engine import VIOLATION, WARNING, Runner, ValidationResult, validate_graph

CASES = Path(__file__).parent / "cases" / "shapes"
FILES = sorted(path for path in CASES.glob("*/*.ttl"))
LANGUAGES = {"en", "fr", "de", "es", "it"}
PARAMETERS = ("minCount", "maxCount", "datatype", "minLength", "nodeKind", "class", "node", "pattern", "minInclusive",
              "maxInclusive", "or", "not")
FORBIDDEN = ("MINUS", "VALUES", "SERVICE", "$shapesGraph")

Results = dict[Node, list[ValidationResult]]


@pytest.fixture(scope="module")
def results() -> Results:
    """One validation of all cases together: every case has nodes of its own."""
    data = Graph()
    for path in FILES:
        data.parse(path)
    found: Results = defaultdict(list)
    for result in validate_graph(data, load_shapes(), background=Graph().parse(CASES / "background.ttl")).results:
        found[result.focus].append(result)
    return found


def nodes_of(path: Path) -> set[str]:
    prefix = f"{BASE}case/{path.parent.name}/{path.stem}/"
    return {str(node)[len(prefix):] for triple in Graph().parse(path) for node in triple if str(node).startswith(prefix)}


def component(parameter: str) -> str:
    return "SPARQLConstraintComponent" if parameter == "sparql" else f"{parameter[0].upper()}{parameter[1:]}ConstraintComponent"


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("valid")], ids=lambda path: path.parent.name)
def test_valid_records_have_no_result(path: Path, results: Results) -> None:
    prefix = f"{BASE}case/{path.parent.name}/{path.stem}/"
    found = [result for node in nodes_of(path) for result in results[URIRef(prefix + node)]]
    assert not found, [(str(each.shape), each.component, each.message()) for each in found]


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("invalid")],
                         ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_fault_is_found(path: Path, results: Results) -> None:
    prefix = f"{BASE}case/{path.parent.name}/{path.stem}/"
    if path.parent.name == "FunctionalMailbox":
        assert [each.component for each in results[URIRef("mailto:jane.doe@example.org")]] == ["NotConstraintComponent"]
        return
    faults = {node for node in nodes_of(path) if "-part-" not in node and node != "untyped"}
    assert faults
    for fault in faults:
        found = results[URIRef(prefix + fault)]
        field = path.stem.removeprefix("invalid-")
        wanted = [each for each in found if each.component == component(fault)
                  and (str(each.shape).endswith(f"-{field}") or fault in ("sparql", "nodeKind"))]
        assert wanted, f"{fault} of {field}: found only {[(str(each.shape), each.component) for each in found]}"
        assert wanted[0].severity == (WARNING if field.endswith("recommended") else VIOLATION)
        assert set(wanted[0].messages) == LANGUAGES
        assert wanted[0].message("fr") != wanted[0].message("en")


def test_every_constraint_has_a_failing_case(results: Results) -> None:
    broken = {(each.shape, each.component) for found in results.values() for each in found}
    shapes = load_shapes()
    reached = {value for node in shapes.subjects(RDF.type, SH.NodeShape) if targets(shapes, node)
               for value in [node, *shapes.objects(node, SH.property)]}
    missing = [f"{str(shape)[len(UASH):]} {parameter}" for shape in sorted(reached, key=str) for parameter in PARAMETERS
               if (shape, SH[parameter], None) in shapes and (shape, component(parameter)) not in broken]
    missing += [str(shape) for shape in reached if (shape, SH.sparql, None) in shapes
                and (shape, component("sparql")) not in broken]
    assert not missing


def test_without_a_constraint_its_case_would_fail(results: Results) -> None:
    """Mutation: each constraint is taken out in turn, and the result that its case waits for is gone."""
    data = Graph().parse(CASES / "background.ttl")
    for path in FILES:
        data.parse(path)
    runner, context = Runner(Graph() + load_shapes()), Context(data, LocalStore())
    found: dict[tuple[Node | None, str], list[Node]] = defaultdict(list)
    for focus, each_found in results.items():
        for each in each_found:
            found[each.shape, each.component].append(focus)
    mutated = 0
    for shape, name in sorted(found, key=str):
        parameter = SH.sparql if name == "SPARQLConstraintComponent" else SH[name[0].lower() + name.removesuffix("ConstraintComponent")[1:]]
        values = list(runner.graph.objects(shape, parameter))
        assert values, f"{shape} {parameter}"
        nodes = found[shape, name][:2]
        aimed = {each: kept for each, focus in runner.aim(context, nodes).items() if (kept := [node for node in focus if node in nodes])}
        assert (shape, name) in {(each.shape, each.component) for each in runner.run(data, aimed).results}
        for value in values:
            runner.graph.remove((shape, parameter, value))
        left = {(each.shape, each.component) for each in runner.run(data, aimed).results if each.focus in nodes}
        for value in values:
            runner.graph.add((shape, parameter, value))
        assert (shape, name) not in left, f"{shape} finds {name} without {parameter}"
        mutated += 1
    assert mutated > 300


@pytest.mark.parametrize("term", sorted(str(node)[len(UASH):] for node in load_shapes().subjects(RDF.type, SH.NodeShape)
                                        if re.search(r"(Term|Code)$", str(node))))
def test_a_list_of_codes_refuses_a_concept_of_another_list(term: str) -> None:
    """Mutation: without its one constraint the list would accept the foreign concept."""
    case = URIRef(BASE + "case/code")
    shapes = Graph()
    for triple in load_shapes():
        if str(triple[0]).startswith((f"{UASH}{term}-", f"{UASH}{term}")) or not isinstance(triple[0], URIRef):
            shapes.add(triple)
    shapes.add((UASH[term], SH.targetNode, case))
    foreign = Graph().parse(data=f"<{case}> <http://www.w3.org/2004/02/skos/core#inScheme> <urn:example:scheme> .")
    assert validate_graph(foreign, shapes).count(VIOLATION) == 1
    for parameter in (SH.hasValue, SH["in"]):
        shapes.remove((UASH[f"{term}-scheme"], parameter, None))
    assert validate_graph(foreign, shapes).conforms


def test_shapes_have_names_and_messages_in_five_languages() -> None:
    shapes = load_shapes()
    for kind, predicates in ((SH.NodeShape, (SH.message,)), (SH.PropertyShape, (SH.message, SH.name))):
        for shape in shapes.subjects(RDF.type, kind):
            for predicate in predicates:
                languages = [value.language for value in shapes.objects(shape, predicate)]  # type: ignore[attr-defined]
                assert sorted(languages) == sorted(LANGUAGES), f"{shape} {predicate}"
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        assert shapes.value(shape, RDFS.label) and shapes.value(shape, RDFS.comment), shape


def test_sparql_of_shapes_keeps_the_plain_form() -> None:
    shapes = load_shapes()
    queries = [str(text) for text in shapes.objects(None, SH.select)]
    assert queries
    for query in queries:
        assert not any(word in query for word in FORBIDDEN), query
        assert "$this" in query.split("WHERE", 1)[1].split("FILTER", 1)[0], f"$this is not in the top pattern: {query}"
        assert not re.search(r"[)\w>][*+](?![\d\"])", query), f"a path without bound: {query}"


def test_shapes_are_one_file_per_module_and_severity() -> None:
    for path in sorted(resources.shapes().glob("*.ttl")):
        assert path.stem.endswith(("-mandatory", "-recommended")), path.name


def targets(shapes: Graph, node: Node) -> bool:
    return any((node, predicate, None) in shapes for predicate in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf))


def test_patterns_of_shapes_end_on_any_text() -> None:
    """No nested quantifier, look-around or back-reference, and each is quick on a text made to be slow (pitfall 6 of the design)."""
    patterns = sorted({str(pattern) for pattern in load_shapes().objects(None, SH.pattern)})
    assert patterns
    for pattern in patterns:
        assert not re.search(r"[+*}]\)?[+*{]|\(\?[=!<]|\\[1-9]|\\p", pattern), pattern
        re.search(pattern, "a" * 5000 + "!")
