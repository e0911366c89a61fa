"""The SEMIC Style Guide validator and the SHACL validator of the Interoperability Test Bed, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rdflib import Graph

from kg.shapes import parse_turtle
from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model, find_line
from kg.validation.engine import INFO, ValidationResult, validate_graph

STYLE_GUIDE = "semic-style-guide-validator"
TEST_BED = "itb-shacl-shacl"
TEST_BED_FILES = ("coreShapes.ttl", "coreExtensionShapes.ttl", "bestPracticeShapes.ttl", "advancedFeaturesShapes.ttl")


def check_ontology_style(assets: Assets, model: Model) -> CheckedSet:
    """Every ontology against semic-shapes_owl: no violation and no warning (rules SC-R1 to SC-R3, PC-R3, PC-R4).

    Mappings and axioms for reasoners, which SC-R2 keeps out of an ontology, are a source of their own, data/alignments; concept
    schemes are no ontologies and have checks of their own.
    """
    rules = assets.graph(STYLE_GUIDE, "resources", "shapes", "semic-shapes_owl.ttl")
    files = sorted(model.ontology.glob("*.ttl"))
    return CheckedSet("Style Guide, ontology", assets.version(STYLE_GUIDE), len(files), "files",
                      tuple(_validate(files, [rules])))


def check_shapes_style(assets: Assets, model: Model) -> CheckedSet:
    """The shapes against semic-shapes_shacl: no violation and no warning (rules DSC-R1, DSC-R4, DSC-R5)."""
    rules = assets.graph(STYLE_GUIDE, "resources", "shapes", "semic-shapes_shacl.ttl")
    files = sorted(model.shapes.glob("*.ttl"))
    return CheckedSet("Style Guide, shapes", assets.version(STYLE_GUIDE), len(files), "files",
                      tuple(_validate(files, [rules])))


def check_test_bed(assets: Assets, model: Model) -> CheckedSet:
    """The shapes against the four files of the Test Bed: no result of any severity."""
    rules = [assets.graph(TEST_BED, "resources", "shapes", name) for name in TEST_BED_FILES]
    files = sorted(model.shapes.glob("*.ttl"))
    return CheckedSet("Test Bed, shapes", assets.version(TEST_BED), len(files) * len(rules), "runs",
                      tuple(_validate(files, rules, infos=True)))


def check_controls(assets: Assets, _model: Model) -> CheckedSet:
    """The control files of the Style Guide behave as labelled, each against its own rule: right ones pass, wrong ones fail."""
    files = list(assets.files(STYLE_GUIDE, "tests", "test_data"))
    findings = []
    for path in files:
        kind, rule = path.parts[-3], path.parts[-2]
        results = validate_graph(Graph().parse(path), assets.graph(STYLE_GUIDE, "shapes", kind, f"{rule}.shacl.ttl")).results
        if bool(results) == path.stem.endswith("_correct"):
            found = f"{len(results)} results" if results else "no result"
            findings.append(Finding(path.name, 0, rule, f"the control file gave {found}: the check does not work"))
    return CheckedSet("Style Guide, control files", assets.version(STYLE_GUIDE), len(files), "files", tuple(findings))


def _validate(files: Iterable[Path], rules: Iterable[Graph], *, infos: bool = False) -> Iterator[Finding]:
    for path in files:
        for shapes in rules:
            for result in validate_graph(parse_turtle(path, Graph()), shapes).results:
                if infos or result.severity != INFO:
                    yield _finding(path, result)


def _finding(path: Path, result: ValidationResult) -> Finding:
    name = str(result.focus).rsplit("#", 1)[-1].rsplit("/", 1)[-1]
    return Finding(f"{path.parent.name}/{path.name}", find_line(path, result.focus), f"{result.severity}, {result.component}",
                   f"{name}: {result.message()}")
