"""Checking without sending: every form of report, lines, languages, and what cannot be read."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from kg.terms import RDF, SH

WRONG = """@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://w3id.org/uaeu-kg/id/initiative/mine-of-test> a uaeu:ProcurementInitiative ;
  dct:title "=SUM(A1)"@en ;
  uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/no-such-theme> .
"""
TURTLE = {"Content-Type": "text/turtle"}
csv.field_size_limit(sys.maxsize)
with (Path(__file__).parent / "cases" / "hostile_rdf" / "refused.csv").open(encoding="utf-8", newline="") as file:
    SMALL = [row for row in csv.DictReader(file) if int(row["times"]) < 1000 and row["format"] in ("ttl", "rdf", "nt", "jsonld")]


def check(client: TestClient, form: str = "json", **more: str) -> object:
    return client.post("/validate", params={"format": form, **more}, content=WRONG.encode(), headers=TURTLE)


def test_the_report_says_what_where_and_a_stable_code(client: TestClient) -> None:
    answer = client.post("/validate", content=WRONG.encode(), headers={**TURTLE, "Accept": "application/json"})
    report = answer.json()
    assert answer.status_code == 200 and not report["conforms"] and "to be corrected" in report["sentence"]
    wrong = [each for each in report["remarks"] if each["severity"] == "Violation"]
    assert {"ProcurementInitiative-themes.Node"} <= {each["code"] for each in wrong}
    assert [each["line"] for each in wrong if each["code"] == "ProcurementInitiative-themes.Node"] == [5]


def test_messages_come_in_the_language_of_the_reader(client: TestClient) -> None:
    texts = {language: check(client, lang=language).json()["remarks"][0]["text"] for language in ("en", "fr", "de", "es", "it")}  # type: ignore[attr-defined]
    assert len(set(texts.values())) == 5


def test_sarif_names_file_line_and_rule(client: TestClient) -> None:
    answer = client.post("/validate?format=sarif", files={"file": ("mine.ttl", WRONG.encode(), "text/turtle")})
    run = answer.json()["runs"][0]
    assert answer.headers["content-type"].startswith("application/sarif+json") and answer.json()["version"] == "2.1.0"
    place = [each["locations"][0]["physicalLocation"] for each in run["results"] if each["ruleId"] == "ProcurementInitiative-themes.Node"][0]
    assert place["artifactLocation"]["uri"] == "mine.ttl" and place["region"]["startLine"] == 5
    assert {each["ruleId"] for each in run["results"]} <= {each["id"] for each in run["tool"]["driver"]["rules"]}


def test_the_shacl_report_and_the_table(client: TestClient) -> None:
    graph = Graph().parse(data=check(client, "ttl").text, format="turtle")  # type: ignore[attr-defined]
    report = graph.value(None, RDF.type, SH.ValidationReport)
    assert len(list(graph.objects(report, SH.result))) >= 1
    assert URIRef("https://w3id.org/uaeu-kg/shapes#ProcurementInitiative-themes") in set(graph.objects(None, SH.sourceShape))
    rows = list(csv.DictReader(io.StringIO(check(client, "csv").text)))  # type: ignore[attr-defined]
    assert {"severity", "code", "line", "message"} <= set(rows[0]) and not any(cell.startswith("=") for row in rows for cell in row.values())


def test_nothing_is_kept(client: TestClient) -> None:
    before = len(client.app.state.journal.contributions())  # type: ignore[attr-defined]
    check(client)
    assert len(client.app.state.journal.contributions()) == before  # type: ignore[attr-defined]


def test_the_page(client: TestClient) -> None:
    page = {"Accept": "text/html"}
    assert 'type="file"' in client.get("/validate", headers=page).text
    answer = client.post("/validate", files={"file": ("mine.ttl", WRONG.encode(), "text/turtle")}, headers=page)
    assert answer.status_code == 200 and "line 5" in answer.text
    same = WRONG.replace("=SUM(A1)", "Big Buyers Iniciative").encode()
    answer = client.post("/validate", files={"file": ("mine.ttl", same, "text/turtle")}, headers=page)
    assert "Is it this one?" in answer.text and "/doc/initiative/big-buyers-initiative" in answer.text


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case["name"])
def test_hostile_files_are_refused_over_http_and_the_service_lives(case: dict[str, str], client: TestClient) -> None:
    answer = client.post("/validate", files={"file": (f"x.{case['format']}", case["head"].encode(), "application/octet-stream")},
                         headers={"Accept": "application/json"})
    assert answer.status_code == int(case["status"]) and answer.headers["content-type"] == "application/problem+json"
    assert client.get("/ready").status_code == 200


@pytest.mark.parametrize(("content", "query", "status"), [(b"", "", 400), (WRONG.encode(), "?format=pdf", 400), (WRONG.encode(), "?shape=x", 400)])
def test_what_is_no_request_is_refused(content: bytes, query: str, status: int, client: TestClient) -> None:
    assert client.post(f"/validate{query}", content=content, headers=TURTLE).status_code == status
