"""`kg check crash`: nothing accepted is lost and nothing is half there, however the process ends."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from kg.cli.progress import show_progress
from kg.contributions.crash import run_crashes
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the check to the command."""
    app.command("crash")(crash)


def crash(runs: int = typer.Option(1000, help="Publishes to acknowledge."),
          seed: int = typer.Option(1, help="Seed of the moments.")) -> None:
    """Kill a publisher with SIGKILL at random moments and compare journal and store after each kill."""
    with TemporaryDirectory(prefix="kg-crash-") as folder, show_progress() as progress:
        settings = read_settings({}, var=Path(folder) / "var")
        outcome = run_crashes(settings, runs, seed, lambda done, total: progress("publishes", done, total))
    typer.echo(f"{outcome.published} publishes acknowledged, {outcome.kills} kills: {outcome.lost} lost, {outcome.half} half there, "
               f"{outcome.early} shown before their time.")
    if outcome.lost or outcome.half or outcome.early:
        raise typer.Exit(1)
