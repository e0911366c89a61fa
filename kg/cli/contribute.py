"""`kg contribute FILE`: a spreadsheet or RDF file, to a running service or into the journal of this machine, with its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from kg.cli.validate import write_text
from kg.contributions import find_key
from kg.contributions.opening import open_contributions
from kg.errors import NotFound, StoreFailed
from kg.formats import BY_SUFFIX
from kg.forms import load_known
from kg.journal import open_journal
from kg.reception import SHEETS, Sent, as_report, check_file, keep
from kg.settings import Settings, read_settings

SECONDS = 60.0


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("contribute")(contribute)


def contribute(path: Annotated[Path, typer.Argument(help="Spreadsheet (.xlsx, .csv) or RDF file.")],
               to: Annotated[str, typer.Option(help="Address of a service; without it, into the journal of this machine.")] = "",
               form: Annotated[str, typer.Option(help="What the rows of a CSV file are, practice for instance.")] = "",
               key: Annotated[str, typer.Option(envvar="URBAN_AGENDA_KEY", help="Key of your organisation.")] = "",
               contact: Annotated[str, typer.Option(help="E-mail for questions; never published.")] = "",
               draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft that is sent later.")] = False) -> None:
    """Send a contribution; exit status 0 when it was taken, 2 when something has to be corrected, 1 when it cannot be read."""
    if not path.is_file():
        raise NotFound("there is no such file.", where=str(path), advice="Name a spreadsheet or an RDF file.")
    report = _post(path, to, form, key, contact, draft) if to else _store(path, form, key, contact, draft, read_settings())
    write_text(report)
    if not report["conforms"]:
        raise typer.Exit(2)
    typer.echo(f"Taken as {report['reference']}. {report['page']}")


def _post(path: Path, to: str, form: str, key: str, contact: str, draft: bool) -> dict[str, Any]:
    """Send the file to a service; raises StoreFailed when it cannot be reached or answers something else than a report."""
    suffix = path.suffix.lstrip(".").casefold()
    kind = SHEETS.get(suffix) or (BY_SUFFIX[suffix].media_type if suffix in BY_SUFFIX else "application/octet-stream")
    try:
        answer = httpx.post(to.rstrip("/") + "/contributions", files={"file": (path.name, path.read_bytes(), kind)}, timeout=SECONDS,
                            data={"form": form, "contact": contact, "draft": str(draft).lower()},
                            headers={"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})})
        report: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreFailed(f"the service gave no answer: {error}.", where=to, advice="Check the address.") from error
    if "remarks" not in report:
        raise StoreFailed(str(report.get("detail", answer.reason_phrase)), where=path.name, line=report.get("line"),
                          column=report.get("column"))
    return report


def _store(path: Path, form: str, key: str, contact: str, draft: bool, settings: Settings) -> dict[str, Any]:
    agent = space = ""
    if key:
        journal = open_journal(settings)
        found = find_key(journal, key, "partner")
        agent, space = found.agent, found.space
        journal.close()
    with open_contributions(settings) as (contributions, _):
        known = load_known(contributions.store)
        sent: Sent = check_file(path.read_bytes(), known, contributions.store, name=path.name, form=form, space=space)
        if not sent.conforms:
            return as_report(sent)
        received = keep(contributions, sent, agent=agent, contact=contact, draft=draft)
        reference = received.contribution.reference
        page = f"{settings.public_base}contributions/{reference}?token={received.token}"
        return {**as_report(sent), "reference": reference, "page": page}
