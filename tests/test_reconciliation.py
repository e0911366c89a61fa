"""A column of names becomes our IRIs: manifest, batches, suggestions, preview, extension, and names written wrongly."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.index import Index
from kg.reconciliation import Matcher, Question
from kg.reconciliation.evaluate import measure, read_official_names
from kg.settings import Settings
from kg.terms import ID


@pytest.fixture(scope="module")
def matcher(settings: Settings, built: object) -> Matcher:
    return Matcher(Index(settings.var / "index.sqlite"))


def ask(client: TestClient, **queries: Any) -> Any:
    return client.post("/reconcile", data={"queries": json.dumps(queries)}).json()


def test_the_manifest_says_what_the_service_can(client: TestClient) -> None:
    manifest = client.get("/reconcile").json()
    assert manifest["versions"] == ["0.2"] and manifest["identifierSpace"] and manifest["schemaSpace"]
    for service in (*manifest["suggest"].values(), manifest["extend"]["propose_properties"]):
        assert service["service_url"].startswith("http") and service["service_path"].startswith("/reconcile/")
    view = manifest["view"]["url"].replace("{{id}}", "id/city/haarlem")
    assert client.get("/" + view.split("/", 3)[3], follow_redirects=False).status_code == 303
    assert client.get("/" + manifest["preview"]["url"].split("/", 3)[3].replace("{{id}}", "id/city/haarlem")).text.count("Haarlem") == 2


def test_r01_r03_the_manifest_is_json_for_everybody(client: TestClient) -> None:
    answer = client.get("/reconcile", headers={"Origin": "https://openrefine.example"})
    assert answer.headers["content-type"] == "application/json" and answer.headers["access-control-allow-origin"] == "*"
    assert "0.2" in answer.json()["versions"] and {"name", "identifierSpace", "schemaSpace", "view"} <= set(answer.json())
    asked = client.options("/reconcile", headers={"Origin": "https://openrefine.example", "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204 and "POST" in asked.headers["access-control-allow-methods"]


def test_r04_r09_a_column_is_matched_in_batches(client: TestClient, matcher: Matcher) -> None:
    """As OpenRefine sends a column of a thousand rows, in batches; and the largest batch that is taken."""
    names = [text for iri, text in matcher.index.names() if iri.startswith((f"{ID}city/", f"{ID}organisation/"))]
    met = 0
    column = (names * (1 + 1000 // len(names)))[:1000]
    for size, rows in ((10, column), (50, column[:50])):
        for start in range(0, len(rows), size):
            batch = {f"q{number}": {"query": name, "limit": 2} for number, name in enumerate(rows[start:start + size])}
            answer = client.post("/reconcile", data={"queries": json.dumps(batch)})
            assert answer.status_code == 200 and list(answer.json()) == list(batch)
            for found in answer.json().values():
                assert len(found["result"]) <= 2
                met += bool(found["result"])
                for candidate in found["result"]:
                    assert {"id", "name", "score", "match", "type"} <= set(candidate) and isinstance(candidate["match"], bool)
                    assert candidate["type"] and {"id", "name"} <= set(candidate["type"][0])
    assert met == len(column) + 50
    assert ask(client, q0={"query": "zzzqqqxxx"}) == {"q0": {"result": []}}


def test_answers_keep_the_schemas_of_the_specification(client: TestClient) -> None:
    """The official JSON schemas, first on their own valid and invalid examples, then on ours."""
    specification = Path(os.environ.get("KG_RECONCILIATION_SPECS", "")) / "0.2"
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: pip install jsonschema")
    if not (specification / "schemas").is_dir():
        pytest.skip("KG_RECONCILIATION_SPECS names no clone of https://github.com/reconciliation-api/specs")

    import referencing.jsonschema

    schemas = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (specification / "schemas").glob("*.json")}
    registry = referencing.Registry().with_resources(
        (schema["$id"].rstrip("#"), referencing.jsonschema.DRAFT7.create_resource(schema)) for schema in schemas.values())

    def validator(name: str) -> Any:
        return jsonschema.Draft7Validator(schemas[name], registry=registry)

    checked = 0
    for folder in sorted((specification / "examples").iterdir()):
        for path in sorted(folder.glob("*valid/*.json")):
            if folder.name in schemas:
                assert validator(folder.name).is_valid(json.loads(path.read_text(encoding="utf-8"))) is (path.parent.name == "valid"), path
                checked += 1
    assert checked > 30
    asked = {"ids": ["id/city/haarlem"], "properties": [{"id": "country"}, {"id": "latitude"}]}
    queries = {"q0": {"query": "Haarlem", "type": "city", "limit": 3, "properties": [{"pid": "country", "v": "NLD"}]}, "q1": {"query": "zzzqqq"}}
    validator("reconciliation-query-batch").validate(queries)
    validator("data-extension-query").validate(asked)
    answers = {"manifest": client.get("/reconcile").json(), "reconciliation-result-batch": ask(client, **queries),
               "data-extension-response": client.post("/reconcile", data={"extend": json.dumps(asked)}).json(),
               "data-extension-property-proposal": client.get("/reconcile/extend/propose", params={"type": "city"}).json(),
               "suggest-entities-response": client.get("/reconcile/suggest/entity", params={"prefix": "Haarl"}).json(),
               "suggest-types-response": client.get("/reconcile/suggest/type", params={"prefix": "ci"}).json(),
               "suggest-properties-response": client.get("/reconcile/suggest/property", params={"prefix": "co"}).json()}
    for name, answer in answers.items():
        validator(name).validate(answer)


def test_a_batch_is_answered_by_key_with_the_shape_of_the_api(client: TestClient) -> None:
    found = ask(client, q0={"query": "Haarlem", "type": "city"}, q1={"query": "Circular economy", "type": ["theme"], "limit": 3}, q2={"query": "zzzqqqxxx"})
    assert set(found) == {"q0", "q1", "q2"} and found["q2"]["result"] == []
    best = found["q0"]["result"][0]
    assert best["id"] == "id/city/haarlem" and best["match"] is True and best["score"] == 100.0 and best["type"] == [{"id": "city", "name": "City"}]
    assert found["q1"]["result"][0]["id"] == "voc/theme/circular-economy" and len(found["q1"]["result"]) <= 3
    assert client.get("/reconcile", params={"queries": json.dumps({"a": {"query": "Haarlem"}})}).json()["a"]["result"]


def test_another_column_decides_between_equal_names(matcher: Matcher) -> None:
    plain = matcher.find(Question("Haarlem", ("city",)))
    right = matcher.find(Question("Haarlem", ("city",), (("country", "NLD"),)))
    wrong = matcher.find(Question("Haarlem", ("city",), (("country", "DEU"),)))
    assert right[0].score == plain[0].score == 100.0 and wrong[0].score == 75.0 and not wrong[0].match


def test_columns_are_added_to_what_was_matched(client: TestClient) -> None:
    asked = {"ids": ["id/city/haarlem", "id/city/none"], "properties": [{"id": "country"}, {"id": "latitude"}, {"id": "name", "settings": {"language": "nl"}}]}
    found = client.post("/reconcile", data={"extend": json.dumps(asked)}).json()
    assert [each["id"] for each in found["meta"]] == ["country", "latitude", "name"]
    row = found["rows"]["id/city/haarlem"]
    assert row["country"][0]["name"] == "Netherlands" and 52 < row["latitude"][0]["float"] < 53
    assert found["rows"]["id/city/none"]["country"] == []
    assert client.get("/reconcile/extend/propose", params={"type": "city"}).json()["properties"]


@pytest.mark.parametrize(("kind", "prefix", "expected"), [("entity", "Haarl", "id/city/haarlem"), ("type", "Cit", "city"), ("property", "cou", "country")])
def test_suggestions_while_typing(kind: str, prefix: str, expected: str, client: TestClient) -> None:
    assert expected in [each["id"] for each in client.get(f"/reconcile/suggest/{kind}", params={"prefix": prefix}).json()["result"]]


@pytest.mark.parametrize(("form", "status"), [
    ({"queries": "no json"}, 400), ({"queries": "[]"}, 400), ({"queries": '{"q": {}}'}, 400), ({"queries": '{"q": {"query": 5}}'}, 400),
    ({"extend": '{"ids": 1}'}, 400), ({"extend": '{"ids": [], "properties": [{"id": "shoe size"}]}'}, 400),
    ({"queries": json.dumps({str(n): {"query": "x"} for n in range(60)})}, 413), ({"queries": "x" * 300_000}, 413)])
def test_what_cannot_be_understood_is_refused_in_words(form: dict[str, str], status: int, client: TestClient) -> None:
    answer = client.post("/reconcile", data=form)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"


def test_hostile_names_do_no_harm(matcher: Matcher) -> None:
    for name in ('" OR 1', "NEAR(", "a", "", "é" * 500, "'; DROP TABLE name; --", "\x00", "日本語の名前"):
        assert isinstance(matcher.find(Question(name)), list)
    assert matcher.find(Question("Haarlem"))


def test_names_written_wrongly_are_found(matcher: Matcher) -> None:
    quality = {each.recipe: each for each in measure(matcher)}
    assert set(quality) >= {"swapped", "dropped", "doubled", "without accents", "other names"}
    for each in quality.values():
        assert each.names > 20
        assert each.first >= 0.85 and each.third >= 0.92, each


def test_names_of_cities_in_other_languages_and_scripts_are_found(matcher: Matcher, tmp_path: Path) -> None:
    table = tmp_path / "places.rdf"
    names = {"Vienna": "Bécs Βιέννη Виена Wiedeń", "Copenhagen": "Kodaň Копенхаген Kööpenhamina", "Lisbon": "Lissabon Λισαβόνα",
             "Seville": "Siviglia Севиля", "Prague": "Praag Прага Prága", "Munich": "Monachium Μόναχο", "Nowhere": "Nikur"}
    table.write_text('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">' + "".join(
        f'<skos:Concept rdf:about="https://example.org/{name}"><skos:prefLabel xml:lang="en">{name}</skos:prefLabel>'
        + "".join(f'<skos:prefLabel xml:lang="mul">{other}</skos:prefLabel>' for other in others.split()) + "</skos:Concept>"
        for name, others in names.items()) + "</rdf:RDF>", encoding="utf-8")
    found = measure(matcher, read_official_names(table))[-1]
    assert (found.recipe, found.names, found.first, found.third) == ("translated", 16, 1.0, 1.0)
