"""`kg backup` and `kg restore`: the journal is the only thing that cannot be built again."""

from __future__ import annotations

from pathlib import Path

import typer

from kg.errors import Conflict, NotFound
from kg.journal import Journal, open_journal
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(file: Path) -> None:
    """Copy the journal into one SQLite file while the service runs."""
    if file.exists():
        raise Conflict("the file exists.", where=file.name, advice="Name a new file.")
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    journal, copy = open_journal(read_settings()), Journal(f"sqlite:///{fresh}")
    count = journal.copy_to(copy)
    copy.close()
    journal.close()
    fresh.replace(file)
    typer.echo(f"{count} steps are in {file}.")


def restore(file: Path) -> None:
    """Fill an empty journal from a backup; `kg build` then makes everything else."""
    if not file.is_file():
        raise NotFound("there is no such file.", where=file.name, advice="Name the file that `kg backup` wrote.")
    journal, copy = open_journal(read_settings()), Journal(f"sqlite:///{file}")
    count = copy.copy_to(journal)
    copy.close()
    journal.close()
    typer.echo(f"{count} steps are restored; run `kg build` now.")
