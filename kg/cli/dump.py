"""`kg dump`, `kg load` and `kg diff`: the dataset as a file, back again, and what two files differ in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.index import build_index
from kg.publication.dumps import compare_dumps, read_dump, write_dump
from kg.settings import read_settings
from kg.store.open import open_store


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("dump")(dump)
    app.command("load")(load)
    app.command("diff")(diff)


def dump(folder: Annotated[Path, typer.Argument(help="Folder to write to.")]) -> None:
    """Write canonical N-Quads, gzipped, with a SHA-256 file."""
    written = write_dump(open_store(read_settings(), read_only=True), folder)
    typer.echo(f"Wrote {written.path}, {written.size} bytes, data version {written.version}, SHA-256 {written.sha256}.")


def load(path: Annotated[Path, typer.Argument(help="A dump, gzipped or plain N-Quads.")]) -> None:
    """Replace the store by a dump and build the read model of it."""
    settings = read_settings()
    content = read_dump(path)
    store = open_store(settings)
    store.load(content)
    build_index(store, settings.var / "index.sqlite")
    typer.echo(f"Loaded {store.size()} quads, data version {store.version()}.")
    store.close()


def diff(old: Annotated[Path, typer.Argument(help="The earlier dump.")],
         new: Annotated[Path, typer.Argument(help="The later dump.")]) -> None:
    """Print what the later dump removes and adds, as an RDF Patch."""
    for line in compare_dumps(read_dump(old), read_dump(new)):
        typer.echo(line)
