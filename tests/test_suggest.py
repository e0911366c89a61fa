"""Suggestions while typing: misspelt names, accents, other languages; nothing that is typed does harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

STATIC = Path(__file__).parent.parent / "api" / "static"


@pytest.mark.parametrize(("typed", "meant"), [("haarl", "Haarlem"), ("harlem", "Haarlem"), ("harl", "Haarlem"), ("circlar", "Circular economy"), ("Wien", "Vienna"), ("munchen", "Munich"),
                                              ("MÜNCH", "Munich"), ("circullar econ", "Circular economy"), ("roma cap", "City of Rome")])
def test_what_is_meant_is_suggested(client: TestClient, typed: str, meant: str) -> None:
    found = client.get("/suggest", params={"q": typed}).json()["suggestions"]
    assert meant in [each["label"] for each in found]
    assert len(found) <= 8 and len({each["iri"] for each in found}) == len(found)


def test_a_name_that_begins_so_comes_first_and_leads_to_its_page(client: TestClient) -> None:
    first = client.get("/suggest?q=haarl").json()["suggestions"][0]
    assert first["name"] == "Haarlem" and client.get(first["address"], headers={"Accept": "text/html"}).status_code == 200


def test_another_name_is_said_with_the_usual_one(client: TestClient) -> None:
    first = client.get("/suggest?q=wien").json()["suggestions"][0]
    assert (first["name"], first["label"]) == ("Wien", "Vienna")


@pytest.mark.parametrize("typed", ["", " ", "%", '"', "'; DROP TABLE thing; --", "a\x00b", "NEAR(", "*", "x" * 10_000, "<script>", "🙂🙂🙂", "col:x"])
def test_nothing_that_is_typed_does_harm(client: TestClient, typed: str) -> None:
    answer = client.get("/suggest", params={"q": typed})
    assert answer.status_code == 200 and isinstance(answer.json()["suggestions"], list)


def test_unknown_parameters_are_refused(client: TestClient) -> None:
    assert client.get("/suggest?q=a&colour=red").status_code == 400
    assert client.get("/suggest?q=a&limit=21").status_code == 400


def test_the_script_is_small_and_of_this_project(client: TestClient) -> None:
    assert len((STATIC / "suggest.js").read_bytes()) < 3 * 1024
    assert "suggest.js" in client.get("/about", headers={"Accept": "text/html"}).text
