"""`kg validate PATH`: does it conform, and if not, which record, where, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kg.conformance import Conformance, check_path
from kg.errors import Invalid
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.validation.engine import VIOLATION

FORMATS = ("text", "json", "ttl")
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("validate")(validate)


def validate(path: Annotated[Path, typer.Argument(help="Folder of sources such as data/, or an RDF file.")],
             form: Annotated[str, typer.Option("--format", help="text, json or ttl.")] = "text",
             language: Annotated[str, typer.Option(help="Language of the messages: en, fr, de, es or it.")] = "en",
             every: Annotated[bool, typer.Option("--all", help="Show also what could say more.")] = False) -> None:
    """Check against the shapes; exit status 0 when it conforms, 2 when not, 1 when it cannot be read."""
    if form not in FORMATS:
        raise Invalid(f"the format {form!r} is not known.", where="--format", advice=f"Known are {', '.join(FORMATS)}.")
    settings = read_settings()
    held = settings.var / "store"
    store = LocalStore(held, read_only=True) if path.is_file() and held.is_dir() else None
    found = check_path(path, store)
    if form == "json":
        typer.echo(json.dumps(as_json(found, language), ensure_ascii=False, indent=1))
    elif form == "ttl":
        typer.echo(found.report.graph.serialize(format="turtle"))
    else:
        write_text(found, language, every)
    if not found.report.conforms:
        raise typer.Exit(2)


def write_text(found: Conformance, language: str, every: bool) -> None:
    """The report in words; what could say more only when asked."""
    typer.echo(found.sentence())
    shown = [each for each in found.findings if every or each.result.severity == VIOLATION]
    for each in shown if every else shown[:SHOWN]:
        place = " and ".join(each.places) or str(each.result.focus)
        value = f" ({each.result.value})" if each.result.value is not None else ""
        typer.echo(f"{each.result.severity:9} {place}: {each.result.message(language)}{value}")
    if not every and len(shown) > SHOWN:
        typer.echo(f"... and {len(shown) - SHOWN} more; --all or --format json shows every one.")


def as_json(found: Conformance, language: str) -> dict[str, object]:
    """The report as JSON, with stable names of shapes and components."""
    return {"conforms": found.report.conforms, "summary": found.sentence(),
            "findings": [{"severity": each.result.severity, "focus": str(each.result.focus), "places": list(each.places),
                          "path": str(each.result.path or ""), "value": str(each.result.value or ""), "shape": str(each.result.shape or ""),
                          "component": each.result.component, "message": each.result.message(language)} for each in found.findings]}
