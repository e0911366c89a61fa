"""Two copies of the service behind a proxy with a path prefix, over one journal: PostgreSQL where the machine has it, else SQLite."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from building import copy_built
from engines import run_postgresql

from kg.bench.serving import Serving, start_ours, stop
from kg.build import Built
from kg.journal import Journal
from kg.settings import Settings
from kg.soak import Answer, Ledger
from kg.soak.questions import LISTED, MARKED, READ, RECORD, write_record, write_title

KEY = "key-of-the-test"
PREFIX = "/agenda/kg"
PATIENCE = 300.0


@dataclass
class Copies:
    """The copies by name, the address of the proxy before them, and the way to start one again."""

    serving: dict[str, Serving]
    proxy: str
    journal: str
    start: Callable[[str], Serving]

    def version(self, name: str) -> str:
        return str(httpx.get(f"{self.serving[name].address}/ready", timeout=PATIENCE).json()["data_version"])

    def settled(self) -> str:
        """The data version once both copies serve the last event of the journal."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = [httpx.get(f"{each.address}/ready", timeout=PATIENCE).json() for each in self.serving.values()]
            if all(each["ready"] and each["journal"] == each["published"] for each in found) and found[0] == found[1]:
                return str(found[0]["data_version"])
            time.sleep(0.3)
        raise AssertionError(f"the copies do not come together: {found}")

    def contribute(self, name: str, number: str) -> str:
        sent = httpx.post(f"{self.serving[name].address}/contributions", content=write_record(number, 1), timeout=PATIENCE,
                          headers={"Content-Type": "text/turtle", "Accept": "application/json"})
        assert sent.status_code == 201, sent.text
        return str(sent.json()["reference"])

    def publish(self, name: str, reference: str) -> httpx.Response:
        return httpx.post(f"{self.serving[name].address}/reviews/{reference}/publish", data={"why": ""}, timeout=PATIENCE,
                          headers={"Authorization": f"Bearer {KEY}", "Accept": "application/json"})


@contextmanager
def proxying(serving: dict[str, Serving]) -> Iterator[str]:
    """A reverse proxy that takes the prefix away and asks the copies in turn; gives its address with the prefix."""
    turn, lock = cycle(("one", "two")), threading.Lock()

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                name = next(turn)
            headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
            got = httpx.get(serving[name].address + self.path.removeprefix(PREFIX), headers=headers, timeout=PATIENCE)
            self.send_response(got.status_code)
            for key, value in got.headers.items():
                if key not in ("content-length", "content-encoding", "transfer-encoding", "connection"):
                    self.send_header(key, value)
            body = got.content if got.status_code != 304 else b""
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Copy", name)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("journal")
    server = run_postgresql(folder)
    try:
        address = server.__enter__()
    except pytest.skip.Exception:
        yield f"sqlite:///{folder / 'journal.sqlite'}"
        return
    yield address
    server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, settings: Settings, built: Built, journal: str) -> Iterator[Copies]:
    folder = tmp_path_factory.mktemp("copies")

    def begin(name: str) -> Serving:
        return start_ours({"KG_VAR": str(folder / name), "KG_JOURNAL": journal, "KG_REVIEWER_KEY": KEY, "KG_POSTS": "0",
                           "KG_BASE": f"https://city.example{PREFIX}/"})

    for name in ("one", "two"):
        copy_built(settings.var, folder / name)
    serving: dict[str, Serving] = {}
    try:
        for name in ("one", "two"):
            serving[name] = begin(name)
        with proxying(serving) as proxy:
            made = Copies(serving, proxy, journal, begin)
            made.settled()
            yield made
    finally:
        for each in serving.values():
            stop(each.process)


