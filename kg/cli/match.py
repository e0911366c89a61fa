"""`kg match`: who already does something that helps a plan that is only described."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from kg.cli.answers import HELP, RDF_FORMATS, check_format, write_graph, write_synergies
from kg.index import Index
from kg.matching import FIELDS, as_json, describe, match
from kg.settings import read_settings
from kg.store.open import open_store


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("match")(match_command)


def match_command(text: Annotated[str, typer.Argument(help="The plan, in a sentence or two.")] = "",
                  theme: Annotated[list[str] | None, typer.Option(help="Code or name; may be repeated.")] = None,
                  instrument: Annotated[list[str] | None, typer.Option(help="Code or name.")] = None,
                  needs: Annotated[list[str] | None, typer.Option("--input", help="What you need.")] = None,
                  have: Annotated[list[str] | None, typer.Option(help="What you have and can give.")] = None,
                  process: Annotated[list[str] | None, typer.Option(help="Steps that you plan.")] = None,
                  outcome: Annotated[list[str] | None, typer.Option(help="What you want to reach.")] = None,
                  country: Annotated[list[str] | None, typer.Option(help="Code or name.")] = None,
                  limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 10,
                  form: Annotated[str, typer.Option("--format", help=HELP)] = "table") -> None:
    """Show who already does something that helps a plan; nothing is stored."""
    check_format(form)
    settings = read_settings()
    values = ((theme, instrument, needs, have, process, outcome, country, [text]))
    fields = {name: tuple(each or ()) for name, each in zip(FIELDS, values, strict=True)}
    found = match(open_store(settings, read_only=True), Index(settings.var / "index.sqlite"), fields, limit)
    if form == "json":
        typer.echo(json.dumps(as_json(found, datetime.now(UTC).date()), ensure_ascii=False, indent=1))
        return
    if form in RDF_FORMATS:
        write_graph(describe(found), form)
    else:
        write_synergies(found.synergies, form, "Who can help")
    for missing in found.unknown:
        near = ", ".join(code for code, _ in missing.near) or "nothing near"
        typer.echo(f"{missing.field} {missing.term!r} is not known; near are {near}.", err=form not in ("table", "text"))
    for hint in found.improve:
        typer.echo(hint, err=form not in ("table", "text"))
