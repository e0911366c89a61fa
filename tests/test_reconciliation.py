"""A column of names becomes our IRIs: manifest, batches, suggestions, preview, extension, and names written wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.index import Index
from kg.reconciliation import Matcher, Question
from kg.reconciliation.evaluate import measure, read_official_names
from kg.settings import Settings


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
