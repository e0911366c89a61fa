"""`kg bench validate`: ten records in context, and a whole graph beside plain pySHACL."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from kg.bench import Figure, Size
from kg.bench.validate import measure
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the bench to the command."""
    app.command("validate")(bench_validate)


def bench_validate(quads: Annotated[int, typer.Option(min=50_000, help="About how many quads are published.")] = 1_000_000,
                   runs: Annotated[int, typer.Option(min=1, help="Counted runs.")] = 3) -> None:
    """Time the validation of ten records and of everything, and compare its findings with those of plain pySHACL."""
    with TemporaryDirectory(prefix="kg-bench-") as folder:
        figures = measure(read_settings(var=Path(folder)), Size(quads=quads, runs=runs), lambda text: typer.echo(text, err=True))
        missed = [figure for figure in figures if not show(figure)]
    if missed:
        raise typer.Exit(2)


def show(figure: Figure) -> bool:
    """Print a figure with its peer and promise; whether nothing that was promised is missed."""
    least, most = figure.spread
    line = f"{figure.name} ({figure.size}): {figure.value:.4g} {figure.unit}, {least:.4g} to {most:.4g}"
    if figure.ratio is not None:
        line += f"; {figure.peer} {figure.peer_value:.4g} {figure.unit}, {figure.ratio:.3g} times"
    if figure.met is None:
        typer.echo(line)
        return True
    typer.echo(f"{line}; promised {f'{figure.goal_ratio:g} times' if figure.goal_ratio else f'{figure.goal:g} {figure.unit}'}: "
               f"{'met' if figure.met else 'missed'}")
    return bool(figure.met)
