"""The figures of the SPARQL service, side by side with `oxigraph serve` where that is installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from kg.bench.quads import write_quads
from kg.errors import StoreFailed
from kg.store.local import LocalStore

TINY: Final = "SELECT ?p ?o WHERE { <https://w3id.org/uaeu-kg/id/initiative/i7> ?p ?o }"
LARGE: Final = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 200000"
BOMB: Final = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"


def bench_sparql(quads: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure and say: tiny query at 1 and 8 clients, a large result, short queries under bombs, memory. Raises StoreFailed."""
    say(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {quads} quads")
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as name:
        folder = Path(name)
        write_quads(folder / "data.nq", quads)
        rates: dict[str, tuple[float, float, float]] = {}
        for service, start in (("this service", _serve_ours), ("oxigraph serve", _serve_oxigraph)):
            if start is _serve_oxigraph and not _oxigraph():
                say("oxigraph is not installed (pip install oxigraph): no peer")
                continue
            with start(folder) as (port, path, process):
                one = asyncio.run(_rate(port, path, 1, seconds))
                eight = asyncio.run(_rate(port, path, 8, seconds))
                large = asyncio.run(_large(port, path))
                rates[service] = one, eight, large
                say(f"{service:15} tiny query {one:7.0f}/s at 1 client, {eight:7.0f}/s at 8; large result {large:6.1f} MB/s; "
                    f"memory {_memory(process.pid):.0f} MiB")
                if start is _serve_ours:
                    worst = asyncio.run(_under_bombs(port, path))
                    say(f"{service:15} slowest of 50 pages while 20 bombs run: {worst * 1000:.0f} ms")
        if len(rates) == 2:
            ours, theirs = rates.values()
            say("ratio           " + ", ".join(f"{label} {a / b:.2f}" for label, a, b in zip(
                ("1 client", "8 clients", "large result"), ours, theirs, strict=True)))


@contextlib.contextmanager
def _serve_ours(folder: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    from kg.index import build_index

    store = LocalStore(folder / "var" / "store")
    store.load((folder / "data.nq").read_bytes())
    build_index(store, folder / "var" / "index.sqlite")
    store.close()
    port = _free_port()
    environment = {**os.environ, "KG_VAR": str(folder / "var"), "KG_PORT": str(port), "KG_SPARQL_WORKERS": "4"}
    process = subprocess.Popen([sys.executable, "-m", "kg", "serve"], env=environment, stdout=subprocess.DEVNULL)
    with _ended(process):
        _wait(port, 300)
        yield port, "/sparql", process


@contextlib.contextmanager
def _serve_oxigraph(folder: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    binary, location = _oxigraph(), str(folder / "oxigraph")
    subprocess.run([binary, "load", "--location", location, "--file", str(folder / "data.nq")], check=True, capture_output=True)
    port = _free_port()
    process = subprocess.Popen([binary, "serve-read-only", "--location", location, "--bind", f"127.0.0.1:{port}",
                                "--union-default-graph"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ended(process):
        _wait(port, 60)
        yield port, "/query", process


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _rate(port: int, path: str, clients: int, seconds: float) -> float:
    """Requests a second; each client keeps one connection."""
    end = time.monotonic() + seconds
    head = f"GET {path}?{urlencode({'query': TINY})} HTTP/1.1\r\nHost: x\r\nAccept: application/sparql-results+json\r\n\r\n"

    async def ask() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.monotonic() < end:
            writer.write(head.encode())
            await _read(reader)
            count += 1
        writer.close()
        return count

    begun = time.monotonic()
    counts = await asyncio.gather(*(ask() for _ in range(clients)))
    return sum(counts) / (time.monotonic() - begun)


async def _large(port: int, path: str) -> float:
    """Megabytes a second of one large answer, the better of two."""
    best = 0.0
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(f"GET {path}?{urlencode({'query': LARGE})} HTTP/1.1\r\nHost: x\r\n"
                     "Accept: application/sparql-results+json\r\n\r\n".encode())
        begun = time.monotonic()
        size = await _read(reader)
        best = max(best, size / 1e6 / (time.monotonic() - begun))
        writer.close()
    return best


async def _under_bombs(port: int, path: str) -> float:
    """The slowest of fifty pages while twenty bombs run, seconds."""
    connections = []
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path}?{urlencode({'query': BOMB})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connections.append(writer)
    await asyncio.sleep(0.5)
    worst = 0.0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(50):
        begun = time.monotonic()
        writer.write(b"GET /about HTTP/1.1\r\nHost: x\r\n\r\n")
        await _read(reader)
        worst = max(worst, time.monotonic() - begun)
    for each in (*connections, writer):
        each.close()
    return worst


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
    """Proportional memory of a process and its children, MiB (proc(5), smaps_rollup)."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if int(entry.name) == root or parent == root:
                rollup = (entry / "smaps_rollup").read_text()
                total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    return total


def _oxigraph() -> str:
    return shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or ""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise StoreFailed("the service did not start in time.", where="bench", advice="Start it by hand and look at its log.")
