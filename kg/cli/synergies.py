"""`kg synergies ID`: who already does something that helps, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rapidfuzz import process
from rdflib import URIRef
from rich.console import Console
from rich.table import Table

from kg.cli.answers import HELP, check_format, write_synergies
from kg.errors import Invalid, NotFound
from kg.queries import load_query
from kg.settings import read_settings
from kg.store import Store
from kg.store.bindings import bind
from kg.store.open import open_store
from kg.synergies import DocumentedSynergy, find_documented, find_synergies
from kg.synergies.find import REDO
from kg.synergies.ranking import load_ranking
from kg.synergies.records import as_documented, as_json
from kg.terms import ID, split_iri


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("synergies")(synergies)


def synergies(item: Annotated[str, typer.Argument(help="IRI, type/id such as initiative/circular-pp, or an id alone.")],
              kind: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
              min_score: Annotated[float, typer.Option(min=0, max=1, help="Least score.")] = 0.0,
              limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 10,
              form: Annotated[str, typer.Option("--format", help=HELP)] = "table",
              query: Annotated[bool, typer.Option("--query", help="Print the query that redoes the answer.")] = False) -> None:
    """Show the strongest synergies of one thing, with reasons."""
    check_format(form)
    store = open_store(read_settings(), read_only=True)
    iri = resolve(store, item)
    if query:
        typer.echo(bind(load_query(REDO).text, {"item": iri}))
        return
    found = find_synergies(store, iri, types=tuple(kind or ()), min_score=min_score, limit=limit)
    documented, today = find_documented(store, iri), datetime.now(UTC).date()
    if form == "json":
        json.dump({"item": str(iri), "documented": [as_documented(each, today) for each in documented],
                   "synergies": [as_json(each, today) for each in found]}, sys.stdout, ensure_ascii=False, indent=2)
        return
    if form == "table":
        write_links(documented)
    write_synergies(found, form, f"Synergies of {found[0].source_label if found else iri}", documented)


def resolve(store: Store, text: str) -> URIRef:
    """The thing that an IRI, a type/id or an id names; raises NotFound with the nearest ones."""
    ranking = load_ranking(store)
    if text.startswith("http") or "/" in text:
        iri = URIRef(text) if text.startswith("http") else ID[text]
        candidates = [iri] if iri in ranking.row else []
    else:
        candidates = [each for each in ranking.items if split_iri(each)[1] == text]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise Invalid(f"{text!r} is the id of several things.", advice="Choose " + " or ".join("/".join(split_iri(c)) for c in candidates))
    near = process.extract(text, ["/".join(split_iri(each)) for each in ranking.items], limit=3)
    raise NotFound(f"nothing is called {text!r}.", advice=f"Nearest: {', '.join(match[0] for match in near)}.")


def write_links(documented: Sequence[DocumentedSynergy]) -> None:
    """The documented links as a table for people."""
    if documented:
        table = Table("with", "what a source says", "page", title="Documented links")
        for link in documented:
            table.add_row(link.target_label, link.statement, link.page)
        Console().print(table)
