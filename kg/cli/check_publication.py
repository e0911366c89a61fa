"""`kg check publication`: every promise about dumps, catalogue and feed with its figure."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import typer

from kg.harvest.rehearsal import rehearse
from kg.publication.checks import check_publication
from kg.settings import read_settings
from kg.standards import find_assets
from kg.store.open import open_store

OWN: Final = "procurement"
"""The source of ours that is taken back: the one with the most graphs."""


def register(checks: typer.Typer) -> None:
    """Add the check to the command."""
    checks.command("publication")(publication)


def publication() -> None:
    """Round trips, checksums, formats, feed, VoID, DCAT-AP, its score and a harvest of ourselves; fail when a promise is not kept."""
    settings = read_settings()
    store, broken = open_store(settings, read_only=True), 0
    for check in check_publication(settings, store, find_assets()):
        typer.echo(f"{'kept  ' if check.kept else 'BROKEN'}  {check.name}: {check.figure}")
        broken += not check.kept
    with TemporaryDirectory(prefix="kg-rehearsal-") as folder:
        taken = rehearse(store, OWN, Path(folder))
    differing, size = len(taken.published ^ taken.taken), len(taken.published)
    kept = taken.outcome.state == "published" and not differing
    typer.echo(f"{'kept  ' if kept else 'BROKEN'}  harvest of ourselves: the source {OWN}, published, served and harvested into a copy "
               f"without its things: {differing} of {size} statements differ; {taken.outcome.sentence}")
    if broken or not kept:
        raise typer.Exit(1)
