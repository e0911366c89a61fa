"""`kg build`: store, read model and synergies from the sources."""

from __future__ import annotations

import typer

from kg.build import build
from kg.cli.progress import show_progress
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("build")(build_command)


def build_command() -> None:
    """Build everything from the tables in data/."""
    settings = read_settings()
    with show_progress() as progress:
        built = build(settings, progress)
    typer.echo(f"Built {built.quads} quads in {built.graphs} graphs, data version {built.version}.")
