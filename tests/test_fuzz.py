"""Whatever is sent is answered, and never with a fault of the service: documents, forms and profiles that nobody thought of."""

from __future__ import annotations

import json
import math
import random

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from kg.cli.check_fuzz import fuzz
from kg.errors import Invalid
from kg.forms import load_forms
from kg.fuzz.documents import PRACTICE, break_documents, break_one

EACH = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = some.recursive(some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
                      lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3), max_leaves=8)
NAMES = some.sampled_from(["theme", "instrument", "country", "text", "limit", "q0", "query", "type", "properties", "ids", "id"])


def test_the_same_seed_breaks_the_same_documents() -> None:
    made = list(break_documents(60, 3, b"PK a workbook"))
    assert made == list(break_documents(60, 3, b"PK a workbook")) != list(break_documents(60, 4, b"PK a workbook"))
    assert len({media_type for media_type, _ in made}) == 8 and len({document for _, document in made}) > 50
    assert break_one(PRACTICE.encode(), random.Random(1)) != PRACTICE.encode()


def test_broken_documents_are_answered(client: TestClient) -> None:
    sheet = client.get("/contribute/practice.xlsx").content
    answered = set()
    for media_type, document in break_documents(48, 11, sheet):
        answer = client.post("/validate", params={"form": "practice"}, content=document, headers={"Content-Type": media_type})
        assert answer.status_code < 500, (media_type, document)
        assert answer.json().get("remarks") is not None or answer.json()["detail"]
        answered.add(answer.status_code)
    assert answered >= {200, 400}


@EACH
@given(some.sampled_from(sorted(load_forms())), some.data())
def test_any_form_is_answered(client: TestClient, name: str, data: some.DataObject) -> None:
    form = load_forms()[name]
    keys = some.sampled_from([*form.table.columns, *(f"{key}-2" for key in form.table.columns), "add", "replaces", "contact", "", "id"])
    pairs = data.draw(some.lists(some.tuples(keys, some.text(max_size=30)), max_size=12))
    answer = client.post("/contributions", params={"form": name}, data={key: value for key, value in pairs} | {"form": name},
                         headers={"Accept": data.draw(some.sampled_from(["application/json", "text/html"]))})
    assert answer.status_code < 500, pairs


@EACH
@example({"theme": math.inf, "text": math.nan})
@given(some.dictionaries(NAMES, JSON, max_size=4))
def test_any_profile_and_any_batch_is_answered(client: TestClient, sent: dict[str, object]) -> None:
    document = json.dumps(sent)  # writes NaN and Infinity too, which are no JSON and which a client of Python sends
    for accepted in ("application/json", "text/html"):
        assert client.post("/match", content=document, headers={"Content-Type": "application/json", "Accept": accepted}).status_code < 500
    for key in ("queries", "extend"):
        assert client.post("/reconcile", data={key: json.dumps(sent)}).status_code < 500
        assert client.post("/reconcile", data={key: json.dumps({"q0": sent | {"query": "x"}})}).status_code < 500


def test_without_schemathesis_the_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.fuzz.run.importlib.util.find_spec", lambda name: None)
    with pytest.raises(Invalid) as caught:
        fuzz(examples=1, documents=1, seed=1)
    assert "pip install" in caught.value.advice
