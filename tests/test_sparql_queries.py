"""The stored questions and the pages: each question answers by its example, in every format, and refuses wrong values."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from sparql_service import Service, run_service

from kg import resources
from kg.queries import load_queries

QUESTIONS = load_queries(resources.ontology() / "questions")
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PLANS = "/queries/plans-of-partnership"
YASQE = Path(__file__).parent.parent / "api" / "static" / "vendor" / "yasqe"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("queries")) as running:
        yield running


def test_there_are_28_questions() -> None:
    assert len(QUESTIONS) >= 28
    assert all(query.title.endswith("?") for query in QUESTIONS.values())


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_question_answers_by_its_example(service: Service, name: str) -> None:
    answer = service.client.get(f"/queries/{name}.json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["head"]["vars"]
    assert all(parameter.example for parameter in QUESTIONS[name].parameters)


@pytest.mark.parametrize(("suffix", "kind"), [
    ("csv", "text/csv"), ("tsv", "text/tab-separated-values"), ("json", "application/sparql-results+json"),
    ("xml", "application/sparql-results+xml"), ("rq", "application/sparql-query")])
def test_question_in_every_format(service: Service, suffix: str, kind: str) -> None:
    assert service.client.get(f"{PLANS}.{suffix}").headers["content-type"].split(";")[0] == kind
    if suffix != "rq":
        assert service.client.get(PLANS, params={"format": suffix}).headers["content-type"].split(";")[0] == kind


def test_parameter_binds_a_term(service: Service) -> None:
    address = "/queries/sources-of-statement.json"
    item = "https://w3id.org/uaeu-kg/id/partnership/p1"
    rows = service.client.get(address, params={"item": item}).json()["results"]["bindings"]
    assert len(rows) == 6 and {row["graph"]["value"].rsplit("/", 1)[-1] for row in rows} == {"two"}


@pytest.mark.parametrize(("address", "status"), [
    (PLANS + "?partnership=x%20y", 400), (PLANS + "?partnership=%3Curn:x%3E%20%7D", 400), (PLANS + "?tea=1", 400),
    (PLANS + "?partnership=urn:a&partnership=urn:b", 400), ("/queries/coordinator-on-date?date=yesterday", 400),
    ("/queries/coordinator-on-date?date=2018-02-31", 400), ("/queries/changed-since.csv?date=2020-13-99", 400),
    ("/queries/changed-since?date=2020-13", 400), ("/queries/changed-since?date=", 400), (PLANS + "?partnership=", 400),
    (PLANS + ".rq?bogus=1", 400), (PLANS + ".rq?partnership=x%20y", 400), ("/queries?format=ttl", 406), ("/queries.exe", 406),
    ("/queries/missing-labels?language=%22%40", 400), ("/queries/unknown", 404), (PLANS + ".exe", 404),
    ("/queries/..%2f..%2fuaeu", 404)])
def test_wrong_values_are_refused(service: Service, address: str, status: int) -> None:
    answer = service.client.get(address)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["2020", "2020-02", "2020-02-29"])
def test_dates_are_as_precise_as_they_are_known(service: Service, given: str) -> None:
    assert service.client.get("/queries/changed-since.json", params={"date": given}).status_code == 200


def test_query_text_holds_the_given_values(service: Service) -> None:
    partnership = "https://w3id.org/uaeu-kg/id/partnership/p1"
    page = unescape(service.client.get(PLANS, params={"partnership": partnership}, headers=PAGE).text)
    link = re.search(r'href="(plans-of-partnership\.rq[^"]+)"', page)
    assert link and f"<{partnership}>" in page.split("<details>")[1]
    answer = service.client.get(f"/queries/{link[1]}")
    assert f"<{partnership}>" in answer.text and "plans-of-partnership.rq" in answer.headers["content-disposition"]
    rows = service.get(answer.text, "text/csv")
    assert rows.status_code == 200 and rows.text == service.client.get(f"{PLANS}.csv", params={"partnership": partnership}).text
    again = service.client.get(f"/queries/{link[1]}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and "no-store" not in answer.headers["cache-control"]
    assert service.client.get(f"{PLANS}.rq").headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_question_as_page_by_its_address(service: Service, name: str) -> None:
    for address in (f"/queries/{name}.html", f"/queries/{name}?format=html"):
        page = service.client.get(address)
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html") and 'id="answer"' in page.text


def test_list_in_every_format(service: Service) -> None:
    assert service.client.get("/queries.json").json() == service.client.get("/queries?format=json", headers=PAGE).json()
    for address in ("/queries.csv", "/queries?format=csv"):
        table = service.client.get(address)
        assert table.headers["content-type"].startswith("text/csv") and len(table.text.splitlines()) == len(QUESTIONS) + 1
    for address in ("/queries.html", "/queries?format=html"):
        assert service.client.get(address).headers["content-type"].startswith("text/html")
    assert service.client.get("/queries", headers={"Accept": "text/turtle"}).status_code == 406


def test_prefixes_have_validators(service: Service) -> None:
    answer = service.client.get("/queries/prefixes")
    assert "no-store" not in answer.headers["cache-control"]
    assert service.client.get("/queries/prefixes", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert service.client.head("/queries/prefixes").headers["etag"] == answer.headers["etag"]


def test_list_as_page_and_data(service: Service) -> None:
    listed = service.client.get("/queries").json()
    assert {each["name"] for each in listed} == set(QUESTIONS)
    page = service.client.get("/queries", headers=PAGE)
    assert all(f"/queries/{name}" in page.text for name in QUESTIONS)
    assert service.client.get("/queries/prefixes").json()["uaeu"] == "https://w3id.org/uaeu-kg/ontology#"


def test_editor_works_without_script(service: Service) -> None:
    page = service.client.get("/sparql", headers=PAGE)
    assert page.status_code == 200 and '<textarea id="query" name="query"' in page.text and 'method="get"' in page.text
    assert "script-src" not in page.headers["content-security-policy"] and "'self'" in page.headers["content-security-policy"]
    asked = service.client.get("/sparql", params={"query": "SELECT ?s ('<b>' AS ?x) WHERE { ?s ?p ?o } LIMIT 2"}, headers=PAGE)
    assert asked.text.count("<td>") == 4 and "&lt;b&gt;" in asked.text and "format=excel" in asked.text
    many = service.client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"}, headers=PAGE)
    assert many.text.count("<tr>") == 501 and "there are more" in many.text
    wrong = service.client.get("/sparql", params={"query": "SELECT *\nWHERE { ?s ?p"}, headers=PAGE)
    assert wrong.status_code == 400 and 'data-line="2"' in wrong.text and "Line 2" in wrong.text


def test_every_example_of_the_editor_opens_and_runs(service: Service) -> None:
    page = service.client.get("/sparql", headers=PAGE).text
    examples = [unescape(each) for each in re.findall(r'<li><a href="(/sparql\?query=[^"]+)"', page)]
    assert len(examples) == len(QUESTIONS)
    for address in examples:
        asked = service.client.get(address, headers=PAGE)
        assert asked.status_code == 200 and 'id="answer"' in asked.text, address
    bound = {name for name, query in QUESTIONS.items() if query.parameters}
    assert bound and sum("VALUES" in unquote_plus(address) for address in examples) >= len(bound)


def test_vendored_editor_is_what_its_record_says(service: Service) -> None:
    record = tomllib.loads((YASQE / "vendor.toml").read_text(encoding="utf-8"))
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((YASQE / name).read_bytes()).hexdigest() == digest
        assert service.client.get(f"/static/vendor/yasqe/{name}").status_code == 200
    assert "MIT License" in (YASQE / "LICENSE").read_text(encoding="utf-8")
