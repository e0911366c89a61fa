"""The figures of the SPARQL service beside `oxigraph serve`, rdflib-endpoint and the engine alone, and how soon its workers are free."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from kg.bench.figure import Figure
from kg.bench.peers import WORKERS, find_oxigraph, serve_ours, serve_oxigraph, serve_rdflib, write_data
from kg.bench.serving import find_children
from kg.bench.size import Size
from kg.errors import StoreFailed
from kg.queries import load_queries
from kg.settings import Settings

TINY: Final = "SELECT ?p ?o WHERE { <https://w3id.org/uaeu-kg/id/initiative/generated-NUMBER> ?p ?o }"
LARGE: Final = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 120000"
"""About 30 MB of results in JSON."""
HUGE: Final = "SELECT (COUNT(*) AS ?n) WHERE { VALUES ?a { NUMBERS } VALUES ?b { NUMBERS } VALUES ?c { NUMBERS } FILTER(?a + ?b != ?c) }"
"""The bomb of 300 kB: three lists of so many numbers as NUMBERS says."""
NUMBERS: Final = 17_000
BOMBS: Final = Path(__file__).parent / "bombs"
AT_ONCE: Final = 20
THINGS: Final = 5000
"""Things that different tiny queries ask for in turn."""
RAW: Final = """
import pathlib, sys, time, pyoxigraph
store, query, target = pyoxigraph.Store.read_only(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
for _ in range(int(sys.argv[4])):
    begun = time.perf_counter()
    store.query(query).serialize(str(target), pyoxigraph.QueryResultsFormat.JSON)
    print(target.stat().st_size / 1e6 / (time.perf_counter() - begun), flush=True)
"""
"""What the engine does with the large query in a process of its own, without service, limits and network."""


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Tiny queries and a large result beside each peer, pages under each bomb, workers that are killed or left, memory."""
    label = f"{size.quads:,} quads"
    write_data(settings.var / "data.nq", size.quads)
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    own: list[Figure] = []
    for service, start in (("", serve_ours), ("oxigraph serve", serve_oxigraph), ("rdflib-endpoint", serve_rdflib)):
        if (start is serve_oxigraph and not find_oxigraph()) or (start is serve_rdflib and not find_spec("rdflib_endpoint")):
            say(f"{service} is not installed (pip install {service.split()[0]}): no peer")
            continue
        with start(settings.var) as (port, path, process):
            found[service] = measure_peer(port, path, size, large=start is not serve_rdflib)
            say(f"{service or 'this service'}: {({name: round(runs[-1]) for name, runs in found[service].items()})}")
            if start is serve_ours:
                own = list(measure_own(port, path, process.pid, size, say))
                found["the engine alone"] = {"large result": measure_raw(settings.var, size.runs)}
                say(f"the engine alone: {found['the engine alone']}")
    yield from compare(found, label)
    for figure in own:
        yield Figure(figure.name, figure.unit, figure.runs, goal=figure.goal, size=label)


def measure_peer(port: int, path: str, size: Size, *, large: bool) -> dict[str, tuple[float, ...]]:
    """What is measured of every service: requests a second, and megabytes a second of the large result where it is asked for."""
    _warm(port, path)
    runs = range(size.runs)
    found = {"tiny query, 1 client": tuple(asyncio.run(_rate(port, path, 1, size.seconds)) for _ in runs),
             "tiny query, 8 clients": tuple(asyncio.run(_rate(port, path, 8, size.seconds)) for _ in runs),
             "different tiny queries, 8 clients": tuple(asyncio.run(_rate(port, path, 8, size.seconds, different=True)) for _ in runs)}
    return found | ({"large result": tuple(_large(port, path) for _ in runs)} if large else {})


def measure_raw(folder: Path, runs: int) -> tuple[float, ...]:
    """Megabytes a second of the engine alone over the store of this service, the better of two each."""
    command = [sys.executable, "-c", RAW, str(folder / "var" / "store"), LARGE, str(folder / "raw.json"), str(2 * runs)]
    rates = [float(line) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]
    return tuple(max(pair) for pair in zip(rates[::2], rates[1::2], strict=True))


def measure_own(port: int, path: str, process: int, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """What is promised of this service alone."""
    yield Figure("memory with 4 workers", "MiB", (_memory(process),), goal=600)
    yield Figure("all workers killed, until they are back and answer", "ms",
                 tuple(asyncio.run(_back(port, path, process)) for _ in range(size.runs)), goal=1000)
    bombs = {name: query.text for name, query in load_queries(BOMBS).items()}
    yield Figure("all clients left, until their workers answer others", "ms",
                 tuple(asyncio.run(_left(port, path, bombs["cross-product"])) for _ in range(size.runs)), goal=2000)
    bombs["huge-values"] = HUGE.replace("NUMBERS", " ".join(map(str, range(NUMBERS))))
    fresh = iter(range(7, THINGS))
    asyncio.run(_ask_pages(port, fresh, 10))
    for name, bomb in itertools.islice(bombs.items(), 3 if size.quick else None):
        slowest = asyncio.run(_under_bombs(port, path, bomb, fresh))
        say(f"pages while {AT_ONCE} of {name} run: p99 {slowest:.0f} ms")
        yield Figure(f"pages while {AT_ONCE} of {name} run, p99", "ms", (slowest,), goal=1000)


def compare(found: dict[str, dict[str, tuple[float, ...]]], label: str) -> Iterator[Figure]:
    """The figures of this service beside those of each peer that was there."""
    goals = {("oxigraph serve", "tiny query, 8 clients"): 0.4, ("oxigraph serve", "different tiny queries, 8 clients"): 0.4,
             ("rdflib-endpoint", "tiny query, 8 clients"): 10.0, ("rdflib-endpoint", "different tiny queries, 8 clients"): 10.0,
             ("the engine alone", "large result"): 0.9}
    for peer in ("oxigraph serve", "rdflib-endpoint", "the engine alone"):
        for name, runs in found.get(peer, {}).items():
            yield Figure(name, "MB/s" if name == "large result" else "1/s", found[""][name], peer, runs, more=True,
                         goal_ratio=goals.get((peer, name)), size=label)


async def _rate(port: int, path: str, clients: int, seconds: float, *, different: bool = False) -> float:
    """Requests a second; each client keeps one connection. Different queries are asked for once each, so that no answer was kept."""
    end, numbers, mark = time.monotonic() + seconds, itertools.count(), time.monotonic_ns()

    async def ask() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.monotonic() < end:
            number = next(numbers) if different else 0
            writer.write(_request(path, TINY.replace("NUMBER", str(number % THINGS + 7)) + (f" # {mark} {number}" if different else "")))
            await _read(reader)
            count += 1
        writer.close()
        return count

    begun = time.monotonic()
    counts = await asyncio.gather(*(ask() for _ in range(clients)))
    return sum(counts) / (time.monotonic() - begun)


def _warm(port: int, path: str, patience: float = 300) -> None:
    """Ask, uncounted, until an answer comes: processes start, caches fill, and a busy machine refuses at first."""
    end = time.monotonic() + patience
    while True:
        try:
            asyncio.run(_rate(port, path, 8, 0.5))
            return
        except StoreFailed:
            if time.monotonic() > end:
                raise
            time.sleep(1)


def _large(port: int, path: str) -> float:
    """Megabytes a second of one large answer, read to its end by a client that does nothing else; the better of two."""
    best, buffer = 0.0, bytearray(2**20)
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            begun = time.monotonic()
            connection.sendall(_request(path, LARGE).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            size = 0
            while got := connection.recv_into(buffer):
                if not size and not buffer.startswith(b"HTTP/1.1 200"):
                    raise StoreFailed(f"the service answered {bytes(buffer[:40])!r}.", where="bench", advice="Look at its log.")
                size += got
            best = max(best, size / 1e6 / (time.monotonic() - begun))
    return best


def _request(path: str, query: str) -> bytes:
    return (f"GET {path}?{urlencode({'query': query})} HTTP/1.1\r\nHost: x\r\n"
            "Accept: application/sparql-results+json\r\n\r\n").encode()


async def _under_bombs(port: int, path: str, bomb: str, fresh: Iterator[int]) -> float:
    """The slowest of a hundred pages and lists while bombs run, milliseconds; of a hundred, the slowest is the p99."""
    clients = [await _send(port, path, bomb) for _ in range(AT_ONCE)]
    await asyncio.sleep(0.5)
    slowest = await _ask_pages(port, fresh, 100)
    for client in clients:
        client.close()
    return slowest


async def _ask_pages(port: int, fresh: Iterator[int], count: int) -> float:
    """The slowest of so many pages, milliseconds; every second one was asked for by nobody before, so that it has to be made."""
    taken = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(count):
        address = f"/doc/initiative/generated-{next(fresh)}" if number % 2 else "/initiatives"
        begun = time.monotonic()
        writer.write(f"GET {address} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n".encode())
        await _read(reader)
        taken.append(time.monotonic() - begun)
    writer.close()
    return max(taken) * 1000


async def _send(port: int, path: str, query: str) -> asyncio.StreamWriter:
    """Ask by a form and do not wait for the answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    body = urlencode({"query": query})
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return writer


async def _back(port: int, path: str, process: int) -> float:
    """Milliseconds from the end of all workers by SIGKILL until as many others are there and a query is answered."""
    before = _workers(process)
    begun = time.monotonic()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    await _ask_fresh(port, path)
    while len(_workers(process) - before) < len(before):
        await asyncio.sleep(0.005)
    return (time.monotonic() - begun) * 1000


async def _left(port: int, path: str, bomb: str) -> float:
    """Milliseconds from the moment at which clients, whose bombs hold every worker, leave until another is answered."""
    clients = [await _send(port, path, bomb) for _ in range(WORKERS)]
    await asyncio.sleep(1)
    begun = time.monotonic()
    for client in clients:
        client.close()
    await _ask_fresh(port, path)
    return (time.monotonic() - begun) * 1000


async def _ask_fresh(port: int, path: str) -> None:
    """Ask what nobody asked before until an answer comes."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_request(path, TINY.replace("NUMBER", "7") + f" # {time.monotonic_ns()}"))
        try:
            await _read(reader)
            return
        except StoreFailed:
            await asyncio.sleep(0.005)
        finally:
            writer.close()


def _workers(process: int) -> set[int]:
    """The workers of a service: they descend from its fork server."""
    return {worker for child in find_children(process) for worker in find_children(child)}


async def _read(reader: asyncio.StreamReader) -> int:
    """Read one answer and count the bytes of its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise StoreFailed(f"the service answered {head[:40]!r}.", where="bench", advice="Look at its log.")
    if b"transfer-encoding: chunked" in head:
        total = 0
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
            total += size
        await reader.readexactly(2)
        return total
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return length


def _memory(root: int) -> float:
    """Proportional memory of a process and all that descend from it, MiB (proc(5), smaps_rollup)."""
    total = 0.0
    for process in (root, *find_children(root)):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    return total
