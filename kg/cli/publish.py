"""`kg publish`: a release of the present data version in every format, and the feed up to it; or the part of one source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.errors import Invalid
from kg.publication import feed
from kg.publication.databases import has_parquet
from kg.publication.partner import publish_part
from kg.publication.releases import publish_release
from kg.settings import read_settings
from kg.store.open import open_store


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("publish")(publish)


def publish(source: Annotated[str, typer.Option(help="Publish the graphs of this source alone, as a folder of static files.")] = "",
            out: Annotated[Path | None, typer.Option(help="That folder.")] = None) -> None:
    """Write a release to var/releases: every format, checksums, manifest, the difference to the release before; and the feed."""
    settings = read_settings()
    if bool(source) != (out is not None):
        raise Invalid("a part needs both --source and --out.", advice="Name the source and the folder.")
    store = open_store(settings, read_only=True)
    if out is not None:
        part = publish_part(settings, store, source, out)
        typer.echo(f"Wrote {part.graphs} graphs, {part.quads} quads, to {out}; {part.members} new members in its feed.")
        return
    release, members = publish_release(settings, store), feed.append(settings, store)
    table = Table("file", "bytes", "SHA-256", title=f"Release {release.version}, data of {release.issued}, {release.quads} quads")
    for file in release.files:
        table.add_row(file.name, f"{file.size:,}", file.sha256)
    Console().print(table)
    typer.echo(f"Written to {release.folder}; {members} new members in the feed.")
    if not has_parquet():
        typer.echo("No Parquet: install urban-agenda-kg[analysts] for it.")
