"""`kg bench`: all figures in one report; `kg bench NAME`: one bench alone, with options of its own."""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

BENCHES: Final = ("service", "sparql", "validate", "synergies", "publish", "search", "pages", "load")


def register(app: typer.Typer) -> None:
    """Add the verb with one command per module `kg/cli/bench_<name>.py`."""
    benches = typer.Typer(help="Figures of speed, side by side with peers; all of them without a name.", invoke_without_command=True)
    benches.callback()(measure_all)
    for name in BENCHES:
        if importlib.util.find_spec(f"kg.cli.bench_{name}"):
            importlib.import_module(f"kg.cli.bench_{name}").register(benches)
    app.add_typer(benches, name="bench")


def measure_all(context: typer.Context,
                quick: Annotated[bool, typer.Option("--quick", help="Small sizes, for a first look: minutes instead of an hour.")] = False,
                only: Annotated[list[str] | None, typer.Option("--only", help="One bench of the report; may be repeated.")] = None,
                output: Annotated[Path, typer.Option(help="Folder for report.html and report.json.")] = Path("var/bench"),
                keep: Annotated[bool, typer.Option("--keep", help="Store the ratios, for later runs to compare with.")] = False) -> None:
    """Measure everything with its peers, write a page and JSON, and show what is worse than the stored ratios."""
    if context.invoked_subcommand:
        return
    from kg.bench import FULL, QUICK
    from kg.bench.page import write_page, write_value
    from kg.bench.report import keep_ratios
    from kg.bench.run import BENCHES as MEASURED
    from kg.bench.run import run_benches

    report = run_benches(only or MEASURED, QUICK if quick else FULL, typer.echo)
    output.mkdir(parents=True, exist_ok=True)
    (output / "report.html").write_text(write_page(report), encoding="utf-8")
    (output / "report.json").write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    table = Table("bench", "figure", "median", "spread", "peer", "ratio", "goal")
    for bench, figures in report.figures.items():
        for each in figures:
            low, high = each.spread
            table.add_row(bench, f"{each.name} ({each.size})" if each.size else each.name, f"{write_value(each.value)} {each.unit}",
                          f"{write_value(low)} to {write_value(high)}", each.peer, write_value(each.ratio),
                          {None: "", True: "met", False: "missed"}[each.met])
    Console(width=160).print(table)
    typer.echo(", ".join(f"{name} {value}" for name, value in report.machine.items()))
    for key, before, now in report.regressions():
        typer.echo(f"Worse than stored: {key}: {now:.3g} instead of {before:.3g}")
    if keep:
        keep_ratios(report)
    typer.echo(f"The report is {output / 'report.html'}.")
    if report.failures:
        raise typer.Exit(1)
