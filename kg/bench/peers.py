"""This service and its peers over the same N-Quads, `data.nq` of a folder, each in a process of its own on a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kg.bench.serving import find_port
from kg.errors import StoreFailed
from kg.generate import generate
from kg.index import build_index
from kg.store.local import LocalStore

SAMPLE: Final = 200
WORKERS: Final = 4
Peer = tuple[int, str, subprocess.Popen[bytes]]
"""Port, path of the endpoint, process."""


def write_data(path: Path, quads: int) -> None:
    """Write at least so many generated quads, shaped as the real ones, as N-Quads."""
    first = sum(block.count(b"\n") for block in generate(SAMPLE, 1))
    with path.open("wb") as file:
        for block in generate(max(SAMPLE, round(quads * SAMPLE / first)), 1):
            file.write(block)


@contextlib.contextmanager
def serve_ours(folder: Path) -> Iterator[Peer]:
    """`kg serve` over the data; its store lies in `var/store` of the folder."""
    store = LocalStore(folder / "var" / "store")
    store.load((folder / "data.nq").read_bytes())
    build_index(store, folder / "var" / "index.sqlite")
    store.close()
    port = find_port()
    environment = {**os.environ, "KG_VAR": str(folder / "var"), "KG_PORT": str(port), "KG_SPARQL_WORKERS": str(WORKERS)}
    process = subprocess.Popen([sys.executable, "-m", "kg", "serve"], env=environment, stdout=subprocess.DEVNULL)
    with _ended(process):
        _wait(port, 300)
        yield port, "/sparql", process


@contextlib.contextmanager
def serve_rdflib(folder: Path) -> Iterator[Peer]:
    """rdflib-endpoint over the data."""
    port = find_port()
    process = subprocess.Popen([sys.executable, "-m", "rdflib_endpoint", "serve", str(folder / "data.nq"), "--port", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ended(process):
        _wait(port, 600)
        yield port, "/", process


@contextlib.contextmanager
def serve_oxigraph(folder: Path) -> Iterator[Peer]:
    """`oxigraph serve-read-only` over the data."""
    binary, location = find_oxigraph(), str(folder / "oxigraph")
    subprocess.run([binary, "load", "--location", location, "--file", str(folder / "data.nq")], check=True, capture_output=True)
    port = find_port()
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


def find_oxigraph() -> str:
    """The program, "" where it is not installed."""
    return shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or ""


def _wait(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise StoreFailed("the service did not start in time.", where="bench", advice="Start it by hand and look at its log.")
