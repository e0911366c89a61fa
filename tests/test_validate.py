"""Checking without sending: every form of report, lines, languages, and what cannot be read."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph, URIRef

from kg.findings import write_sarif
from kg.reception import Sent
from kg.remarks import Remark
from kg.terms import RDF, SH
from kg.wording import TEXTS

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


def test_sarif_names_no_line_that_is_not_known() -> None:
    sent = Sent(Graph(), (), (), (), "", (Remark("Violation", "x"), Remark("Info", "y", line=3)), ())
    places = [each["locations"][0]["physicalLocation"] for each in write_sarif(sent, "mine.ttl")["runs"][0]["results"]]
    assert [place.get("region") for place in places] == [None, {"startLine": 3}]


def test_the_shacl_report_and_the_table(client: TestClient) -> None:
    graph = Graph().parse(data=check(client, "ttl").text, format="turtle")  # type: ignore[attr-defined]
    report = graph.value(None, RDF.type, SH.ValidationReport)
    assert len(list(graph.objects(report, SH.result))) >= 1
    assert URIRef("https://w3id.org/uaeu-kg/shapes#ProcurementInitiative-themes") in set(graph.objects(None, SH.sourceShape))
    rows = list(csv.DictReader(io.StringIO(check(client, "csv").text)))  # type: ignore[attr-defined]
    assert {"severity", "code", "line", "message"} <= set(rows[0]) and not any(cell.startswith("=") for row in rows for cell in row.values())


def test_many_remarks_are_cut_in_so_many_words(client: TestClient) -> None:
    text = "".join(f"<https://w3id.org/uaeu-kg/id/practice/empty-{number}> a <https://w3id.org/uaeu-kg/ontology#ProcurementPractice> .\n"
                   for number in range(300))
    report = client.post("/validate", params={"format": "json", "lang": "en"}, content=text.encode(), headers=TURTLE).json()
    first, *others = report["remarks"]
    kinds = Counter(each["code"] for each in others)
    assert max(kinds.values()) == 100 and len(others) <= 1000
    assert first["code"] == "cut" and f"first {len(others)} of " in first["text"] and not report["conforms"]
    total = int(first["text"].split(" of ")[1].split(" ")[0].replace(",", ""))
    assert total % 300 == 0 and sum(map(int, re.findall(r"\d+", report["sentence"]))) == total


ROWS = "id;name;city;year;source_url\nz;Repas;Haarlm;01/02/2021;notaurl\nZ z;Repas;haarlem;soon;https://example.org/\n"
SAID = {"en": "'Haarlm' is not known as city.", "fr": "« Haarlm » n'est pas connu ici.", "de": "„Haarlm“ ist hier nicht bekannt.",
        "es": "«Haarlm» no se conoce aquí.", "it": "«Haarlm» non è conosciuto qui."}


@pytest.mark.parametrize("language", SAID)
def test_each_cause_in_a_table_has_a_code_and_a_sentence_in_the_language_of_the_reader(client: TestClient, language: str) -> None:
    report = client.post("/validate", params={"form": "practice", "format": "json", "lang": language}, content=ROWS.encode(),
                         headers={"Content-Type": "text/csv"}).json()
    found = {(each["line"], each["code"]): each for each in report["remarks"] if each["severity"] == "Violation"}
    assert {(2, "not-known"), (2, "no-date"), (2, "no-address"), (3, "no-id"), (3, "no-date")} <= set(found)
    assert found[2, "not-known"]["text"] == SAID[language]
    assert "<https://w3id.org/uaeu-kg/id/city/haarlem>" in found[2, "not-known"]["advice"]
    assert "2021-02-01" in found[2, "no-date"]["advice"] and "2021-01-02" in found[2, "no-date"]["advice"]


def test_what_the_policy_refuses_is_said_in_the_language_of_the_reader(client: TestClient) -> None:
    text = b'<https://w3id.org/uaeu-kg/ontology#City> <http://www.w3.org/2000/01/rdf-schema#label> "Stadt"@de .'
    report = client.post("/validate", params={"format": "json", "lang": "de"}, content=text, headers=TURTLE).json()
    assert "ist ein Teil des Modells" in next(each for each in report["remarks"] if each["code"] == "part-of-the-model")["text"]


def test_every_sentence_is_there_in_every_language_with_the_same_values() -> None:
    for row in csv.DictReader(TEXTS.read_text(encoding="utf-8").splitlines()):
        values = {language: set(re.findall(r"\{\d\}", row[language])) for language in SAID}
        assert all(row[language] for language in SAID) and all(each <= values["en"] for each in values.values()), row["key"]


BROKEN = {"en": "The file does not parse: ", "fr": "Le fichier ne peut pas être analysé : ", "de": "Die Datei lässt sich nicht einlesen: ",
          "es": "El fichero no se puede analizar: ", "it": "Il file non si può analizzare: "}


@pytest.mark.parametrize("language", BROKEN)
@pytest.mark.parametrize("address", ["/validate", "/contributions"])
def test_a_file_that_cannot_be_read_is_refused_in_the_language_of_the_reader(client: TestClient, address: str, language: str) -> None:
    answer = client.post(address, content=b"<http://ex.org/s>\n .", headers={**TURTLE, "Accept-Language": language})
    problem = answer.json()
    assert answer.status_code == 400 and answer.headers["content-language"] == language and "Accept-Language" in answer.headers["vary"]
    assert problem["detail"].startswith(BROKEN[language]) and problem["line"] == 2
    assert problem["type"].endswith("docs#files") and problem["title"] == "The file cannot be read"
    page = client.post(address, params={"lang": language}, files={"file": ("mine.ttl", b"<http://ex.org/s>", "text/turtle")},
                       data={"licence": "yes"}, headers={"Accept": "text/html"})
    marked = re.search(r'role="alert"([^>]*)>([^<]+)', page.text)
    assert page.status_code == 400 and marked and marked[2].startswith(BROKEN[language])
    assert marked[1] == ("" if language in ("en", "fr", "de") else f' lang="{language}"')


@pytest.mark.parametrize("data, media_type, said", [
    (b"a,b\n", "text/csv", "Keine Tabelle heißt „table“. Nennen Sie das Blatt"),
    (b"x", "image/png", "„image/png“ ist kein Format von RDF"),
    (b"", "text/turtle", "In der Anfrage ist keine Datei."),
    (b" " * (10 * 2**20 + 1), "text/turtle", "Der Rumpf ist länger als"),
    (b'{"@context": "\\ud800"}', "application/ld+json", "Der Kontext „\\ud800“ müsste abgerufen werden."),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Das ist keine Arbeitsmappe.")])
def test_what_cannot_be_taken_as_a_whole_is_said_in_german(client: TestClient, data: bytes, media_type: str, said: str) -> None:
    answer = client.post("/validate?lang=de", content=data, headers={"Content-Type": media_type, "Accept": "application/json"})
    assert 400 <= answer.status_code < 500 and said in answer.json()["detail"]


@pytest.mark.parametrize("text", [b"  \n", b"# nothing yet\n"])
def test_a_file_that_states_nothing_is_an_error(client: TestClient, text: bytes) -> None:
    answer = client.post("/validate", content=text, headers={**TURTLE, "Accept": "application/json"})
    assert answer.status_code == 400 and "states nothing" in answer.json()["detail"]


def test_a_file_of_too_many_things_is_refused_whole(client: TestClient) -> None:
    text = "".join(f"<https://example.org/{number}> <http://purl.org/dc/terms/title> 'x' .\n" for number in range(10_001))
    answer = client.post("/validate", content=text.encode(), headers={**TURTLE, "Accept": "application/json"})
    assert answer.status_code == 413 and "10,001 things" in answer.json()["detail"] and "10,000" in answer.json()["detail"]


def test_what_is_added_to_a_published_record_is_said(client: TestClient) -> None:
    text = b'<https://w3id.org/uaeu-kg/id/initiative/big-buyers-initiative> <http://purl.org/dc/terms/description> "More of it"@en .'
    report = client.post("/validate", params={"format": "json", "lang": "fr"}, content=text, headers=TURTLE).json()
    assert [each["line"] for each in report["remarks"] if each["code"] == "published" and "est déjà publié" in each["text"]] == [1]


def test_every_record_is_compared_with_what_is_published(client: TestClient) -> None:
    names = [f"{number} of another kind" for number in range(1000)] + ["Back ICT equipmemt buying"]
    rows = (f'<https://w3id.org/uaeu-kg/id/practice/zz-{number:04}> a <https://w3id.org/uaeu-kg/ontology#ProcurementPractice> ; '
            f'<http://purl.org/dc/terms/title> "{name}"@en .\n' for number, name in enumerate(names))
    report = client.post("/validate", params={"format": "json"}, content="".join(rows).encode(), headers=TURTLE).json()
    assert [(each["record"].rpartition("/")[2], each["published"].rpartition("/")[2]) for each in report["similar"]] == [
        ("zz-1000", "aalborg-ict-buy-back")]


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
