"""`kg queue`, `accept`, `reject`, `withdraw`, `erase`: what a reviewer does, from the command line."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from kg.contributions import open_contributions
from kg.journal import open_journal
from kg.review import publish
from kg.settings import read_settings
from kg.terms import thing

AGENT = typer.Option(str(thing("agent", "maintainers")), help="IRI of the organisation that decides.")
LATER = "The running service publishes it within a second."


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    for verb in (queue, accept, reject, withdraw, erase):
        app.command(verb.__name__)(verb)


def queue(status: str = typer.Option("submitted", help="Status to list; empty for all.")) -> None:
    """List contributions by status, oldest first."""
    journal = open_journal(read_settings())
    table = Table("reference", "status", "since", "form", "from", "note")
    for each in journal.contributions(status):
        table.add_row(each.reference, each.status, each.changed, each.form, each.agent, each.note)
    journal.close()
    Console().print(table)


def accept(reference: str, agent: str = AGENT, supersedes: str = typer.Option("", help="Contribution that this one replaces.")) -> None:
    """Accept a contribution and publish it, if what is public by now still allows it."""
    with open_contributions(read_settings()) as (contributions, publishes):
        event = publish(contributions, reference, agent, supersedes)
        typer.echo(f"Published as step {event.sequence}. {'' if publishes else LATER}".strip())


def reject(reference: str, why: str = typer.Option(..., help="Reason, in one sentence."), agent: str = AGENT) -> None:
    """Decline a contribution."""
    with open_contributions(read_settings()) as (contributions, _):
        contributions.reject(reference, agent, why)
        typer.echo("Rejected.")


def withdraw(reference: str, why: str = typer.Option(..., help="Reason, in one sentence."), agent: str = AGENT) -> None:
    """Take a contribution back; what it replaced is public again."""
    with open_contributions(read_settings()) as (contributions, publishes):
        event = contributions.withdraw(reference, agent, why)
        typer.echo(f"Withdrawn as step {event.sequence}. {'' if publishes else LATER}".strip())


def erase(reference: str, agent: str = AGENT) -> None:
    """Forget how to reach the contributor; what is published stays. Backups that were made before keep it."""
    journal = open_journal(read_settings())
    found = journal.erase_contact(reference, agent)
    journal.close()
    typer.echo("The contact is erased." if found else "There was no contact.")
