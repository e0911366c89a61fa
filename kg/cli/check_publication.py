"""`kg check publication`: every promise about dumps, catalogue and feed with its figure."""

from __future__ import annotations

from itertools import chain

import typer

from kg.harvest.rehearsal import check_harvest
from kg.publication.checks import check_publication
from kg.settings import read_settings
from kg.standards import find_assets
from kg.store.open import open_store


def register(checks: typer.Typer) -> None:
    """Add the check to the command."""
    checks.command("publication")(publication)


def publication() -> None:
    """Round trips, checksums, formats, feed, VoID, DCAT-AP, its score and a harvest of ourselves; fail when a promise is not kept."""
    settings = read_settings()
    store, broken = open_store(settings, read_only=True), 0
    for check in chain(check_publication(settings, store, find_assets()), map(check_harvest, (store,))):
        typer.echo(f"{'kept  ' if check.kept else 'BROKEN'}  {check.name}: {check.figure}")
        broken += not check.kept
    if broken:
        raise typer.Exit(1)
