"""`kg bench NAME`: figures as medians with spread, beside a peer as ratios, with the machine they were taken on."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

import typer

BENCHES: Final = ("service", "sparql", "validate", "synergies", "publish", "search", "pages", "load")


def register(app: typer.Typer) -> None:
    """Add the verb with one command per module `kg/cli/bench_<name>.py`."""
    benches = typer.Typer(help="Figures of speed, side by side with a peer.", no_args_is_help=True)
    for name in BENCHES:
        if importlib.util.find_spec(f"kg.cli.bench_{name}"):
            importlib.import_module(f"kg.cli.bench_{name}").register(benches)
    app.add_typer(benches, name="bench")
