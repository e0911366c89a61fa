"""`kg query FILE`: a SPARQL query over the store, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from kg.queries import PROLOGUE
from kg.settings import read_settings
from kg.store.open import open_store
from kg.terms import shorten


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("query")(query)


def query(file: str = typer.Argument(help="File of a SELECT query, or - for standard input."),
          as_csv: bool = typer.Option(False, "--csv", help="CSV instead of a table.")) -> None:
    """Run a SELECT query over the built store; our prefixes are known."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    if "PREFIX" not in text.upper():
        text = PROLOGUE + text
    store = open_store(read_settings(), read_only=True)
    answer = store.select(text)
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(answer.variables)
        writer.writerows(["" if term is None else str(term) for term in row] for row in answer.rows)
        return
    table = Table(*answer.variables)
    for row in answer.rows:
        table.add_row(*("" if term is None else shorten(str(term)) for term in row))
    Console().print(table)
