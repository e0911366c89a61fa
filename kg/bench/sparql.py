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
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from kg.bench.figure import Figure
from kg.bench.serving import find_children
from kg.bench.size import Size
from kg.errors import StoreFailed
from kg.generate import generate
from kg.queries import load_queries
from kg.settings import Settings
from kg.store.local import LocalStore

TINY: Final = "SELECT ?p ?o WHERE { <https://w3id.org/uaeu-kg/id/initiative/generated-NUMBER> ?p ?o }"
LARGE: Final = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 200000"
BOMBS: Final = Path(__file__).parent / "bombs"
AT_ONCE: Final = 20
SAMPLE: Final = 200
DIFFERENT: Final = 2000


def bench_sparql(quads: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure and say: tiny query at 1 and 8 clients, a large result, short queries under bombs, memory. Raises StoreFailed."""
    say(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {quads} quads")
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as name:
        folder = Path(name)
        write_data(folder / "data.nq", quads)
        rates: dict[str, tuple[float, float, float]] = {}
        for service, start in (("this service", _serve_ours), ("oxigraph serve", _serve_oxigraph), ("rdflib-endpoint", _serve_rdflib)):
            if start is _serve_oxigraph and not _oxigraph():
                say("oxigraph is not installed (pip install oxigraph): no peer")
                continue
            if start is _serve_rdflib and not find_spec("rdflib_endpoint"):
                say("rdflib-endpoint is not installed (pip install rdflib-endpoint): no second peer")
                continue
            with start(folder) as (port, path, process):
                one = asyncio.run(_rate(port, path, 1, seconds))
                eight = asyncio.run(_rate(port, path, 8, seconds))
                large = _large(port, path) if start is not _serve_rdflib else float("nan")
                rates[service] = one, eight, large
                say(f"{service:15} tiny query {one:7.0f}/s at 1 client, {eight:7.0f}/s at 8; large result {large:6.1f} MB/s; "
                    f"memory {_memory(process.pid):.0f} MiB")
                if start is _serve_ours:
                    for query in load_queries(BOMBS).values():
                        slowest, middle = asyncio.run(_under_bombs(port, path, query.text))
                        say(f"{service:15} pages while {AT_ONCE} of {query.name} run: "
                            f"p99 {slowest * 1000:.0f} ms, median {middle * 1000:.0f} ms")
        for peer in list(rates)[1:]:
            say(f"ratio to {peer}: " + ", ".join(f"{label} {a / b:.2f}" for label, a, b in zip(
                ("1 client", "8 clients", "large result"), rates["this service"], rates[peer], strict=True) if b == b))


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Tiny queries at 1 and 8 clients and a large result beside each peer, pages under bombs, and memory."""
    label = f"{size.quads:,} quads"
    write_data(settings.var / "data.nq", size.quads)
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for service, start in (("", _serve_ours), ("oxigraph serve", _serve_oxigraph), ("rdflib-endpoint", _serve_rdflib)):
        if (start is _serve_oxigraph and not _oxigraph()) or (start is _serve_rdflib and not find_spec("rdflib_endpoint")):
            say(f"{service} is not installed (pip install {service.split()[0]}): no peer")
            continue
        with start(settings.var) as (port, path, process):
            _warm(port, path)
            found[service] = {
                "tiny query, 1 client": tuple(asyncio.run(_rate(port, path, 1, size.seconds)) for _ in range(size.runs)),
                "tiny query, 8 clients": tuple(asyncio.run(_rate(port, path, 8, size.seconds)) for _ in range(size.runs)),
                "different tiny queries, 8 clients": tuple(asyncio.run(_rate(port, path, 8, size.seconds, DIFFERENT))
                                                           for _ in range(size.runs))}
            if start is not _serve_rdflib:
                found[service]["large result"] = tuple(_large(port, path) for _ in range(size.runs))
            say(f"{service or 'this service'}: {({name: round(runs[-1]) for name, runs in found[service].items()})}")
            if start is _serve_ours:
                memory = _memory(process.pid)
                bombs = list(load_queries(BOMBS).values())[:3 if size.quick else None]
                slowest = tuple(asyncio.run(_under_bombs(port, path, bomb.text))[0] * 1000 for bomb in bombs)
    for peer, least in (("oxigraph serve", {"tiny query, 8 clients": 0.4, "large result": 0.9}),
                        ("rdflib-endpoint", {"tiny query, 8 clients": 10.0})):
        for name, runs in found.get(peer, {}).items():
            yield Figure(name, "MB/s" if name == "large result" else "1/s", found[""][name], peer, runs, more=True,
                         goal_ratio=least.get(name), size=label)
    yield Figure(f"pages while {AT_ONCE} bombs run, p99", "ms", slowest, goal=1000, size=label)
    yield Figure("memory with 4 workers", "MiB", (memory,), goal=600, size=label)


def write_data(path: Path, quads: int) -> None:
    """Write at least so many generated quads, shaped as the real ones, as N-Quads."""
    first = sum(block.count(b"\n") for block in generate(SAMPLE, 1))
    with path.open("wb") as file:
        for block in generate(max(SAMPLE, round(quads * SAMPLE / first)), 1):
            file.write(block)


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
def _serve_rdflib(folder: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    port = _free_port()
    process = subprocess.Popen([sys.executable, "-m", "rdflib_endpoint", "serve", str(folder / "data.nq"), "--port", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ended(process):
        _wait(port, 600)
        yield port, "/", process


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


async def _rate(port: int, path: str, clients: int, seconds: float, different: int = 1) -> float:
    """Requests a second; each client keeps one connection, and asks for so many different things in turn."""
    end = time.monotonic() + seconds
    requests = [_request(path, TINY.replace("NUMBER", str(number + 7))) for number in range(different)]

    async def ask(place: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.monotonic() < end:
            writer.write(requests[(place + count) % different])
            await _read(reader)
            count += 1
        writer.close()
        return count

    begun = time.monotonic()
    counts = await asyncio.gather(*(ask(client * different // clients) for client in range(clients)))
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


async def _under_bombs(port: int, path: str, bomb: str) -> tuple[float, float]:
    """The slowest and the median of a hundred pages and lists while bombs run, seconds; with a hundred, the slowest is the p99.

    Every second page is one that nobody asked for before, so that it has to be made.
    """
    connections = []
    for _ in range(AT_ONCE):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path}?{urlencode({'query': bomb})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connections.append(writer)
    await asyncio.sleep(0.5)
    taken = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(100):
        begun = time.monotonic()
        writer.write(f"GET {('/initiatives', f'/doc/initiative/generated-{number + 7}')[number % 2]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await _read(reader)
        taken.append(time.monotonic() - begun)
    for each in (*connections, writer):
        each.close()
    return max(taken), sorted(taken)[50]


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
