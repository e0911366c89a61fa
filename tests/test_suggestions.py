"""What to write instead: each case of `cases/suggestions.csv`, in the language of the reader; one cause has one entry."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, Literal

from kg.terms import DCT, PREFIXES, RDF, RDFS, SH
from kg.wording import say

with (Path(__file__).parent / "cases" / "suggestions.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
RECORD = "https://w3id.org/uaeu-kg/id/{}/suggested-{}"
FOLDER = {"ProcurementInitiative": "initiative", "ProcurementPractice": "practice", "City": "city"}
WHOLE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()) + "".join(
    f"<{RECORD.format(FOLDER[case['type']], number)}> a uaeu:{case['type']} ;\n  {case['statement']} .\n" for number, case in enumerate(CASES))


@pytest.fixture(scope="module")
def report(client: TestClient) -> dict[str, Any]:
    return check(client, "en")


def check(client: TestClient, language: str) -> dict[str, Any]:
    answer = client.post("/validate", params={"lang": language}, content=WHOLE.encode(),
                         headers={"Content-Type": "text/turtle", "Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[case["name"] for case in CASES])
def test_a_suggestion_says_what_to_write(number: int, case: dict[str, str], report: dict[str, Any]) -> None:
    line = WHOLE.split("\n").index(f"<{RECORD.format(FOLDER[case['type']], number)}> a uaeu:{case['type']} ;") + 1
    found = [each for each in report["remarks"] if each["code"] == case["code"] and each["line"] == line + 1]
    assert len(found) == 1, [each for each in report["remarks"] if each["line"] in (line, line + 1)]
    assert case["says"] in found[0].get("advice", "")


def test_one_cause_has_one_entry_and_the_machine_report_all_results(report: dict[str, Any], client: TestClient) -> None:
    places = [(each["record"], each["text"]) for each in report["remarks"]]
    assert len(places) == len(set(places))
    graph = Graph().parse(data=client.post("/validate?format=ttl", content=WHOLE.encode(), headers={"Content-Type": "text/turtle"}).text)
    results = set(graph.subjects(RDF.type, SH.ValidationResult))
    assert len(results) > len(report["remarks"])
    assert all(set(graph.objects(each, DCT.identifier)) for each in results)
    assert Literal("Write 50.85.") in set(graph.objects(None, RDFS.comment))
    assert {text.language for text in graph.objects(None, SH.resultMessage) if isinstance(text, Literal)} >= {"en", "fr", "de", "es", "it"}


def test_report_and_suggestions_are_in_the_language_of_the_reader(client: TestClient) -> None:
    found = check(client, "fr")
    assert "à corriger" in found["sentence"] and any(each.get("advice") == "Écrivez 50.85." for each in found["remarks"])


def test_a_value_is_no_template() -> None:
    assert say("either", "de", "{1}", "x") == "Schreiben Sie {1}, oder x, wenn der Monat vorn steht."
    assert say("write", "pt", "x") == "Write x."
