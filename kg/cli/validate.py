"""`kg validate PATH`: does it conform, and if not, which record, where, and what to do."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from kg.conformance import check_path
from kg.errors import Invalid, KgError
from kg.findings import HEADER, list_rows, write_report, write_sarif
from kg.reception import Sent, as_report
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.validation.engine import VIOLATION
from kg.wording import LANGUAGES, reword

FORMATS = ("text", "json", "ttl", "jsonld", "csv", "sarif")
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("validate")(validate)


def validate(path: Annotated[Path, typer.Argument(help="Folder of sources such as data/, an RDF file or a spreadsheet.")],
             form: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS)}.")] = "text",
             language: Annotated[str, typer.Option(help="Language of the messages: en, fr, de, es or it.")] = "en",
             rows: Annotated[str, typer.Option("--form", help="What the rows of a CSV file are, practice for instance.")] = "",
             every: Annotated[bool, typer.Option("--all", help="Show also what could be better.")] = False) -> None:
    """Check against the shapes without a network; exit status 0 when it conforms, 2 when not, 1 when it cannot be read."""
    if form not in FORMATS:
        raise Invalid(f"the format {form!r} is not known.", where="--format", advice=f"Known are {', '.join(FORMATS)}.")
    if language not in LANGUAGES:
        raise Invalid(f"there are no messages in {language!r}.", where="--language", advice=f"There are {', '.join(LANGUAGES)}.")
    held = read_settings().var / "store"
    store = LocalStore(held, read_only=True) if path.is_file() and held.is_dir() else None
    try:
        sent = check_path(path, store, language, rows)
    except KgError as error:
        raise reword(error, language) from error
    if form == "text":
        write_text(as_report(sent), path.is_dir() and not every)
    elif form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([HEADER, *list_rows(sent)])
    elif form in ("ttl", "jsonld"):
        typer.echo(write_report(sent).serialize(format="turtle" if form == "ttl" else "json-ld"))
    else:
        typer.echo(json.dumps(_as_json(sent, path, form), ensure_ascii=False, indent=1))
    if not sent.conforms:
        raise typer.Exit(2)


def _as_json(sent: Sent, path: Path, form: str) -> dict[str, Any]:
    whole = path.resolve()
    name = whole.relative_to(Path.cwd()).as_posix() if whole.is_relative_to(Path.cwd()) else whole.as_uri()
    return write_sarif(sent, name, folder=path.is_dir()) if form == "sarif" else as_report(sent)


def write_text(report: dict[str, Any], short: bool = False) -> None:
    """A report in words; `short` leaves out what could be better, and what comes after the first of many."""
    typer.echo(report["sentence"])
    shown = [each for each in report["remarks"] if not short or each["severity"] == VIOLATION]
    for each in shown[:SHOWN] if short else shown:
        place = ", ".join(part for part in (each.get("where", ""), f"line {each['line']}" if "line" in each else "",
                                            f"column {each['column']}" if "column" in each else "", each.get("key", "")) if part)
        typer.echo(f"{each['severity']:9} {place or each.get('record', '')}: {each['text']} {each.get('advice', '')}".rstrip())
    if short and len(shown) > SHOWN:
        typer.echo(f"... and {len(shown) - SHOWN} more; --all or --format json shows every one.")
    for each in report["similar"]:
        typer.echo(f"Is {each['record']} perhaps {each['published']} ({each['label']})?")
