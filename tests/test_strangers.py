"""Warnings for what shapes do not see: misspelt properties and classes with the near match, and records that no shape looks at."""

from __future__ import annotations

import pytest
from rdflib import RDF, Graph

from kg.store.local import LocalStore
from kg.strangers import find_strangers

PREFIXES = """@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix dc: <http://purl.org/dc/elements/1.1/> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix id: <https://w3id.org/uaeu-kg/id/> .
"""


def find(turtle: str, language: str = "en") -> list[tuple[str, str]]:
    graph = Graph().parse(data=PREFIXES + turtle, format="turtle")
    return [(each.what, each.advice) for each in find_strangers(graph, LocalStore(), language)]


PRACTICE = "<https://w3id.org/uaeu-kg/id/practice/a> a uaeu:ProcurementPractice ; "


@pytest.mark.parametrize("stated, meant", [("uaeu:them <urn:x>", "uaeu:theme"), ("uaeu:usesInstruments <urn:x>", "uaeu:usesInstrument"),
                                           ('dc:title "A"', "dct:title"), ('dct:descripton "A"', "dct:description")])
def test_a_misspelt_property_is_named_with_the_one_that_was_meant(stated: str, meant: str) -> None:
    (what, advice), = find(f"{PRACTICE} {stated} .")
    assert stated.split()[0].split(":")[1] in what and advice == f"Did you mean {meant}?"


def test_a_misspelt_class_is_named_once_and_not_also_for_its_shape() -> None:
    (what, advice), = find("<https://w3id.org/uaeu-kg/id/practice/a> a uaeu:ProcurementPractise .")
    assert "uaeu:ProcurementPractise" in what and advice == "Did you mean uaeu:ProcurementPractice?"


def test_a_property_like_no_other_has_no_advice() -> None:
    assert find(f'{PRACTICE} <http://xmlns.com/foaf/0.1/zzyzx> "A" .') == [
        ("The property foaf:zzyzx is not known here, so nobody will find what it says.", "")]


def test_a_record_that_no_shape_looks_at_is_named() -> None:
    (what, advice), = find('<https://w3id.org/uaeu-kg/id/practice/a> dct:title "A"@en .')
    assert "practice/a> looks" not in what and "No shape looks at <https://w3id.org/uaeu-kg/id/practice/a>" in what and "rdf:type" in advice
    (what, _), = find('<https://w3id.org/uaeu-kg/id/practice/a> dct:title "A"@en .', "de")
    assert what.startswith("Keine Regel betrachtet")


def test_parts_of_a_record_and_all_that_is_published_are_known(store: LocalStore) -> None:
    assert find(f'{PRACTICE} dct:title "A"@en ; dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2021" ] .') == []
    own = Graph()
    for name in store.names():
        if any(f"/graph/{source}" in name for source in ("procurement", "uaeu", "links", "coordinators", "plan-dates", "partnership")):
            own += store.graph(name)
    records = set(own.subjects(RDF.type))
    for subject in set(own.subjects()) - records:
        own.remove((subject, None, None))
    assert len(records) > 1000 and [each.what for each in find_strangers(own, store)] == []
