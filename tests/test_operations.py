"""What an operator sees: readiness, metrics, log lines without personal data."""

from __future__ import annotations

import io
import json

from fastapi.testclient import TestClient

from api.observing import LINES, Log


def test_a_copy_that_serves_the_journal_is_ready(client: TestClient) -> None:
    answer = client.get("/ready")
    assert answer.status_code == 200 and answer.json()["ready"] and answer.json()["journal"] == answer.json()["published"]


def test_a_copy_that_cannot_follow_says_why(client: TestClient) -> None:
    client.app.state.following = "the journal gave no answer"  # type: ignore[attr-defined]
    try:
        answer = client.get("/ready")
        assert answer.status_code == 503 and "no answer" in answer.json()["problem"]
    finally:
        client.app.state.following = ""  # type: ignore[attr-defined]


def test_metrics_count_by_route_and_never_by_address(client: TestClient) -> None:
    client.get("/doc/initiative/circular-pp", params={"lang": "en"})
    client.head("/doc/initiative/circular-pp")
    client.get("/no-such-page-of-mine")
    text = client.get("/metrics").text
    assert 'kg_requests_total{method="HEAD",route="/doc/{kind}/{reference}",status="200"}' in text
    assert "circular-pp" not in text and "no-such-page" not in text
    assert f'kg_data_version{{version="{client.app.state.version}"}} 1.0' in text  # type: ignore[attr-defined]


def test_lines_are_limited_and_the_gap_is_told() -> None:
    stream, times = io.StringIO(), iter([100.0] * (LINES + 5) + [101.0])
    log = Log(stream, lambda: next(times))
    for number in range(LINES + 6):
        log.write(route="/", number=number)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == LINES + 1 and lines[-1]["omitted_before"] == 5 and lines[0]["time"] == "1970-01-01T00:01:40.000Z"
