"""The ontology documents itself, keeps to plain OWL, and a reasoner finds no contradiction in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import owlrl
import pytest
from owlrl.Namespaces import ERRNS
from rdflib import Graph, Literal, URIRef

from kg import resources
from kg.shapes import load_shapes, load_tables, read_graph
from kg.standards.concepts import find_scheme_faults, find_skos_faults
from kg.terms import BASE, DCT, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, UAEU, VOC, slug
from kg.validation.lexical import narrow_literals

CASES = Path(__file__).parent / "cases" / "shapes"
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)


@pytest.fixture(scope="module")
def core() -> Graph:
    return Graph().parse(resources.ontology() / "uaeu.ttl")


@pytest.fixture(scope="module")
def schemes() -> Graph:
    return read_graph(resources.ontology() / "voc")


def terms(core: Graph) -> list[URIRef]:
    return sorted({URIRef(str(term)) for kind in KINDS for term in core.subjects(RDF.type, kind)})


def test_every_term_has_label_definition_and_example(core: Graph) -> None:
    for term in terms(core):
        for predicate in (RDFS.label, SKOS.definition, SKOS.example):
            texts = [value for value in core.objects(term, predicate) if isinstance(value, Literal) and value.language == "en"]
            assert len(texts) == 1, f"{term} {predicate}"
        assert core.value(term, RDFS.isDefinedBy) == URIRef(BASE + "ontology"), term


def test_definitions_do_not_begin_with_the_term(core: Graph) -> None:
    for term in terms(core):
        label, definition = str(core.value(term, RDFS.label)), str(core.value(term, SKOS.definition))
        assert not definition.lower().startswith(label.lower()), term


def test_names_follow_the_style_guide(core: Graph) -> None:
    for term in terms(core):
        name = str(term)[len(UAEU):]
        pattern = r"([A-Z][a-z]+)+" if (term, RDF.type, OWL.Class) in core else r"[a-z]+([A-Z][a-z]+)*"
        assert re.fullmatch(pattern, name), f"{name} is no singular name without acronym"


def test_every_class_has_a_parent_in_a_vocabulary_that_is_reused(core: Graph) -> None:
    for term in core.subjects(RDF.type, OWL.Class):
        assert core.value(term, RDFS.subClassOf) is not None, term


def test_every_class_has_a_shape(core: Graph) -> None:
    targets = set(load_shapes().objects(None, SH.targetClass))
    without = {UAEU.PracticeElement}
    assert set(core.subjects(RDF.type, OWL.Class)) - targets == without


def test_a_reasoner_finds_no_contradiction() -> None:
    graph = for_reasoners()
    for path in sorted(CASES.glob("*/valid-*.ttl")):
        graph.parse(path)
    assert contradictions(graph) == []


def test_the_reasoner_sees_a_contradiction() -> None:
    graph = for_reasoners()
    graph.add((URIRef("urn:example:haarlem"), RDF.type, UAEU.City))
    graph.add((URIRef("urn:example:haarlem"), RDF.type, ORG.Organization))
    assert contradictions(graph)


def test_the_reasoner_derives_what_the_loader_states() -> None:
    graph = for_reasoners()
    graph.add((URIRef("urn:example:a"), UAEU.includesAction, URIRef("urn:example:b")))
    expand(graph)
    assert (URIRef("urn:example:b"), RDF.type, PROV.Activity) in graph
    assert (URIRef("urn:example:a"), DCT.hasPart, URIRef("urn:example:b")) in graph


def for_reasoners() -> Graph:
    """The ontology with the axioms that stand apart from it."""
    return read_graph(resources.ontology()).parse(resources.data() / "alignments" / "axioms.ttl")


def expand(graph: Graph) -> None:
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    narrow_literals()  # it leaves rdflib with its own way to read literals, for all tests that follow


def contradictions(graph: Graph) -> list[str]:
    expand(graph)
    return sorted(str(text) for text in graph.objects(None, ERRNS.error))


def test_every_list_of_the_tables_has_a_scheme(schemes: Graph) -> None:
    lists = {column.reference[4:] for table in load_tables().values() for column in table.columns.values()
             if column.reference.startswith("voc/")}
    assert lists
    for code in lists:
        assert (VOC[code], RDF.type, SKOS.ConceptScheme) in schemes, f"{code} has no scheme"


def test_schemes_keep_skos_and_are_complete(schemes: Graph) -> None:
    assert list(find_skos_faults(schemes)) == []
    assert list(find_scheme_faults(schemes)) == []


def test_each_file_holds_one_scheme_of_its_name() -> None:
    for path in sorted((resources.ontology() / "voc").glob("*.ttl")):
        graph = Graph().parse(path)
        assert set(graph.subjects(RDF.type, SKOS.ConceptScheme)) == {VOC[path.stem]}, path.name
        for concept in graph.subjects(RDF.type, SKOS.Concept):
            code = str(concept).rsplit("/", 1)[-1]
            assert concept == VOC[f"{path.stem}/{code}"] and slug(code) == code, concept
            assert [str(each) for each in graph.objects(concept, SKOS.notation)] == [code], concept


def test_the_context_names_every_term(core: Graph) -> None:
    context = json.loads((resources.ontology() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    for term in terms(core):
        name = str(term)[len(UAEU):]
        entry = context[name]
        assert (entry if isinstance(entry, str) else entry["@id"]) == f"uaeu:{name}"


def test_the_context_reads_plain_json() -> None:
    context = json.loads((resources.ontology() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    document = {"@context": context, "id": "thing:practice/x", "type": "ProcurementPractice", "title": {"en": "Repaired chairs"},
                "theme": ["voc:theme/furniture"], "temporal": {"id": "thing:period/x", "startDate": "2021"}}
    graph = Graph().parse(data=json.dumps(document), format="json-ld")
    practice = URIRef(BASE + "id/practice/x")
    assert (practice, RDF.type, UAEU.ProcurementPractice) in graph
    assert (practice, DCT.title, Literal("Repaired chairs", lang="en")) in graph
    assert (practice, UAEU.theme, VOC["theme/furniture"]) in graph
