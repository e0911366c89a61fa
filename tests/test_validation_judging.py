"""A contribution judged in context has the findings of plain pySHACL on the whole, and sees what it replaces and who refers to it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rdflib import XSD, Graph, Literal, URIRef
from test_shapes_cases import CASES, FILES

from kg.shapes import load_shapes
from kg.store.local import LocalStore
from kg.terms import DCT, EPO, GEO, ID, ORG, RDF, SKOS, UAEU, VOC, thing
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


NUMBERS = ("nan", "sNaN", "inf", "-INF", "Infinity", "1_000", " 4 ", "4\n", "٣", "0x10", "1,5", "")
DAYS = ("2021-W01-1", "20210531", "2021-151", "2021-05-31T00:00", "2021-05-31+15:00", "2021-02-29", "2021-5-31", "next spring", "")
YEARS = ("next spring", "inf", "21", "+2021", "2021-05", "٢٠٢١", "2021\n", "")
ILL = [(kind, text) for kind, texts in ((XSD.integer, NUMBERS), (XSD.decimal, NUMBERS), (XSD.date, DAYS), (XSD.gYear, YEARS),
                                        (XSD.gYearMonth, ("2021", "2021-13", "2021-1", "May"))) for text in texts]
WELL = [(XSD.integer, "+7"), (XSD.decimal, ".5"), (XSD.decimal, "1."), (XSD.date, "2020-02-29"), (XSD.date, "2020-02-29+14:00"),
        (XSD.gYear, "2021"), (XSD.gYear, "2021Z"), (XSD.gYearMonth, "2021-05")]


@pytest.mark.parametrize(("kind", "text", "well"), [*((*each, False) for each in ILL), *((*each, True) for each in WELL)])
def test_a_text_that_is_no_value_of_its_datatype_is_at_fault(kind: URIRef, text: str, well: bool) -> None:
    """Python takes 1_000 or nan for a number and rdflib any text for a year; what passed the door was at fault in the next whole run."""
    shapes = Graph().parse(format="turtle", data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ex: <http://ex.org/> .
        ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:message "p" ; sh:or (
            [ sh:datatype xsd:integer ] [ sh:datatype xsd:decimal ] [ sh:datatype xsd:date ] [ sh:datatype xsd:gYear ]
            [ sh:datatype xsd:gYearMonth ] ) ] .""")
    graph, node = Graph(), URIRef("http://ex.org/a")
    graph.add((node, RDF.type, URIRef("http://ex.org/C")))
    graph.add((node, URIRef("http://ex.org/p"), Literal(text, datatype=kind, normalize=False)))
    assert len(judge(graph, LocalStore(), shapes=shapes).results) == len(validate_graph(graph, shapes).results) == (not well)


def test_a_decimal_that_is_no_number_is_compared_with_nothing() -> None:
    graph, city = Graph(), thing("city", "c")
    for triple in ((city, RDF.type, UAEU.City), (city, GEO.lat, Literal("nan", datatype=XSD.decimal, normalize=False))):
        graph.add(triple)
    found = {each.component for each in judge(graph, LocalStore()).results if each.path == GEO.lat}
    assert "DatatypeConstraintComponent" in found
