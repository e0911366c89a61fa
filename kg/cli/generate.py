"""`kg generate`: as many initiatives as wanted, shaped as the real ones, for benches and trials."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.generate import QUADS_EACH, Shape, distance, generate, load_shape, measure, write_shape
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.store.open import open_store

SAMPLE = 2000


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("generate")(generate_initiatives)


def generate_initiatives(
        initiatives: Annotated[int, typer.Option(min=1, help=f"How many initiatives; each makes about {QUADS_EACH} quads.")] = 1000,
        seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
        output: Annotated[Path | None, typer.Option(help="File to write; standard output without it.")] = None,
        figures: Annotated[bool, typer.Option("--figures", help="Print the measured and the generated shape side by side.")] = False,
        again: Annotated[bool, typer.Option("--measure", help="Measure the store's real data anew and keep the shape.")] = False) -> None:
    """Write N-Quads of generated initiatives with the degrees and values of the real ones."""
    if again:
        shape = measure(open_store(read_settings(), read_only=True))
        write_shape(shape)
        typer.echo(f"Measured {shape.initiatives} initiatives in {len(shape.fields)} fields.", err=True)
        return
    with (output.open("wb") if output else sys.stdout.buffer) as file:
        for block in generate(initiatives, seed):
            file.write(block)
    if figures:
        Console(stderr=True, width=130).print(compare(min(initiatives, SAMPLE), seed))


def compare(initiatives: int, seed: int) -> Table:
    """The real shape beside that of generated initiatives, both measured by the same query."""
    store = LocalStore()
    store.load(b"".join(generate(initiatives, seed)))
    real, made = load_shape(), measure(store)
    table = Table("field", "mean degree", "generated", "distance", "values", "generated", "most frequent", "generated", "distance",
                  title=f"{real.initiatives} real and {made.initiatives} generated initiatives")
    for name, row in sorted(_rows(real, made).items()):
        table.add_row(name, *row)
    return table


def _rows(real: Shape, made: Shape) -> dict[str, tuple[str, ...]]:
    return {name: (f"{one.mean:.2f}", f"{other.mean:.2f}", f"{distance(one.degrees, other.degrees):.3f}",
                   str(len(one.values)), str(len(other.values)), f"{one.most:.3f}", f"{other.most:.3f}",
                   f"{distance(one.values, other.values):.3f}")
            for name, one in real.fields.items() if (other := made.fields.get(name))}
