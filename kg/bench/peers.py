"""This service and its peers over the same N-Quads, `data.nq` of a folder, each in a process of its own on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from kg.bench.serving import find_port
from kg.errors import StoreFailed
from kg.generate import generate
from kg.index import build_index
from kg.store.local import LocalStore

SAMPLE: Final = 200
WORKERS: Final = 4
INI: Final = Path(__file__).parent / "virtuoso.ini"
BUFFERS: Final = 85_000
"""Pages of 8 KiB that Virtuoso keeps in memory: 700 MB, more than a million quads need."""
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
def serve_virtuoso(folder: Path) -> Iterator[Peer]:
    """Virtuoso over the data, loaded by its bulk loader; its default graph is the union of all."""
    home, port, sql = folder / "virtuoso", find_port(), find_port()
    home.mkdir()
    (home / "virtuoso.ini").write_text(write_ini(home, port, sql, BUFFERS), encoding="utf-8")
    (home / "data.nq").hardlink_to(folder / "data.nq")
    with (home / "output.log").open("wb") as log:
        process = subprocess.Popen(["virtuoso-t", "-f", "-c", "virtuoso.ini"], cwd=home, stdout=log, stderr=log)
    with _ended(process):
        _wait(port, 120)
        done = subprocess.run(["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", "ERRORS=STDOUT", "VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF",
                               f"exec=ld_dir('{home}', 'data.nq', 'urn:data'); rdf_loader_run(); checkpoint; "
                               "select 'loaded', ll_state, ll_error from DB.DBA.LOAD_LIST;"],
                              check=True, capture_output=True, text=True)
        if not re.search(r"loaded\s+2\s+NULL", done.stdout):
            raise StoreFailed("Virtuoso did not load the data.", where="bench", advice=f"It says: {done.stdout.strip()[-300:]}")
        yield port, "/sparql", process


def write_ini(folder: Path, http: int, sql: int, buffers: int) -> str:
    """The settings of a Virtuoso of its own in a folder, on two ports of the loopback, with so many pages of 8 KiB in memory."""
    return INI.read_text(encoding="utf-8").format(folder=folder, http=http, sql=sql, buffers=buffers, dirty=buffers * 3 // 4)


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


@dataclass(frozen=True)
class Installed:
    """How a peer is started over the data of a folder, whether this machine has it, and how one gets it."""

    start: Callable[[Path], AbstractContextManager[Peer]]
    found: Callable[[], bool]
    install: str


PEERS: Final[Mapping[str, Installed]] = {
    "oxigraph serve": Installed(serve_oxigraph, lambda: bool(find_oxigraph()), "pip install oxigraph"),
    "rdflib-endpoint": Installed(serve_rdflib, lambda: bool(find_spec("rdflib_endpoint")), "pip install rdflib-endpoint"),
    "Virtuoso": Installed(serve_virtuoso, lambda: bool(shutil.which("virtuoso-t") and shutil.which("isql-vt")),
                          "apt-get install virtuoso-opensource-7")}


def _wait(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise StoreFailed("the service did not start in time.", where="bench", advice="Start it by hand and look at its log.")
