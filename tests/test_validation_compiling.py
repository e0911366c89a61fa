"""The shapes compiled to SPARQL find in a store what plain pySHACL finds, and refuse what they do not know."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node
from test_shapes_cases import CASES, FILES

from kg.errors import Invalid
from kg.shapes import load_shapes
from kg.store.local import LocalStore
from kg.terms import DCAT, DCT, EPO, ORG, RDFS, SH, SKOS, UAEU, UASH, VOC, thing
from kg.validation.compiling import compile_shapes
from kg.validation.engine import ValidationReport, validate_graph
from kg.validation.judging import judge
from kg.validation.survey import survey

NAME = URIRef("https://w3id.org/uaeu-kg/graph/test/all")
PREFIXES = ("@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n")


def hold(graph: Graph) -> LocalStore:
    store = LocalStore()
    store.put(NAME, graph)
    return store


def findings(report: ValidationReport) -> list[tuple[str, ...]]:
    """The multiset of findings; nodes without a name are alike, and a path of several steps is told by its shape."""
    def write(term: Node | None) -> str:
        return "_" if isinstance(term, BNode) else "" if term is None else term.n3()

    return sorted((write(each.focus), write(each.path), each.component, write(each.value), write(each.shape), each.severity,
                   *(f"{language}: {text}" for language, text in sorted(each.messages.items()))) for each in report.results)


def test_all_cases_have_the_findings_of_plain_pyshacl() -> None:
    data = Graph().parse(CASES / "background.ttl")
    for path in FILES:
        data.parse(path)
    for triple in [triple for triple in data if isinstance(triple[0], Literal)]:
        data.remove(triple)  # no RDF, so no store holds it
    store = hold(data)
    plain = validate_graph(store.graph(NAME), load_shapes())
    compiled = survey(store)
    assert len(plain.results) > 2000 and len({each.shape for each in plain.results}) > 200
    assert findings(compiled) == findings(plain)
    assert len(set(compiled.graph.subjects(RDF.type, SH.ValidationResult))) == len(plain.results)


NODES = [*(thing("initiative", f"x{number}") for number in range(3)), thing("city", "c"), thing("period", "p"), thing("membership", "m")]
PREDICATES = [RDF.type, RDF.type, DCT.title, UAEU.theme, UAEU.usesInstrument, EPO.hasCountryCode, EPO.hasNutsCode, DCT.spatial, SKOS.prefLabel,
              UAEU.population, DCT.temporal, DCAT.startDate, DCAT.endDate, ORG.organization, ORG.member, ORG.role, DCT.type, SKOS.inScheme,
              UAEU.hasInput, RDFS.subClassOf]
FORMS = ["2021", "2021-05", "2021-05-31", "2021-13-01", "2021-02-30", "-0044-03-15", "02021", "2021Z", "2021-05-31+01:00", "12", "+7", "007", "-1",
         "1.5", ".5", "5.", "1e3", "1,5", "", " 4 ", "NaN", "a\\1b", "true", "٣", "0001", "0000", "12345-01-01"]
TERMS: list[Node] = [
    *NODES, UAEU.ProcurementInitiative, UAEU.City, URIRef("http://www.w3.org/ns/org#Membership"), DCT.PeriodOfTime, VOC["theme/circular-economy"],
    VOC["theme"], SKOS.Concept, URIRef("http://data.europa.eu/nuts/code/FR10"),
    URIRef("http://publications.europa.eu/resource/authority/country/DEU"), Literal("A name", lang="en"), Literal("", lang="en"), Literal("")]
VALUES = some.one_of(some.sampled_from(TERMS), some.builds(
    lambda form, kind: Literal(form, datatype=kind, normalize=False), some.sampled_from(FORMS),
    some.sampled_from([XSD.integer, XSD.decimal, XSD.date, XSD.gYear, XSD.gYearMonth, XSD.string, XSD.double, XSD.int, XSD.dateTime])))


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(some.sampled_from(NODES), some.sampled_from(PREDICATES), VALUES), max_size=40))
def test_any_graph_has_the_findings_of_plain_pyshacl(triples: list[tuple[Node, Node, Node]]) -> None:
    graph = Graph()
    for triple in triples:
        graph.add(triple)
    store = hold(graph)
    assert findings(survey(store)) == findings(validate_graph(store.graph(NAME), load_shapes()))


NEXT = date.today().year + 1
YEARS = {
    "1800": 1, "1989-12-31": 1, "1990": 0, "1990-01": 0, f"{NEXT}": 0, f"{NEXT}-12-31": 0, f"{NEXT + 1}": 1, f"{NEXT + 1}-01": 1,
    "2999": 1, "20211": 1, "-0050": 1}


@pytest.mark.parametrize("text", YEARS)
def test_years_of_practices_and_initiatives_lie_within_1990_and_next_year(text: str) -> None:
    kind = XSD.date if text.count("-") > 1 else XSD.gYearMonth if "-" in text[1:] else XSD.gYear
    for record, shape in (("ProcurementPractice", "ProcurementPractice-year"), ("ProcurementInitiative", "ProcurementInitiative-start"),
                          ("ActionPlan", None)):
        store, end = hold(make_period(record, DCAT.startDate, Literal(text, datatype=kind, normalize=False))), YEARS[text]
        for report in (survey(store), validate_graph(store.graph(NAME), load_shapes()), judge(store.graph(NAME), LocalStore())):
            assert find_bounds(report) == ([UASH[shape]] * end if shape else []), record


@pytest.mark.parametrize(("ahead", "faults"), [(-1, 0), (3, 0), (29, 0), (30, 1)])
def test_an_initiative_may_end_in_30_years_and_a_plan_whenever(ahead: int, faults: int) -> None:
    for record in ("ProcurementInitiative", "ActionPlan"):
        store = hold(make_period(record, DCAT.endDate, Literal(str(NEXT + ahead), datatype=XSD.gYear)))
        for report in (survey(store), judge(store.graph(NAME), LocalStore())):
            assert find_bounds(report) == [UASH["ProcurementInitiative-end"]] * faults * (record != "ActionPlan")


def make_period(record: str, bound: URIRef, value: Literal) -> Graph:
    graph, node, period = Graph(), thing("case", "a"), thing("period", "p")
    for triple in ((node, RDF.type, UAEU[record]), (node, DCT.temporal, period), (period, bound, value)):
        graph.add(triple)
    return graph


def find_bounds(report: ValidationReport) -> list[Node | None]:
    return [each.shape for each in report.results if each.component == "SPARQLConstraintComponent"]


ODD = [
    *(Literal(text, datatype=kind, normalize=False) for kind in (XSD.decimal, XSD.double, XSD.integer, XSD.dateTime, XSD.gYear, XSD.duration)
      for text in ("INF", "NaN", "1e400", "1E+300000000", "007", "-0", ".5", "5.", "1_000", "9" * 30, "2021Z", "2021-05-31T24:00:00+00:00", "P1Y13M",
                   " 4 ", "٣", "a info", "")),
    *(Literal(text, datatype=kind, normalize=False) for kind in (XSD.decimal, XSD.double, XSD.float, XSD.string)
      for text in ("inf", "-inf", "Infinity", "-infinity", "nan")),
    *(Literal(text, lang=language) for language in (None, "EN", "en-GB", "zh-Hant-TW", "x-private") for text in (
        "", "a\rb", 'a\n\\"', "a\r\nb", "\n", '"', '"\'', '"""', 'a"', 'a\n"', 'a\n"""\'\'\'', '\n"\n"', "\\", "a\n\\", "\\n", "\\u0041", "a\\\\u0041",
        "\u2028", "\u2029", "\x85", "\0", "\ufffe", "\U0010ffff", "e\u0301", "x" * 300_000, "x\n" * 100_000, "{?this}", "$this", "} WHERE {", "#x")),
    *map(URIRef, ("http://ex.org/é", "http://ex.org/%C3%A9", "http://ex.org/a'b(c)", "http://ex.org/\u200b", "urn:x:y", "http://[::1]/?a=b&c#d",
                  "http://ex.org/" + "x" * 100_000)),
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(str(value)[:12]))
def test_a_value_that_is_written_in_an_odd_way_is_found_all_the_same(value: Literal | URIRef) -> None:
    """A sieve gives values back to the engine, which has to know them again."""
    shapes = Graph().parse(data=f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:message 'M' ; sh:property ex:P , ex:Q .\n"
                                "ex:P sh:path ex:p ; sh:in ( ex:none ) ; sh:message 'N' . ex:Q sh:path ex:p ; sh:maxLength 0 ; sh:message 'O' .",
                           format="turtle")
    graph, node = Graph(), URIRef("http://ex.org/a")
    graph.add((node, RDF.type, URIRef("http://ex.org/C")))
    graph.add((node, URIRef("http://ex.org/p"), value))
    store = hold(graph)
    found = findings(survey(store, shapes))
    assert found and found == findings(validate_graph(store.graph(NAME), shapes))


REFUSED = {
    "sh:closed": "sh:closed true", "sh:uniqueLang": "sh:property [ sh:path ex:p ; sh:uniqueLang true ]",
    "sh:property below": "sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ]",
    "sh:lessThan": "sh:property [ sh:path ex:p ; sh:lessThan ex:q ]", "sh:flags": 'sh:property [ sh:path ex:p ; sh:pattern "a" ; sh:flags "i" ]',
    "this path": "sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:minCount 1 ]",
    "this datatype": "sh:property [ sh:path ex:p ; sh:datatype xsd:nonNegativeInteger ]",
    "recursive": "sh:property [ sh:path ex:p ; sh:node ex:S ]", "without a name": "sh:property [ sh:path ex:p ; sh:in ( [] ) ]",
    "SELECT": 'sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o } GROUP BY $this" ]',
    "sub-queries": 'sh:sparql [ sh:select "SELECT $this WHERE { { SELECT * { ?a ?b ?c } } }" ]', "sh:deactivated": "sh:deactivated true",
    "over 1": "sh:node [ sh:property [ sh:path ex:p ; sh:minCount 2 ] ]",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_known_is_refused_when_shapes_are_compiled(what: str) -> None:
    shapes = Graph().parse(data=f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ; {REFUSED[what]} .", format="turtle")
    with pytest.raises(Invalid) as caught:
        compile_shapes(shapes, {})
    assert what in str(caught.value) and caught.value.advice


TAKEN = {
    "several classes": ("sh:property [ sh:path ex:p ; sh:class ex:C ; sh:class ex:D ]", "ex:a a ex:C ; ex:p ex:b , 1 ."),
    "several values asked for": ("sh:property [ sh:path ex:p ; sh:hasValue 1 ; sh:hasValue 2 ]", "ex:a a ex:C ; ex:p 3 ."),
    "sub-class": ("sh:property [ sh:path ex:p ; sh:class ex:C ; sh:minCount 1 ]", "ex:a a ex:D ; ex:p ex:a , ex:b . ex:c a ex:D . ex:D rdfs:subClassOf ex:C . ex:b a ex:E ."),
    "two targets": ("sh:targetSubjectsOf ex:p ; sh:targetObjectsOf ex:p ; sh:nodeKind sh:BlankNode", "ex:a a ex:C ; ex:p ex:a , ex:b ."),
    "a node": ("sh:targetNode ex:n ; sh:property [ sh:path ex:p ; sh:minCount 1 ]", "ex:a a ex:C ."),
    "counts": ("sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 2 ; sh:maxCount 1 ]", "ex:a a ex:C ; ex:p ex:b , ex:c . ex:b ex:q 1 , 2 . ex:c ex:q 1 ."),
    "limits": ("sh:property [ sh:path ex:p ; sh:minExclusive 1 ; sh:maxExclusive 2 ]", "ex:a a ex:C ; ex:p 1 , 1.5 , 2 , 'x' , ex:b ."),
    "no numbers": ("sh:property [ sh:path ex:p ; sh:minInclusive 1 ; sh:maxInclusive 2 ] ; sh:property [ sh:path ex:p ; sh:maxExclusive 2 ]",
                   "ex:a a ex:C ; ex:p 'NaN'^^xsd:double , '1,5'^^xsd:decimal , 'abc'^^xsd:integer , 'nan'^^xsd:decimal , 'INF'^^xsd:double , 2.0 , _:b ."),
    "kinds": ("sh:property [ sh:path ex:p ; sh:nodeKind sh:BlankNodeOrIRI ; sh:maxLength 2 ]", "ex:a a ex:C ; ex:p 1 , ex:b , [] , 'xyz' ."),
    "not": ("sh:not [ sh:property [ sh:path ex:p ; sh:hasValue 1 ] ]", "ex:a a ex:C ; ex:p 1 . ex:b a ex:C ; ex:p 2 ."),
    "either way": ("sh:property [ sh:path [ sh:alternativePath ( ex:p [ sh:inversePath ex:q ] ) ] ; sh:minCount 1 ; sh:nodeKind sh:IRI ]",
                   "ex:a a ex:C . ex:b a ex:C ; ex:p 1 ; ex:q ex:c . ex:c a ex:C ."),
    "below": ("sh:property [ sh:path ex:p ; sh:node [ sh:property [ sh:path ( ex:q ex:r ) ; sh:minCount 1 ; sh:in ( 1 2 ) ] ] ]",
              "ex:a a ex:C ; ex:p ex:b , ex:c , 1 . ex:b ex:q [ ex:r 1 ] . ex:c ex:q [ ex:r 3 ] ."),
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_known_has_the_findings_of_plain_pyshacl(what: str) -> None:
    shapes, data = TAKEN[what]
    shape_graph = Graph().parse(data=f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:message 'M' ; {shapes} .", format="turtle")
    for _, shape in list(shape_graph.subject_objects(SH.property)):
        shape_graph.add((shape, SH.message, Literal("N")))
    store = hold(Graph().parse(data=PREFIXES + data, format="turtle"))
    found = findings(survey(store, shape_graph))
    assert found and found == findings(validate_graph(store.graph(NAME), shape_graph))
