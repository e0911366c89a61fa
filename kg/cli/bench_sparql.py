"""`kg bench sparql`: this service beside `oxigraph serve` in the same run, on the same generated quads."""

from __future__ import annotations

import typer

from kg.bench.sparql import bench_sparql


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("sparql")(run)


def run(quads: int = typer.Option(1_000_000, help="Quads of the generated data."),
        seconds: float = typer.Option(3.0, help="Length of each counted run.")) -> None:
    """Requests a second of a tiny query, megabytes a second of a large result, and who waits while bombs run."""
    bench_sparql(quads, seconds, typer.echo)
