"""Where a query is wrong and why: at the first word that does not fit, or at the word that is meant."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.sparql.faults import LONGEST, explain


def fault(text: str) -> tuple[int | None, int | None, str]:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(text)
    found = explain(caught.value, text)
    return found.line, found.column, found.what


@pytest.mark.parametrize(("text", "line", "column", "said"), [
    ('SELECT * {\n ?s ?p "é" ; bad }', 2, 14, "'bad }'"), ("ASK {\n ?s ?p ?o .\n bad bad }", 3, 2, "'bad bad }'"),
    ("SELECT * WHERE { ?s ?p }", 1, 24, "'}'"), ("SELECT * { ?s ?p ?o }}", 1, 22, "'}'"), ("SELECT * { ?s ?p ?o ?q }", 1, 21, "'?q }'"),
    ("ASK { ?s ?p ?o FILTER(?o > ) }", 1, 28, "') }'"), ("ASK { ?s ?p ?o } # }}\n LIMIT x", 2, 8, "'x'"),
    ('ASK { ?s ?p "abc }', 1, 13, '"abc }'), ('ASK { ?s ?p "\\q" }', 1, 13, "does not fit"), ("ASK { GRAPH { ?s ?p ?o } }", 1, 13, "{ ?s"),
    ("SELECT (FOO(1) AS ?x) {}", 1, 9, "FOO(1)"), ("ASK { ?s ?p ?o FILTER(?o > 3 && bad) }", 1, 33, "bad"),
    ("ASK { ?s ?p ?o FILTER(MD5(?o) = 1e-3 bad) }", 1, 38, "bad")])
def test_the_first_word_that_does_not_fit(text: str, line: int, column: int, said: str) -> None:
    found = fault(text)
    assert found[:2] == (line, column) and said in found[2] and "expected" not in found[2]


@pytest.mark.parametrize(("text", "line", "column"), [
    ("SELECT *\nWHERE { ?s ?p", 2, 14), ("SELECT *\n", 1, 9), ("SELECT ?x WHERE { ?s ?p ?o\n# a comment", 2, 12)])
def test_what_ends_too_early(text: str, line: int, column: int) -> None:
    assert fault(text) == (line, column, "the query ends too early.")


@pytest.mark.parametrize(("text", "column", "said"), [
    ("SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", 36, "?x has a value already"),
    ("SELECT * { { ?x ?p ?o } OPTIONAL { ?a ?b ?c BIND(1 AS ?b) } }", 55, "?b has a value already"),
    ("SELECT ?s ?p { ?s ?p ?o } GROUP BY ?s", 11, "?p is neither grouped"), ("SELECT (COUNT(?x) AS ?n) ?y {?x ?p ?y}", 26, "?y is neither"),
    ("SELECT (SUM(?z)+?y AS ?x) {?y ?t ?z}", 17, "?y is neither"), ("SELECT * { { SELECT ?y (MAX(?x) AS ?n) { ?x ?p ?y} } }", 21, "?y is neither"),
    ("SELECT * {?s ?p ?o} GROUP BY ?s", 8, "SELECT * and GROUP BY"), ("SELECT ?x ?x {?s ?p ?x}", 11, "?x is selected twice"),
    ("SELECT (?a AS ?a) {?a ?b ?c}", 15, "?a has a value already"), ("SELECT * { VALUES (?a ?b) { (1) } }", 33, "another number of values"),
    ("ASK { _:a ?p ?o OPTIONAL { _:a ?q ?r } }", 28, "_:a stands in another group"),
    ("ASK { <http://example/<bad>> ?p ?o }", 7, "<http://example/<bad> is no IRI"), ("ASK { ?s ?p <http://[bad/> }", 13, "is no IRI"),
    ("ASK { FILTER(?a < 3) ?s ?p <http://a b> }", 28, "<http://a b> is no IRI"), ("ASK { ?s foaf:name ?o }", 10, "foaf: is not declared"),
    ('ASK { ?s ?p "x"^^xsd:date }', 13, "xsd: is not declared"), ("ASK { foaf:x foaf:name ?o ; bad }", 7, "foaf: is not declared")])
def test_the_word_that_is_meant(text: str, column: int, said: str) -> None:
    found = fault(text)
    assert found[1] == column and said in found[2]


def test_a_long_query_is_not_read_again_and_again() -> None:
    text = "ASK { " + "?s ?p ?o . " * (LONGEST // 10) + "bad }"
    assert fault(text)[0] == 1