@pytest.mark.parametrize("address", [each for each in READ if "COUNT" not in each and not each.startswith("/doc/theme/")])
def test_any_copy_gives_the_same_answer_with_the_same_tag(copies: Copies, address: str) -> None:
    answers = [httpx.get(copies.proxy + address, timeout=PATIENCE) for _ in range(2)]
    assert {each.headers["x-copy"] for each in answers} == {"one", "two"}
    one, two = answers
    assert one.status_code == 200 and one.content == two.content
    assert one.headers["etag"] == two.headers["etag"] and one.headers["data-version"] == two.headers["data-version"]
    again = [httpx.get(copies.proxy + address, headers={"If-None-Match": one.headers["etag"]}, timeout=PATIENCE) for _ in range(2)]
    assert [each.status_code for each in again] == [304, 304]


def test_rolling_to_a_new_version_never_mixes_versions_in_an_answer(copies: Copies) -> None:
    ledger, titles, done = Ledger(), {f"{MARKED}1": write_title("1", 1)}, threading.Event()
    ledger.state(copies.settled(), {}, frozenset())
    lock = threading.Lock()

    def read(address: str) -> None:
        while not done.is_set():
            got = httpx.get(copies.proxy + address, timeout=PATIENCE, headers={
                "Accept": "application/sparql-results+json, application/json" if address.startswith(("/sparql", RECORD)) else "*/*"})
            answer = Answer(got.headers["x-copy"], address, got.status_code, got.headers.get("data-version", ""), got.content, 0.0)
            with lock:
                ledger.take(answer)
            time.sleep(0.02)

    addresses = (LISTED, f"{RECORD}1", "/practices?limit=100", "/search?q=soak", "/doc/city/haarlem")
    readers = [threading.Thread(target=read, args=(address,)) for address in addresses]
    for reader in readers:
        reader.start()
    try:
        published = copies.publish("one", copies.contribute("two", "1"))
        assert published.status_code == 200, published.text
        last = copies.settled()
        time.sleep(1)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    ledger.state(last, titles, frozenset())
    assert ledger.find_wrong() == [] and ledger.answers > 20
    with suppress(KeyError):
        assert ledger.statuses[500] == 0
    assert httpx.get(f"{copies.proxy}{RECORD}1.json", timeout=PATIENCE).json()["label"] == write_title("1", 1)


def test_a_copy_that_is_killed_in_a_publish_loses_and_doubles_nothing(copies: Copies) -> None:
    before = copies.settled()
    reference = copies.contribute("one", "2")
    answer: list[Any] = []

    def send() -> None:
        with suppress(httpx.HTTPError):
            answer.append(copies.publish("one", reference))

    sender = threading.Thread(target=send)
    sender.start()
    book = Journal(copies.journal)
    end = time.monotonic() + PATIENCE
    while book.contribution(reference).status != "published" and time.monotonic() < end:
        time.sleep(0.02)
    copies.serving["one"].process.kill()
    copies.serving["one"].process.wait()
    sender.join()
    assert not answer or answer[0].status_code == 200
    # The step stands in the journal: the other copy follows it alone, and the killed one when it starts again.
    while copies.version("two") == before and time.monotonic() < end:
        time.sleep(0.3)
    copies.serving["one"] = copies.start("one")
    copies.settled()
    assert [event.kind for event in book.events(reference=reference)].count("published") == 1
    assert copies.publish("two", reference).status_code == 409
    for each in copies.serving.values():
        rows = httpx.get(each.address + LISTED, headers={"Accept": "application/sparql-results+json"}, timeout=PATIENCE).json()
        assert [row["title"]["value"] for row in rows["results"]["bindings"]] == [write_title("1", 1), write_title("2", 1)]
    book.close()


def test_a_backup_is_taken_while_copies_serve(copies: Copies, tmp_path: Path) -> None:
    book, copy = Journal(copies.journal), Journal(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    book.copy_to(copy)
    assert copy.events() == book.events() and copy.sequence() == book.sequence()
    assert httpx.get(f"{copies.proxy}/ready", timeout=PATIENCE).status_code == 200
    book.close()
    copy.close()
