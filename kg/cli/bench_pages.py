"""`kg bench pages`: how fast pages, lists and search answer."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from kg.bench import Size
from kg.bench.pages import measure
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("pages")(bench_pages)


def bench_pages(listed: int = typer.Option(100_000, help="Initiatives over which lists and search are measured."),
                seconds: float = typer.Option(3.0, help="Least seconds of each load."),
                runs: int = typer.Option(3, help="Counted runs.")) -> None:
    """Time every page at eight clients, lists and search over many things, and the first paint."""
    table = Table("figure", "of", "median", "least", "most", "unit", "promised")
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        for each in measure(read_settings(var=Path(folder)), Size(listed=listed, seconds=seconds, runs=runs), typer.echo):
            table.add_row(each.name, each.size, *(f"{value:.1f}" for value in (each.value, *each.spread)), each.unit,
                          "" if each.goal is None else f"at most {each.goal:g}: {'held' if each.met else 'MISSED'}")
    Console().print(table)
    typer.echo(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
