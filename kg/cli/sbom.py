"""`kg sbom`: the bill of materials of a release."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import NotFound
from kg.journal.journal import now
from kg.materials import PRODUCT, list_materials, list_unknown, read_lock


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("sbom")(sbom)


def sbom(lock: Annotated[Path, typer.Option(help="The lock, one name==version a line.")] = Path("requirements.lock")) -> None:
    """Print every package of the lock with version, licence and what it needs, as CycloneDX 1.6 JSON."""
    if not lock.is_file():
        raise NotFound("there is no such lock.", where=lock.name, advice="Run it in the checkout, or name the lock with --lock.")
    found = list_materials(read_lock(lock.read_text(encoding="utf-8")), importlib.metadata.version(PRODUCT), now())
    if unknown := list_unknown(found):
        typer.echo(f"No licence is known of {', '.join(unknown)}: not installed here. Install every extra to have them all.", err=True)
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
