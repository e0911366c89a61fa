"""`kg check soak`: a long mixed load, every answer checked against the data version it names."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from kg.settings import read_settings
from kg.soak import run_soak

SHOWN = 20
FLAT = 0.1


def register(app: typer.Typer) -> None:
    """Add the check to the command."""
    app.command("soak")(soak)


def soak(minutes: Annotated[float, typer.Option(min=0.1, help="How long the load lasts.")] = 60,
         seed: Annotated[int, typer.Option(help="Seed of what is asked and sent.")] = 1,
         output: Annotated[Path | None, typer.Option(help="File for all that was recorded, as JSON.")] = None) -> None:
    """Reads, bombs, contributions, publishes, withdrawals and kills of workers on two copies of the service over one journal."""
    with TemporaryDirectory(prefix="kg-soak-") as folder:
        settings = read_settings({}, var=Path(folder) / "var", journal=f"sqlite:///{folder}/journal.sqlite")
        outcome = run_soak(settings, minutes, seed, typer.echo)
        logs = {name: (settings.var / f"{name}.log").read_text(errors="replace")[-4000:] for name in ("one", "two")}
    if output:
        output.write_text(json.dumps({**dataclasses.asdict(outcome), "logs": logs}, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"{outcome.answers} answers to {outcome.pairs} pairs of address and data version, {outcome.compared} of them by several "
               f"copies; {outcome.versions} versions; steps: {_list(outcome.steps)}; bombs by status: {_list(outcome.bombs)}; "
               f"{outcome.kills} workers killed; memory grew by {' and '.join(f'{each:.1%}' for each in outcome.growth)}.")
    for name, figures in outcome.latency.items():
        typer.echo(f"{name:50} {figures['count']:6}  p50 {figures['p50']:8.1f}  p95 {figures['p95']:8.1f}  p99 {figures['p99']:8.1f} ms")
    for each in [*outcome.wrong, *outcome.lost][:SHOWN]:
        typer.echo(each)
    typer.echo(f"{len(outcome.wrong)} wrong, {len(outcome.lost)} lost.")
    if outcome.wrong or outcome.lost or max(outcome.growth) > FLAT:
        raise typer.Exit(1)


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
