"""`kg bench sparql`: this service beside `oxigraph serve` and rdflib-endpoint in the same run, on the same generated quads."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from kg.bench import Size
from kg.bench.sparql import measure
from kg.cli.bench_validate import show
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("sparql")(run)


def run(quads: Annotated[int, typer.Option(min=1000, help="About how many quads.")] = 1_000_000,
        seconds: Annotated[float, typer.Option(help="Length of each counted run.")] = 3.0,
        runs: Annotated[int, typer.Option(min=1, help="Counted runs.")] = 3) -> None:
    """Requests a second, megabytes a second, who waits while bombs run, and how soon workers are free again; exit status 2 when missed."""
    with TemporaryDirectory(prefix="kg-bench-") as folder:
        missed = [figure for figure in measure(read_settings(var=Path(folder)), Size(quads=quads, seconds=seconds, runs=runs), typer.echo)
                  if not show(figure)]
    if missed:
        raise typer.Exit(2)
