"""`kg bench publish`: a full release, the feed and one of its pages."""

from __future__ import annotations

import os
import platform
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.bench.publish import time_release
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("publish")(bench_publish)


def bench_publish(quads: Annotated[int, typer.Option(min=1000, help="About how many generated quads.")] = 1_000_000,
                  runs: Annotated[int, typer.Option(min=1, help="Counted releases.")] = 3,
                  seed: Annotated[int, typer.Option(help="Seed of the generated data.")] = 1) -> None:
    """Time a release in every format of generated data, the first fill of the feed, and the pages of the feed over HTTP."""
    table = Table("figure", "median", "least", "most", "bytes")
    with TemporaryDirectory(prefix="kg-bench-") as folder:
        for timing in time_release(read_settings(var=Path(folder)), quads, runs, seed):
            values = (statistics.median(timing.seconds), min(timing.seconds), max(timing.seconds))
            small = values[0] < 1
            table.add_row(timing.name, *(f"{value * 1000:.2f} ms" if small else f"{value:.1f} s" for value in values), f"{timing.size:,}")
    Console().print(table)
    typer.echo(f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}")
