"""`kg key`: keys of partners and reviewers."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from kg.contributions import ROLES, add_key
from kg.contributions.keys import MAINTAINERS
from kg.journal import open_journal
from kg.settings import read_settings

BY = typer.Option(MAINTAINERS, help="IRI of the organisation that decides.")


def register(app: typer.Typer) -> None:
    """Add the verb with its commands."""
    keys = typer.Typer(help="Keys of partners and reviewers.", no_args_is_help=True)
    keys.command("add")(add)
    keys.command("list")(show)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="key")


def add(agent: str = typer.Argument(..., help="IRI of the organisation that the key speaks for."),
        role: str = typer.Option("partner", help=f"One of {', '.join(ROLES)}."),
        space: str = typer.Option("", help="Start of the IRIs that the partner may describe."), by: str = BY) -> None:
    """Make a key and print its secret, this once."""
    journal = open_journal(read_settings())
    key, secret = add_key(journal, agent, role, space, by=by)
    journal.close()
    typer.echo(f"{key.role} key {key.reference} for {key.agent}; it is shown only now:\n{secret}")


def show() -> None:
    """Print the keys, without their secrets."""
    journal = open_journal(read_settings())
    table = Table("reference", "role", "agent", "space", "created", "revoked")
    for key in journal.all_keys():
        table.add_row(key.reference, key.role, key.agent, key.space, key.created, key.revoked)
    journal.close()
    Console().print(table)


def revoke(reference: str, by: str = BY) -> None:
    """End a key."""
    journal = open_journal(read_settings())
    journal.revoke_key(reference, by)
    journal.close()
    typer.echo(f"Key {reference} opens nothing any more.")
