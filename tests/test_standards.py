"""Conformance with the official assets: nothing is found in what we publish, and each kind of fault is found when put in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from kg import resources
from kg.build import read_sources
from kg.errors import NotFound
from kg.standards import CHECKS, Assets, CheckedSet, Model, find_assets
from kg.standards.codes import check_codes
from kg.standards.concepts import check_concepts, find_skos_faults
from kg.standards.fair import check_fairness
from kg.standards.published import check_published
from kg.standards.questions import check_questions
from kg.standards.style import check_controls, check_ontology_style, check_shapes_style, check_test_bed
from kg.standards.terms import check_terms
from kg.standards.texts import check_texts
from kg.store.local import LocalStore
from kg.terms import AT, CV, EPO, GRAPH, ORG, PROV, RDF, SKOS, UAEU, VOC

Check = Callable[[Assets, Model], CheckedSet]


@pytest.fixture(scope="module")
def assets() -> Assets:
    try:
        return find_assets()
    except NotFound:
        pytest.skip("KG_STANDARDS names no folder with the official assets, and ../shared/standards is not there")


@pytest.fixture(scope="module")
def model(store: LocalStore) -> Model:
    return Model(resources.ontology(), resources.shapes(), read_sources(resources.data()), store)


@pytest.fixture
def copy(tmp_path: Path) -> Model:
    """Ontology and shapes to be broken, and no data."""
    return Model(shutil.copytree(resources.ontology(), tmp_path / "ontology"),
                 shutil.copytree(resources.shapes(), tmp_path / "shapes"), {})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_found(check: Check, assets: Assets, model: Model) -> None:
    checked = check(assets, model)
    assert [str(finding) for finding in checked.findings] == []
    assert checked.checked > 0
    assert "unknown" not in checked.version


def test_the_sets_are_as_large_as_the_assets_say(assets: Assets, model: Model) -> None:
    assert check_controls(assets, model).checked == 28
    reference = {kind: list(assets.files("kos-kit-skos-shacl", "data", kind)) for kind in ("valid", "invalid")}
    assert (len(reference["valid"]), len(reference["invalid"])) == (35, 16)
    assert all(list(find_skos_faults(Graph().parse(path))) for path in reference["invalid"])
    assert not any(list(find_skos_faults(Graph().parse(path))) for path in reference["valid"])


def test_a_silent_failure_of_the_check_is_seen(assets: Assets, model: Model, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(assets.path("semic-style-guide-validator"), tmp_path / "semic-style-guide-validator"))
    wrong = broken / "tests" / "test_data" / "owl" / "max_one_label" / "max_one_label_wrong.ttl"
    wrong.chmod(0o644)
    shutil.copyfile(wrong.with_name("max_one_label_correct.ttl"), wrong)
    findings = check_controls(Assets(tmp_path), model).findings
    assert [(finding.file, finding.rule) for finding in findings] == [("max_one_label_wrong.ttl", "max_one_label")]


def test_a_term_without_label_is_found_with_file_and_line(assets: Assets, copy: Model) -> None:
    line = replace_text(copy.ontology / "uaeu.ttl", '    rdfs:label "action plan"@en ;\n', "", near="uaeu:ActionPlan a")
    finding = only(check_ontology_style(assets, copy))
    assert (finding.file, finding.line) == ("ontology/uaeu.ttl", line)
    assert "ActionPlan" in finding.what and "SC-R3" in finding.what


def test_an_ontology_without_prefix_is_found(assets: Assets, copy: Model) -> None:
    replace_text(copy.ontology / "uaeu.ttl", '    vann:preferredNamespacePrefix "uaeu" ;\n', "", near="a owl:Ontology")
    assert [finding.rule for finding in check_fairness(assets, copy).findings] == ["OM2", "FIND1"]


def test_published_data_that_break_a_core_vocabulary_are_found(assets: Assets, copy: Model) -> None:
    graph = Graph()
    graph.add((URIRef("urn:example:value"), RDF.type, CV.SupportedValue))
    graph.add((URIRef("urn:example:value"), CV.providesValueFor, URIRef("urn:example:nothing")))
    assert "CCCEV" in only(check_published(assets, replace(copy, graphs={GRAPH["test"]: graph}))).rule


def test_a_restriction_in_the_core_is_found(assets: Assets, copy: Model) -> None:
    with (copy.ontology / "uaeu.ttl").open("a", encoding="utf-8") as file:
        file.write("uaeu:theme rdfs:range owl:Thing .\n")
    assert any("property range" in finding.what for finding in check_ontology_style(assets, copy).findings)


def test_a_shape_without_message_is_found(assets: Assets, copy: Model) -> None:
    path = copy.shapes / "persons-mandatory.ttl"
    text = path.read_text(encoding="utf-8")
    start = text.index("    sh:message", text.index("uash:NoPerson a"))
    path.write_text(text[:start] + text[text.index("\n", start) + 1:], encoding="utf-8")
    finding = only(check_texts(assets, copy))
    assert (finding.file, finding.rule) == ("shapes/persons-mandatory.ttl", "has message")
    assert finding.line == text[:text.index("uash:NoPerson a")].count("\n") + 1


def test_a_constraint_in_a_forbidden_form_is_found(assets: Assets, copy: Model) -> None:
    replace_text(copy.shapes / "agenda-mandatory.ttl", "FILTER(SUBSTR", "MINUS { $this a $this } FILTER(SUBSTR", near="uash:Period a")
    assert any("MINUS" in finding.what for finding in check_test_bed(assets, copy).findings)


def test_a_shape_without_severity_is_found(assets: Assets, copy: Model) -> None:
    replace_text(copy.shapes / "persons-mandatory.ttl", "    sh:severity sh:Violation ;\n", "", near="uash:NoPerson a")
    assert "DSC-R5" in only(check_shapes_style(assets, copy)).what


@pytest.mark.parametrize(("cut", "rule"), [("skos:inScheme", "scheme"), ("skos:definition", "definition"),
                                           ("skos:prefLabel", "label")])
def test_an_incomplete_concept_is_found(cut: str, rule: str, assets: Assets, model: Model) -> None:
    graphs = {GRAPH["vocabulary"]: Graph() + model.graphs[GRAPH["vocabulary"]]}
    graphs[GRAPH["vocabulary"]].remove((VOC["horizon/long-term"], SKOS[cut.removeprefix("skos:")], None))
    finding = only(check_concepts(assets, replace(model, graphs=graphs)))
    assert (finding.file, finding.rule) == ("voc/horizon.ttl", rule) and finding.line > 0


def test_a_cycle_and_an_unknown_parent_are_found(assets: Assets, model: Model) -> None:
    graph = Graph() + model.graphs[GRAPH["vocabulary"]]
    graph.add((VOC["horizon/long-term"], SKOS.broader, VOC["horizon/short-term"]))
    graph.add((VOC["horizon/short-term"], SKOS.broader, VOC["horizon/long-term"]))
    graph.add((VOC["horizon/medium-term"], SKOS.broader, VOC["horizon/ages"]))
    rules = {finding.rule for finding in check_concepts(assets, replace(model, graphs={GRAPH["vocabulary"]: graph})).findings}
    assert rules == {"cycle", "broader"}


@pytest.mark.parametrize("term", [UAEU.inventedTerm, EPO.inventedTerm, ORG.inventedTerm, PROV.inventedTerm, SKOS["inventedTerm"],
                                  URIRef("http://example.org/ns#inventedTerm")])
def test_an_unknown_term_is_found(term: URIRef, assets: Assets, copy: Model) -> None:
    graph = Graph()
    graph.add((URIRef("urn:example:x"), term, URIRef("urn:example:y")))
    finding = only(check_terms(assets, replace(copy, graphs={GRAPH["test"]: graph})))
    assert finding.file == "graph/test" and str(term) in finding.what


def test_an_unknown_term_of_a_query_is_found(assets: Assets, copy: Model) -> None:
    (copy.ontology / "made-up.rq").write_text(
        f"# Which things are invented?\nPREFIX uaeu: <{UAEU}>\nSELECT ?s WHERE {{ ?s uaeu:inventedTerm ?o }}\n", encoding="utf-8")
    finding = only(check_terms(assets, copy))
    assert (finding.file, finding.line) == ("ontology/made-up.rq", 3)


@pytest.mark.parametrize("code", [AT["environmental-impact/gold"], URIRef("http://data.europa.eu/nuts/code/NL999"),
                                  URIRef("http://data.europa.eu/cpv/cpv/99999999"), URIRef("http://eurovoc.europa.eu/0"),
                                  URIRef("http://metadata.un.org/sdg/18")])
def test_an_unknown_code_is_found(code: URIRef, assets: Assets, copy: Model) -> None:
    graph = Graph()
    graph.add((URIRef("urn:example:x"), RDF.value, code))
    assert str(code) in only(check_codes(assets, replace(copy, graphs={GRAPH["test"]: graph}))).what


def only(checked: CheckedSet):  # type: ignore[no-untyped-def]
    assert len(checked.findings) == 1, [str(finding) for finding in checked.findings]
    return checked.findings[0]


def replace_text(path: Path, old: str, new: str, *, near: str) -> int:
    """Replace the first occurrence after a mark; the line of the mark."""
    text = path.read_text(encoding="utf-8")
    mark = text.index(near)
    path.write_text(text[:mark] + text[mark:].replace(old, new, 1), encoding="utf-8")
    return text[:mark].count("\n") + 1


def test_a_question_without_an_answer_is_named_with_file_and_line(assets: Assets, copy: Model, model: Model) -> None:
    path = copy.ontology / "questions" / "partnerships-and-themes.rq"
    path.write_text("# Which unicorns are there?\nSELECT ?x WHERE { ?x a <urn:unicorn> }\n", encoding="utf-8")
    (copy.ontology / "questions" / "surveys.rq").write_text("# Which?\nSELECT ?x WHERE { ?x\n", encoding="utf-8")
    found = [str(finding) for finding in check_questions(assets, replace(copy, store=model.store)).findings]
    assert len(found) == 2
    assert "questions/partnerships-and-themes.rq, line 2: Which unicorns are there? has no answer" in found[0]
    assert "questions/surveys.rq, line" in found[1] and "does not parse" in found[1]
