"""The OpenAPI description: every address is described, and its parameters are those that the route itself names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.openapi import ADDRESSES

PLACES = {"kind": "initiative", "reference": "circular-pp", "name": "ProcurementPractice", "version": "0.1.0", "file": "manifest.json",
          "page": "x.trig", "scheme": "theme", "code": "local-food", "module": "agenda-mandatory", "one": "x", "other": "y"}
OWN = {"/{name}": "practices", "/queries/{name}": "themes-without-practice", "/reconcile/suggest/{kind}": "entity",
       "/doc/feature/{reference}": "shared-theme/theme-food", "/doc/profile/{reference}": "initiative-circular-pp/shared-theme"}


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    found = client.get("/openapi.json").json()
    assert isinstance(found, dict)
    return found


def test_every_operation_is_described(described: dict[str, Any]) -> None:
    operations = {f"POST {path}" if method == "post" else path.removesuffix(".{suffix}"): each
                  for path, methods in described["paths"].items() for method, each in methods.items()}
    assert set(operations) == set(ADDRESSES)
    assert all("422" not in each["responses"] and "4XX" in each["responses"] for each in operations.values())
    assert all(each["requestBody"]["content"] for name, each in operations.items() if name.startswith("POST"))


def test_no_address_takes_other_parameters_than_described(described: dict[str, Any], client: TestClient) -> None:
    compared = 0
    for path, methods in described["paths"].items():
        if "get" not in methods or ADDRESSES[path.removesuffix(".{suffix}")].open:
            continue
        address = re.sub(r"{(\w+)}", lambda found: OWN.get(path, PLACES.get(found[1], "json")), path)  # noqa: B023
        answer = client.get(address, params={"unheard-of": "1"}, headers={"Authorization": "Bearer none"})
        if answer.status_code == 401 or path in ("/health", "/ready", "/context.jsonld"):
            continue
        assert answer.status_code == 400, path
        detail = answer.json()["detail"]
        assert detail.endswith("None is known.") or "Known are " in detail, path
        known = detail.partition("Known are ")[2].strip(".").replace(" and ", ", ").split(", ")
        said = {each["name"] for each in methods["get"]["parameters"] if each["in"] == "query"}
        assert {*known, "lang"} - {""} == said | {"lang"}, path
        compared += 1
    assert compared > 40


MADE = ("/graphs", "/data/{version}/{file}", "/data/latest/{file}", "/stream/{page}", "/contributions/{reference}", "/reviews", "/reviews/{reference}",
        "/cooperation/{one}/{other}", "/doc/synergy/{reference}", "/ontology/{version}", "/context/{version}.jsonld", "/reconcile/preview")
"""Addresses that answer well only for what a release, a contribution or the data of the day has."""


def test_every_example_is_answered_as_documented(described: dict[str, Any], client: TestClient) -> None:
    """Each example of a parameter is sent alone; status and media type are documented, and each operation answers well at least once."""
    stems: dict[str, bool] = defaultdict(bool)
    sent = 0
    for path, methods in described["paths"].items():
        operation = methods.get("get")
        if operation is None:
            continue
        address = re.sub(r"{(\w+)}", lambda found: OWN.get(path, PLACES.get(found[1], "json")), path)  # noqa: B023
        examples = [{each["name"]: example} for each in operation["parameters"] if each["in"] == "query"
                    for example in each["schema"].get("examples", ())]
        for parameters in ({}, *examples):
            answer = client.get(address, params=parameters, follow_redirects=False)
            status = str(answer.status_code)
            documented = operation["responses"].get(status) or operation["responses"].get(f"{status[0]}XX")
            assert documented is not None and answer.status_code < 500, (address, parameters, status)
            if answer.is_success:
                assert answer.headers["content-type"].split(";")[0] in documented["content"], (address, parameters)
            elif not answer.is_redirect:
                assert answer.headers["content-type"] == "application/problem+json", (address, parameters)
            stems[path.removesuffix(".{suffix}")] |= answer.status_code < 400
            sent += 1
    assert {stem for stem, well in stems.items() if not well} <= set(MADE), "no example of these is answered well"
    assert sent > 100
