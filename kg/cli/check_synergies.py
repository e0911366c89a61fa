"""`kg check synergies`: how well the ranking finds links that sources state, beside text baselines, with ablations."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from kg.settings import read_settings
from kg.store.open import open_store
from kg.synergies import Figures, evaluate, evaluate_stated, read_misses
from kg.terms import split_iri


def register(app: typer.Typer) -> None:
    """Add the check to the command."""
    app.command("synergies")(check_synergies)


def check_synergies(misses: bool = typer.Option(False, help="List the documented links that are not among the first ten.")) -> None:
    """Print recall@10 with its interval, recall@20 and MRR; fail when the score is not better than text."""
    store = open_store(read_settings(), read_only=True)
    figures = evaluate(store)
    Console().print(_draw(figures, "links that a source documents"))
    Console().print(_draw(evaluate_stated(store), "links that only columns state"))
    for rank, item, other in read_misses(store) if misses else ():
        typer.echo(f"{rank:4} {'/'.join(split_iri(item))} -> {'/'.join(split_iri(other))}")
    best = {each.method: each.recall_10 for each in figures}
    if best["synergies"] <= max(best["text TF-IDF"], best["text BM25"]):
        typer.echo("The score is not better than text.", err=True)
        raise typer.Exit(1)


def _draw(figures: list[Figures], gold: str) -> Table:
    table = Table("method", "recall@10", "95 % interval", "recall@20", "MRR", title=f"{figures[0].queries} queries, {gold}")
    for each in figures:
        table.add_row(each.method, f"{each.recall_10:.3f}", f"{each.interval[0]:.3f} to {each.interval[1]:.3f}",
                      f"{each.recall_20:.3f}", f"{each.mrr:.3f}")
    return table
