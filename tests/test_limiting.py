"""Who sends too often is told when to go on, and disturbs nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.limiting import SENDERS, Limiter
from kg.contributions.keys import add_key
from kg.errors import TooMany
from kg.settings import read_settings
from kg.store.local import LocalStore

NOTHING = {"content": b"", "headers": {"Content-Type": "text/turtle", "Accept": "application/json"}}


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    limiter = Limiter(3, lambda: now[0])
    for _ in range(3):
        limiter.take("a")
    with pytest.raises(TooMany) as caught:
        limiter.take("a")
    assert caught.value.retry_after == 20 and caught.value.limit == 3
    limiter.take("b")
    now[0] = 19.0
    with pytest.raises(TooMany):
        limiter.take("a")
    now[0] = 20.0
    limiter.take("a")
    with pytest.raises(TooMany):
        limiter.take("a")
    now[0] = 1000.0
    for _ in range(3):
        limiter.take("a")


def test_no_limit_and_a_bounded_memory() -> None:
    free, limiter = Limiter(0), Limiter(1, lambda: 0.0)
    for number in range(SENDERS + 5):
        free.take("a")
        limiter.take(str(number))
    assert len(limiter._left) == SENDERS


@pytest.mark.parametrize("path", ["/validate", "/contributions", "/contributions/x/submit", "/reviews/x/accept"])
def test_the_service_answers_429_per_address_and_key(path: str, tmp_path: Path) -> None:
    app = create_app(read_settings({}, var=tmp_path, posts=2, trust_proxy=True), LocalStore())
    key, secret = add_key(app.state.journal, "https://example.org/id/city", "partner")
    client = TestClient(app)

    def send(**headers: str) -> int:
        return client.post(path, content=b"", headers={**NOTHING["headers"], **headers}).status_code  # type: ignore[dict-item]

    with client:
        assert [send() for _ in range(2)].count(429) == 0
        answer = client.post(path, **NOTHING)  # type: ignore[arg-type]
        assert answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 30
        assert answer.headers["content-type"] == "application/problem+json" and "Go on in" in answer.json()["detail"]
        assert send(Authorization="Bearer made-up") == 429
        assert send(Authorization=f"Bearer {secret}") != 429
        assert send(**{"X-Forwarded-For": "192.0.2.1, 192.0.2.7"}) != 429
        assert client.get("/validate").status_code == 200
    assert key.role == "partner"
