"""`kg harvest SOURCES.ttl`: what other institutions publish, taken, judged and published here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import NotFound
from kg.harvest import as_json, as_text, harvest, open_newest, read_sources
from kg.journal.journal import now
from kg.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("harvest")(harvest_command)


def harvest_command(path: Annotated[Path, typer.Argument(metavar="SOURCES.ttl", help="The sources, in DCAT and VoID terms.")],
                    only: Annotated[list[str] | None, typer.Option(help="Name of a source to take; all without it.")] = None,
                    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text") -> None:
    """Take every source and print how it went; exit status 2 when one was refused or away."""
    if not path.is_file():
        raise NotFound("there is no such file.", where=str(path), advice="Name a Turtle file that lists the sources.")
    settings, sources = read_settings(), read_sources(path)
    unknown = sorted(set(only or ()) - {source.name for source in sources})
    if unknown:
        raise NotFound(f"no source is called {unknown[0]!r}.", where=path.name,
                       advice=f"It lists {', '.join(each.name for each in sources)}.")
    outcomes = harvest([each for each in sources if not only or each.name in only], settings, lambda: open_newest(settings))
    report = as_json(outcomes, now().isoformat(timespec="seconds"))
    typer.echo(json.dumps(report, indent=1, ensure_ascii=False) if form == "json" else as_text(outcomes))
    if any(each.failed for each in outcomes):
        raise typer.Exit(2)
