"""What an operator sees: one log line per request and metrics, both without personal data.

Neither addresses of clients nor query strings nor contributed text are kept: a line has the time, the route, the status, the
duration and the data version. More than `LINES` lines in a second are counted instead of written.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TextIO

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.prefix import find_own_path
from kg.index import LISTS

LINES: Final = 50
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Log:
    """Lines of JSON on a stream, at most `LINES` in a second; the next line after a pause says how many were left out."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self.stream, self.clock = stream, clock
        self._second, self._written, self._omitted = 0, 0, 0

    def write(self, **values: object) -> None:
        """Write one line."""
        now = self.clock()
        if int(now) != self._second:
            self._second, self._written = int(now), 0
        if self._written >= LINES:
            self._omitted += 1
            return
        self._written += 1
        if self._omitted:
            values["omitted_before"], self._omitted = self._omitted, 0
        stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.stream.write(json.dumps({"time": stamp, **values}, ensure_ascii=False) + "\n")
        self.stream.flush()


class Metrics:
    """Counts and times by route and status, in a registry of the application's own (Prometheus text format)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("kg_requests_total", "Requests by route, method and status.", ("route", "method", "status"),
                                registry=self.registry)
        self.seconds = Histogram("kg_request_seconds", "Time to the end of an answer.", ("route",), buckets=BUCKETS,
                                 registry=self.registry)
        self.events = Gauge("kg_journal_sequence", "Last event of the journal that is published here.", registry=self.registry)
        self.version = Gauge("kg_data_version", "1 for the data version that is served.", ("version",), registry=self.registry)


class Observing:
    """Times each request and writes it down when it ends."""

    def __init__(self, app: ASGIApp, application: FastAPI, log: Log | None) -> None:
        self.app, self.application, self.log = app, application, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # what is mounted, as the static files are, puts its address into the path that every layer takes away
        began, status, method, path = time.perf_counter(), 500, scope["method"], find_own_path(scope)

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            seconds = time.perf_counter() - began
            route = name_route(getattr(scope.get("route"), "path", ""), path)
            metrics: Metrics = self.application.state.metrics
            metrics.requests.labels(route, method, str(status)).inc()
            metrics.seconds.labels(route).observe(seconds)
            if self.log is not None:
                self.log.write(route=route, method=method, status=status, milliseconds=round(seconds * 1000, 1),
                               data_version=self.application.state.version)


def name_route(route: str, path: str) -> str:
    """The route as logs and metrics name it: each list by its own address, since all have one route."""
    if route == "/{name}":
        name = path[1:].partition(".")[0]
        return f"/{name}" if name in LISTS else route
    return route or ("/static" if path.startswith("/static/") else "unknown")


def observe(app: FastAPI, lines: bool) -> None:
    """Add metrics to an application, and log lines on standard error when they are wanted."""
    app.state.metrics = Metrics()
    app.add_middleware(Observing, application=app, log=Log(sys.stderr) if lines else None)
