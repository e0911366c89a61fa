"""`kg bench service`: build of the whole graph, pages, and the synergies of one thing."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import typer
from rdflib import URIRef
from rich.console import Console
from rich.table import Table

from kg.bench import QUERIES
from kg.build import build
from kg.queries import load_query
from kg.settings import read_settings
from kg.store.open import open_store
from kg.synergies import find_synergies

PAGES = ("/", "/search?q=school+meals", "/initiatives", "/practices?theme=food", "/doc/initiative/circular-pp",
         "/doc/initiative/circular-pp/synergies", "/doc/city/haarlem", "/about")


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("service")(bench_service)


def bench_service(runs: int = typer.Option(3, help="Counted builds.")) -> None:
    """Time the build, and the synergies with evidence of one hundred initiatives."""
    table = Table("figure", "median", "least", "most", "unit")
    folder = Path(tempfile.mkdtemp(prefix="kg-bench-"))
    settings = read_settings(var=folder)
    try:
        add(table, "build of the whole graph", [clock(lambda: build(settings)) for _ in range(runs)], 1, "s")
        store = open_store(settings)
        items = [row["item"] for row in store.select(load_query(QUERIES / "initiatives.rq").text)]
        add(table, "synergies of one, with evidence", [clock(partial(find_synergies, store, URIRef(item))) for item in items], 1000, "ms")
        described = load_query(QUERIES / "described.rq").text
        add(table, "one description by SPARQL", [clock(partial(store.construct, described, {"item": item})) for item in items], 1000, "ms")
        store.close()
        bench_pages(table, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Console().print(table)
    typer.echo(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")


def bench_pages(table: Table, folder: Path) -> None:
    """Time pages of a service in a process of its own, over loopback, twenty times each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = subprocess.Popen([sys.executable, "-m", "kg", "serve", "--port", str(port)], stdout=subprocess.DEVNULL,
                               env={**os.environ, "KG_VAR": str(folder)})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Accept": "text/html"}, timeout=60) as client:
            for _ in range(300):
                try:
                    client.get("/health")
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            for address in PAGES:
                client.get(address).raise_for_status()
                add(table, f"page {address}", [clock(partial(client.get, address)) for _ in range(20)], 1000, "ms")
    finally:
        service.terminate()
        service.wait()


def clock(act: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def add(table: Table, name: str, seconds: list[float], factor: float, unit: str) -> None:
    """A row of median, least and most."""
    table.add_row(name, *(f"{value * factor:.2f}" for value in (statistics.median(seconds), min(seconds), max(seconds))), unit)
