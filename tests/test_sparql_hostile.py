"""Hostile requests against a running service: each is refused in words within the deadline, and the service lives on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sparql_service import Service, run_service

CASES = sorted((Path(__file__).parent / "cases" / "hostile_sparql").glob("*.json"))
SECONDS = 1.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("hostile"), sparql_seconds=SECONDS, sparql_memory=300) as running:
        yield running


def send(service: Service, case: dict[str, Any]) -> httpx.Response:
    if "query" in case:
        query = case["query"]
        for mark, (text, count) in case.get("repeat", {}).items():
            query = query.replace(mark, text * count)
        for mark, (head, tail, count) in case.get("fill", {}).items():
            query = query.replace(mark, head + " ".join(map(str, range(count))) + tail)
        if case.get("method") == "POST" or len(query) > 6000:
            return service.client.post("/sparql", content=query.encode(), headers={"Content-Type": "application/sparql-query"})
        return service.get(query)
    if "path" in case:
        return service.client.get(case["path"])
    text, count = case.get("raw_repeat", ["", 0])
    body = bytes.fromhex(case["raw_hex"]) if "raw_hex" in case else (case.get("raw", "") + text * count).encode()
    return service.client.post("/sparql", content=body, headers={"Content-Type": case["content_type"]})


def test_there_are_forty() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_it_is_refused_in_words_and_the_service_lives(service: Service, path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    begun = time.monotonic()
    answer = send(service, case)
    assert time.monotonic() - begun < SECONDS + 3
    if not (case.get("accept_ok") and answer.status_code == 200):
        assert answer.status_code in case["expect"], (answer.status_code, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code and problem["title"] and problem["detail"]
        assert "Traceback" not in answer.text and "/tmp" not in answer.text
    assert service.get("ASK {}").json()["boolean"] is True


def test_a_query_past_its_memory_says_so_and_how_much_it_may_have(tmp_path: Path) -> None:
    long = "x" * 1000
    with run_service(tmp_path, sparql_seconds=90, sparql_memory=300) as service:
        answer = service.get(f'SELECT (STRLEN(REPLACE(REPLACE("{long}", "x", "{long}"), "x", "{long}")) AS ?n) WHERE {{}}')
        problem = answer.json()
        assert answer.status_code == 503 and problem["title"] == "The query needs too much memory" and problem["limit"] == 300
        assert service.get("ASK {}").json()["boolean"] is True
