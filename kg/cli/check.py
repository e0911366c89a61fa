"""`kg check NAME`: each check prints what it looked at, what it found and with which version."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

import typer

CHECKS: Final = ("standards", "synergies", "publication", "reconciliation", "crash", "fuzz", "soak", "data")


def register(app: typer.Typer) -> None:
    """Add the verb with one command per module `kg/cli/check_<name>.py`."""
    checks = typer.Typer(help="Checks that print their figures and fail on a regression.", no_args_is_help=True)
    for name in CHECKS:
        if importlib.util.find_spec(f"kg.cli.check_{name}"):
            importlib.import_module(f"kg.cli.check_{name}").register(checks)
    app.add_typer(checks, name="check")
