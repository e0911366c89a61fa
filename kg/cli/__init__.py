"""The `kg` command: one verb per use case, the same functions that the service calls."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Final

import typer
from rich.console import Console

from kg.errors import KgError
from kg.validation.lexical import narrow_literals

NOUNS: Final = ("build", "serve", "validate", "contribute", "review", "key", "backup", "synergies", "match", "dump", "publish",
                "harvest", "check", "bench", "generate", "query", "sbom")

errors = Console(stderr=True, soft_wrap=True)


def make_app() -> typer.Typer:
    """The command with all its verbs; each noun of `NOUNS` is a module with a function `register(app)`."""
    app = typer.Typer(name="kg", help="Knowledge graph of the Urban Agenda for the EU.", no_args_is_help=True,
                      pretty_exceptions_enable=False, add_completion=False)
    for noun in NOUNS:
        if importlib.util.find_spec(f"kg.cli.{noun}"):
            importlib.import_module(f"kg.cli.{noun}").register(app)
    return app


def run() -> None:
    """Entry point: an error of ours becomes one sentence and exit status 1."""
    narrow_literals()
    try:
        make_app()()
    except KgError as error:
        errors.print(f"[bold red]{type(error).title}.[/] ", end="")
        errors.print(str(error), markup=False, highlight=False)
        sys.exit(1)
