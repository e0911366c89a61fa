"""A contribution judged in context has the findings of plain pySHACL on the whole, and sees what it replaces and who refers to it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rdflib import XSD, Graph, Literal, URIRef
from test_shapes_cases import CASES, FILES

from kg.shapes import load_shapes
from kg.store.local import LocalStore
from kg.terms import DCT, EPO, ID, ORG, RDF, SKOS, UAEU, VOC, thing
from kg.validation.engine import Runner, ValidationReport, validate_graph
from kg.validation.judging import judge

ONE_OF_EACH = (f"SELECT (MIN(?thing) AS ?one) WHERE {{ ?thing a ?class FILTER(STRSTARTS(STR(?thing), '{ID}')) "
               f"FILTER(STRSTARTS(STR(?class), '{UAEU}')) }} GROUP BY ?class")
BACKGROUND = URIRef("https://w3id.org/uaeu-kg/graph/test/background")


def findings(report: ValidationReport) -> list[tuple[str, ...]]:
    return sorted((str(each.focus), str(each.path), each.component, str(each.value), str(each.shape), each.severity)
                  for each in report.results)


@pytest.fixture(scope="module")
def background() -> LocalStore:
    store = LocalStore()
    store.put(BACKGROUND, Graph().parse(CASES / "background.ttl"))
    return store


def test_all_cases_have_the_findings_of_plain_pyshacl(background: LocalStore) -> None:
    data = Graph()
    for path in FILES:
        data.parse(path)
    data -= Graph().parse(CASES / "background.ttl")
    plain = validate_graph(data, load_shapes(), background=background.graph(BACKGROUND))
    judged = judge(data, background)
    assert len(plain.results) > 300
    assert findings(judged) == findings(plain)


def random_triples() -> some.SearchStrategy[list[tuple[int, int, int]]]:
    return some.lists(some.tuples(some.integers(0, 3), some.integers(0, 9), some.integers(0, 11)), max_size=25)


NODES = [thing("initiative", f"x{number}") for number in range(4)]
PREDICATES = [RDF.type, DCT.title, DCT.description, UAEU.theme, UAEU.usesInstrument, EPO.hasCountryCode, DCT.spatial, SKOS.prefLabel,
              ORG.classification, UAEU.population]
VALUES = [UAEU.ProcurementInitiative, UAEU.City, URIRef("http://www.w3.org/ns/org#Organization"), Literal("A name", lang="en"), Literal(""),
          Literal("4.0", datatype=XSD.decimal, normalize=False), Literal("x", datatype=XSD.integer, normalize=False),
          VOC["theme/circular-economy"], VOC["instrument/nothing"], NODES[0], NODES[1], Literal("ein Name", lang="de")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_triples(), random_triples())
def test_any_contribution_has_the_findings_of_plain_pyshacl(published: list[tuple[int, int, int]],
                                                            contributed: list[tuple[int, int, int]]) -> None:
    def build(rows: list[tuple[int, int, int]]) -> Graph:
        graph = Graph()
        for subject, predicate, value in rows:
            graph.add((NODES[subject], PREDICATES[predicate], VALUES[value]))
        return graph

    own, around = build(contributed), build(published)
    store = LocalStore()
    store.put(BACKGROUND, around)
    around = store.graph(BACKGROUND)
    changed = set(own.subjects())
    plain = [each for each in findings(validate_graph(own + around, load_shapes())) if URIRef(each[0]) in changed]
    judged = [each for each in findings(judge(own, store)) if URIRef(each[0]) in changed]
    assert judged == plain


def test_who_refers_to_what_changes_is_judged_again() -> None:
    """A record whose city loses its class by a replacement gets the finding that it would have after publishing."""
    store, city, record = LocalStore(), thing("city", "c"), thing("initiative", "i")
    published = Graph()
    published.add((city, RDF.type, UAEU.City))
    published.add((record, RDF.type, UAEU.ProcurementInitiative))
    published.add((record, DCT.spatial, city))
    store.put(BACKGROUND, published)
    renamed = Graph()
    renamed.add((city, SKOS.prefLabel, Literal("C", lang="en")))
    assert not [each for each in judge(renamed, store).results if each.focus == record and each.value == city]
    found = judge(renamed, store, hidden={(city, RDF.type, UAEU.City)})
    assert [each for each in found.results if each.focus == record and each.value == city]


def test_a_contributed_hierarchy_switches_nothing_off(background: LocalStore) -> None:
    own = Graph()
    own.parse(data="<urn:x> a <urn:Anything> . <urn:Anything> <http://www.w3.org/2000/01/rdf-schema#subClassOf> "
                   f"<{UAEU.City}> . <{thing('initiative', 'i')}> a <{UAEU.ProcurementInitiative}> ; <{DCT.spatial}> <urn:x> .", format="turtle")
    assert [each for each in judge(own, background).results if str(each.value) == "urn:x"]


def test_literals_are_judged_as_written_and_a_backslash_does_no_harm(background: LocalStore) -> None:
    own = Graph()
    city = thing("city", "c")
    own.add((city, RDF.type, UAEU.City))
    own.add((city, UAEU.population, Literal("01x", datatype=XSD.integer, normalize=False)))
    own.add((city, EPO.hasNutsCode, Literal("a\\1b")))
    found = judge(own, background)
    assert [each for each in found.results if str(each.value) == "01x" and each.component == "DatatypeConstraintComponent"]


def test_the_real_data_judged_record_by_record_conform(store: LocalStore) -> None:
    for node in [row["one"] for row in store.select(ONE_OF_EACH)]:
        own = Graph()
        for triple in store.match(node, None, None):
            own.add(triple)
        report = judge(own, store)
        assert len(own) > 2 and report.conforms, [each.message() for each in report.results]




def test_a_validation_leaves_the_shapes_as_they_were() -> None:
    shapes = Graph() + load_shapes()
    before = set(shapes)
    validate_graph(Graph(), shapes)
    Runner(shapes)
    assert set(shapes) == before
