"""The figures of the SPARQL service beside its peers and the engine alone, and how soon its workers are free again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from kg.bench import QUERIES
from kg.bench.clients import count_answers
from kg.bench.figure import Figure
from kg.bench.peers import PEERS, WORKERS, Peer, serve_ours, write_data
from kg.bench.serving import find_children
from kg.bench.size import Size
from kg.errors import StoreFailed
from kg.queries import load_queries, load_query
from kg.settings import Settings

TINY: Final = load_query(QUERIES / "thing.rq").text
LARGE: Final = load_query(QUERIES / "statements.rq").text
NUMBERS: Final = 17_000
"""Numbers in each list of the bomb of 300 kB."""
BOMBS: Final = Path(__file__).parent / "bombs"
AT_ONCE: Final = 20
THINGS: Final = 5000
"""Things that different tiny queries ask for in turn."""
RAW: Final = """
import pathlib, sys, time, pyoxigraph
store, query, target = pyoxigraph.Store.read_only(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
for _ in sys.stdin:
    begun = time.perf_counter()
    store.query(query).serialize(str(target), pyoxigraph.QueryResultsFormat.JSON)
    print(target.stat().st_size / 1e6 / (time.perf_counter() - begun), flush=True)
"""
"""What the engine does with the large query in a process of its own, without service, limits and network: once for each line it reads."""


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Tiny queries and a large result beside each peer, pages under each bomb, workers that are killed or left, memory."""
    write_data(settings.var / "data.nq", size.quads)
    with contextlib.ExitStack() as stack:
        say("starting this service")
        peers = {"": stack.enter_context(serve_ours(settings.var))}
        for name, peer in PEERS.items():
            if peer.found():
                say(f"starting {name}")
                peers[name] = stack.enter_context(peer.start(settings.var))
            else:
                say(f"{name} is not installed ({peer.install}): no peer")
        port, path, process = peers[""]
        for figure in (*compare(peers, size, say), measure_raw(port, path, settings.var, size.runs),
                       *measure_own(port, path, process.pid, size, say)):
            yield replace(figure, size=f"{size.quads:,} quads")


def compare(peers: Mapping[str, Peer], size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Requests a second, and megabytes a second of the large result, of this service ("") and each peer, in turn within each run."""
    acts: dict[str, Callable[[int, str], float]] = {
        "tiny query, 1 client": lambda port, path: _rate(port, path, 1, size.seconds),
        "tiny query, 8 clients": lambda port, path: _rate(port, path, 8, size.seconds),
        "different tiny queries, 8 clients": lambda port, path: _rate(port, path, 8, size.seconds, different=True),
        "large result": _large}
    goals = {("oxigraph serve", "tiny query, 8 clients"): 0.4, ("oxigraph serve", "different tiny queries, 8 clients"): 0.4,
             ("rdflib-endpoint", "tiny query, 8 clients"): 10.0, ("rdflib-endpoint", "different tiny queries, 8 clients"): 10.0}
    for port, path, _ in peers.values():
        _warm(port, path)
    for act, measure_one in acts.items():
        found: dict[str, list[float]] = defaultdict(list)
        for _ in range(size.runs):
            for name, (port, path, _) in peers.items():
                if (name, act) != ("rdflib-endpoint", "large result"):  # it takes minutes
                    found[name].append(measure_one(port, path))
        say(f"{act}: " + ", ".join(f"{name or 'this service'} {statistics.median(runs):.0f}" for name, runs in found.items()))
        for name in [each for each in found if each]:
            yield Figure(act, "MB/s" if act == "large result" else "1/s", tuple(found[""]), name, tuple(found[name]), more=True,
                         goal_ratio=goals.get((name, act)))


def measure_raw(port: int, path: str, folder: Path, runs: int) -> Figure:
    """Megabytes a second of the large result, in turn from the service and from the engine alone over the same store."""
    command = [sys.executable, "-c", RAW, str(folder / "var" / "store"), LARGE, str(folder / "raw.json")]
    served, raw = [], []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as engine:
        assert engine.stdin is not None and engine.stdout is not None
        for _ in range(2 * runs):
            served.append(_large(port, path))
            engine.stdin.write("\n")
            raw.append(float(engine.stdout.readline()))
        engine.stdin.close()
    return Figure("large result, in turn", "MB/s", tuple(served), "the engine alone", tuple(raw), more=True, goal_ratio=0.9)


def measure_own(port: int, path: str, process: int, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """What is promised of this service alone."""
    yield Figure("memory with 4 workers", "MiB", (_memory(process),), goal=600)
    yield Figure("all workers killed, until they are back and answer", "ms",
                 tuple(asyncio.run(_back(port, path, process)) for _ in range(size.runs)), goal=1000)
    bombs = {name: query.text for name, query in load_queries(BOMBS).items()}
    yield Figure("all clients left, until their workers answer others", "ms",
                 tuple(asyncio.run(_left(port, path, bombs["cross-product"])) for _ in range(size.runs)), goal=2000)
    bombs["huge-values"] = load_query(QUERIES / "huge-values.rq").text.replace("{ 0 }", f"{{ {' '.join(map(str, range(NUMBERS)))} }}")
    fresh = iter(range(7, THINGS))
    asyncio.run(_ask_pages(port, fresh, 10))
    for name, bomb in itertools.islice(bombs.items(), 3 if size.quick else None):
        slowest = asyncio.run(_under_bombs(port, path, bomb, fresh))
        say(f"pages while {AT_ONCE} of {name} run: p99 {slowest:.0f} ms")
        yield Figure(f"pages while {AT_ONCE} of {name} run, p99", "ms", (slowest,), goal=1000)


def _rate(port: int, path: str, clients: int, seconds: float, *, different: bool = False) -> float:
    """Answers a second; different queries are asked for once each, so that no answer was kept."""
    return count_answers(port, clients, seconds, _ask_tiny(path, different))


def _ask_tiny(path: str, different: bool) -> Iterator[bytes]:
    mark = time.monotonic_ns()
    for number in itertools.count():
        text = TINY.replace("generated:7", f"generated:{number % THINGS + 7}") + f"# {mark} {number}" if different else TINY
        yield _request(path, text)


def _warm(port: int, path: str, patience: float = 300) -> None:
    """Ask, uncounted, until an answer comes: processes start, caches fill, and a busy machine refuses at first."""
    end = time.monotonic() + patience
    while True:
        try:
            _rate(port, path, 8, 0.5)
            return
        except StoreFailed:
            if time.monotonic() > end:
                raise
            time.sleep(1)


def _large(port: int, path: str) -> float:
    """Megabytes a second of one large answer, read to its end by a client that does nothing else."""
    buffer, size = bytearray(2**20), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begun = time.monotonic()
        connection.sendall(_request(path, LARGE).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        while got := connection.recv_into(buffer):
            if not size and not buffer.startswith(b"HTTP/1.1 200"):
                raise StoreFailed(f"the service answered {bytes(buffer[:40])!r}.", where="bench", advice="Look at its log.")
            size += got
        return size / 1e6 / (time.monotonic() - begun)


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
        writer.write(_request(path, TINY + f"# {time.monotonic_ns()}"))
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
