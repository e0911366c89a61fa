"""`kg bench synergies`: what one thing and all pairs cost at ten thousand, a hundred thousand and a million things."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.cli.progress import show_progress
from kg.errors import Invalid


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("synergies")(run)


def run(sizes: Annotated[list[int] | None, typer.Option("--size", help="Number of things; may be repeated.")] = None,
        seed: Annotated[int, typer.Option(help="The same seed draws the same things.")] = 1,
        plot: Annotated[Path | None, typer.Option(help="Write cost against size as SVG.")] = None) -> None:
    """All pairs with the best twenty of each, one thing with its reasons, share of the exact answer, and memory."""
    if importlib.util.find_spec("numba") is None:
        raise Invalid("the compiled kernel is not installed.", where="kg bench synergies", advice="Run pip install urban-agenda-kg[scale].")
    from kg.bench.synergies import bench, describe_machine, draw_plot, read_hierarchy

    costs, (wider, serves) = [], read_hierarchy()
    for items in sorted(sizes or [10_000, 100_000, 1_000_000]):
        with show_progress() as report:
            costs.append(bench(items, seed, wider, serves, report))
    table = Table("things", "concepts", "features", "all pairs", "of the exact top 20", "one p50", "one p95", "peak memory",
                  title=describe_machine())
    for cost in costs:
        table.add_row(f"{cost.items:,}", f"{cost.concepts:.1f}", f"{cost.features:.1f}", f"{cost.all_pairs:.1f} s", f"{cost.recall:.3f}",
                      f"{cost.one_p50:.2f} ms", f"{cost.one_p95:.2f} ms", f"{cost.memory:.0f} MB")
    Console(width=120).print(table)
    if plot:
        draw_plot(costs, plot)
