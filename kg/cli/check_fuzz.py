"""`kg check fuzz`: inputs that nobody thought of, and not one that the service fails at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from kg.fuzz import run_fuzz
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the check to the command."""
    app.command("fuzz")(fuzz)


def fuzz(examples: Annotated[int, typer.Option(min=1, help="Requests per operation at most, in each way of making them.")] = 30,
         documents: Annotated[int, typer.Option(min=0, help="Broken documents to send.")] = 1000,
         seed: Annotated[int, typer.Option(help="Seed of what is sent.")] = 1) -> None:
    """Send requests made of the OpenAPI description and broken documents of every format to a service of its own, on the loopback."""
    with TemporaryDirectory(prefix="kg-fuzz-") as folder:
        outcome = run_fuzz(read_settings({}, var=Path(folder) / "var"), examples, documents, seed, lambda text: typer.echo(text, err=True))
    for each in outcome.faults:
        typer.echo(each)
    typer.echo(f"{outcome.requests} requests to {outcome.operations} operations and {outcome.documents} documents "
               f"({', '.join(f'{count} answered {status}' for status, count in sorted(outcome.statuses.items()))}): "
               f"{len(outcome.faults)} faults.")
    if outcome.faults:
        raise typer.Exit(1)
