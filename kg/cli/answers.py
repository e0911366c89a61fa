"""Synergies as the command prints them, alike for every verb: a table for people, plain text, CSV, or RDF."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from rdflib import Graph
from rich.console import Console
from rich.table import Table

from kg.errors import Invalid
from kg.formats import BY_SUFFIX, TRIPLE_FORMATS
from kg.synergies import Synergy, describe_synergy
from kg.terms import PREFIXES, split_iri

FORMATS: Final = ("table", "text", "json", "csv", *(each.suffix for each in TRIPLE_FORMATS))
HELP: Final = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}."
COLUMNS: Final = ("source", "target", "target_label", "type", "direction", "score", "sentence")


def check_format(form: str) -> None:
    """Raise Invalid for a format that is not among FORMATS."""
    if form not in FORMATS:
        raise Invalid(f"the format {form!r} is not known.", where="--format", advice=f"Known are {', '.join(FORMATS)}.")


def write_synergies(found: Sequence[Synergy], form: str, title: str) -> None:
    """Write synergies to standard output in one of FORMATS but json, which each verb words itself."""
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows((each.source, each.target, each.target_label, each.type.rsplit("/", 1)[-1], each.direction,
                          round(each.score, 6), each.sentence) for each in found)
    elif form == "text":
        for each in found:
            typer.echo(f"{each.score:.3f} {each.target_label} ({'/'.join(split_iri(each.target))}): {each.sentence}")
    elif form == "table":
        table = Table("score", "with", "type", "because", title=title)
        for each in found:
            arrow = {"gives": "gives to", "receives": "receives from"}.get(each.direction, "")
            table.add_row(f"{each.score:.3f}", f"{each.target_label}\n[dim]{'/'.join(split_iri(each.target))}[/]",
                          f"{each.type.rsplit('/', 1)[-1]} {arrow}".strip(), each.sentence)
        Console().print(table)
    else:
        graph = Graph()
        for prefix, iri in PREFIXES.items():
            graph.bind(prefix, iri, override=True, replace=True)
        for each in found:
            describe_synergy(each, graph)
        options: dict[str, Any] = {"auto_compact": True} if form == "jsonld" else {}
        typer.echo(graph.serialize(format=BY_SUFFIX[form].rdflib, **options))
