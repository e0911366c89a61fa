"""A server of partners and a service that harvests it, both small, for the tests of the harvest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rdflib import Graph, URIRef

from kg.contributions import Contributions, Publisher
from kg.harvest import Outcome, harvest, read_sources
from kg.harvest.sources import Source
from kg.journal import Journal
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.terms import GRAPH, RDF, thing

CASES = Path(__file__).parent / "cases" / "harvest"
GHENT = thing("city", "ghent")
MEALS, BREAD = thing("practice", "ghent-meals"), thing("practice", "ghent-bread")


@dataclass
class Answer:
    """What the server says at an address; `cut` ends the connection after so many bytes, once; `wait` is in seconds."""

    body: bytes = b""
    media_type: str = "text/turtle"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    length: int = -1
    wait: float = 0.0


@dataclass
class Partner:
    """A server on the loopback: its address, what it answers by path, and the requests that came as path and headers."""

    address: str
    answers: dict[str, Answer]
    asked: list[tuple[str, dict[str, str]]]


@contextmanager
def serve() -> Iterator[Partner]:
    """Serve until the block ends: conditional requests by ETag, and parts of what has one."""
    answers: dict[str, Answer] = {}
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
            answer = answers.get(self.path, Answer(status=404))
            tag = answer.headers.get("ETag", "")
            if tag and self.headers.get("If-None-Match") == tag:
                self.send_response(304)
                self.end_headers()
                return
            body, status = answer.body, answer.status
            wanted = self.headers.get("Range", "")
            if wanted and tag and self.headers.get("If-Range") == tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                status = 206
                self.send_response(status)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
                body = body[start:]
            else:
                self.send_response(status)
            self.send_header("Content-Type", answer.media_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.length:
                self.send_header("Content-Length", str(len(body) if answer.length < 0 else answer.length))
            self.end_headers()
            cut, answer.cut = answer.cut, 0
            time.sleep(answer.wait)
            self.wfile.write(body[:cut] if cut else body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield Partner(f"http://127.0.0.1:{server.server_port}", answers, asked)
    finally:
        server.shutdown()
        server.server_close()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def wait(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


@dataclass
class Harvester:
    """A service with a small store that takes sources."""

    settings: Settings
    store: LocalStore
    contributions: Contributions
    clock: Clock

    def take(self, *sources: Source) -> list[Outcome]:
        """Harvest the sources."""
        return harvest(sources, self.settings, lambda: nullcontext(self.contributions), self.clock)

    def has(self, iri: URIRef) -> bool:
        """Whether a thing is published."""
        return next(self.store.match(iri, RDF.type, None), None) is not None

    def harvested(self) -> dict[str, Graph]:
        """The graphs that were harvested, by the end of their names."""
        head = str(GRAPH["harvest/"])
        return {str(name).removeprefix(head): self.store.graph(name) for name in self.store.names()
                if str(name).startswith(head) and "/" in str(name).removeprefix(head)}


def make_harvester(folder: Path, private: tuple[str, ...] = ("http://127.0.0.1:",)) -> Harvester:
    """A harvester whose store holds what the cases say is here."""
    settings = read_settings({}, var=folder, harvest_private=private)
    store, clock = LocalStore(), Clock()
    store.put(GRAPH["base/here"], read_case("here.ttl"))
    journal = Journal("sqlite://", clock)
    return Harvester(settings, store, Contributions(store, journal, Publisher(settings, store, journal).follow), clock)


def read_case(name: str) -> Graph:
    """A file of the cases."""
    return Graph().parse(CASES / name)


def read_list(folder: Path, text: str) -> list[Source]:
    """The sources of a list that is written here."""
    path = folder / "sources.ttl"
    path.write_text(text, encoding="utf-8")
    return read_sources(path)


def list_ghent(folder: Path, address: str, instead: str = "") -> Source:
    """The partner of the cases at an address; `instead` is another way than its dump."""
    text = (CASES / "sources.ttl").read_text(encoding="utf-8")
    text = text.replace("void:dataDump <ADDRESS/ghent.ttl>", instead or "void:dataDump <ADDRESS/ghent.ttl>")
    return read_list(folder, text.replace("ADDRESS", address))[0]
