"""An answer over an engine that others publish to is of one version, made again where that moved, or none and said so.

An engine that is away, before an answer is made or after, is said to be away.
"""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.steadying import TRIES, Steadying
from kg.errors import StoreFailed


def ask(client: TestClient, versions: list[str], accept: str = "application/json", method: str = "GET") -> tuple[httpx.Response, int]:
    """An answer, and how often it was made, where the engine has these versions one after the other, and the last one for good.

    An empty version is an engine that is away.
    """
    application, made, looks = cast(FastAPI, client.app), count(), count()

    def look() -> str:
        version = versions[min(next(looks), len(versions) - 1)]
        if not version:
            raise StoreFailed("the engine gave no answer: connection refused", where="http://engine/query", advice="Start it.")
        return version

    engine = SimpleNamespace(version=look)
    state = SimpleNamespace(generation=application.state.generation, publisher=SimpleNamespace(store=engine, follow=lambda: 0))

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        next(made)
        await application(scope, receive, send)

    steadying = Steadying(counting, cast(FastAPI, SimpleNamespace(state=state, exception_handlers=application.exception_handlers)))

    async def outside(scope: Any, receive: Any, send: Any) -> None:
        await steadying({**scope, "app": application}, receive, send)

    return TestClient(outside).request(method, "/doc/city/haarlem", headers={"Accept": accept}), next(made)


def test_a_version_that_stays_costs_one_answer(client: TestClient) -> None:
    answer, made = ask(client, [cast(FastAPI, client.app).state.generation.version])
    assert (answer.status_code, made) == (200, 1)


def test_an_answer_that_a_publish_crossed_is_made_again(client: TestClient) -> None:
    now = cast(FastAPI, client.app).state.generation.version
    answer, made = ask(client, [now, "another", now])
    assert (answer.status_code, made) == (200, 2)


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_an_engine_that_never_rests_is_said_to_be_busy(client: TestClient, accept: str) -> None:
    client.get("/doc/city/haarlem", headers={"Accept": accept})  # kept in memory, an answer enters no generation
    answer, made = ask(client, [str(number) for number in range(100)], accept)
    assert (answer.status_code, made) == (503, TRIES) and answer.headers["retry-after"] == "2"
    if accept == "text/html":
        assert "others publish all the time" in answer.text.casefold()
    else:
        assert answer.headers["content-type"] == "application/problem+json" and {"type", "title", "detail", "instance"} <= answer.json().keys()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("moments", [0, 1])
def test_an_engine_that_is_away_is_said_to_be_away(client: TestClient, accept: str, moments: int, method: str) -> None:
    now = cast(FastAPI, client.app).state.generation.version
    answer, made = ask(client, [now] * moments + [""], accept, method)
    assert (answer.status_code, made) == (502, moments)
    assert answer.headers["content-type"].startswith("text/html" if accept == "text/html" else "application/problem+json")
    if method == "GET":
        assert "the engine gave no answer" in answer.text.casefold() and "start it" in answer.text.casefold()
