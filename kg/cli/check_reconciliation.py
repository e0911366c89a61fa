"""`kg check reconciliation`: how well names that are written wrongly are matched, and how fast."""

from __future__ import annotations

import time

import typer
from rich.console import Console
from rich.table import Table

from kg.errors import NotFound
from kg.index import Index
from kg.reconciliation import Matcher, Question
from kg.reconciliation.evaluate import measure, read_official_names
from kg.settings import read_settings
from kg.standards import find_assets

LEAST = 0.85
PLACES = ("eu-authority-tables", "piveau-2019", "src", "main", "resources", "places-skos.rdf")


def register(app: typer.Typer) -> None:
    """Add the check to the command."""
    app.command("reconciliation")(reconciliation)


def reconciliation() -> None:
    """Recall of misspelt, other and translated names of cities and organisations; exit status 1 below 0.85 for the first candidate.

    Translated names are those of the place table in the folder of KG_STANDARDS, and are left out without it.
    """
    matcher = Matcher(Index(read_settings().var / "index.sqlite"))
    table = Table("names", "count", "recall@1", "recall@3")
    found = measure(matcher, _read_translations())
    for each in found:
        table.add_row(each.recipe, str(each.names), f"{each.first:.3f}", f"{each.third:.3f}")
    names = [text for _, text in matcher.index.names()][:1000]
    began = time.perf_counter()
    for name in names:
        matcher.find(Question(name))
    Console().print(table)
    typer.echo(f"{len(names)} names in {time.perf_counter() - began:.2f} s, one after the other.")
    if any(each.first < LEAST for each in found):
        raise typer.Exit(1)


def _read_translations() -> dict[str, frozenset[str]]:
    try:
        return read_official_names(find_assets().path(*PLACES))
    except NotFound as absent:
        typer.echo(f"Translated names are not measured: {absent}", err=True)
        return {}
