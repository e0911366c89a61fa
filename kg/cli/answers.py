"""Synergies as the command prints them, alike for every verb: a table for people, plain text, CSV, or RDF."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import typer
from rdflib import Graph
from rich.console import Console
from rich.table import Table

from kg.errors import Invalid
from kg.formats import BY_SUFFIX, TRIPLE_FORMATS
from kg.synergies import DocumentedSynergy, Synergy, describe_synergy
from kg.synergies.about import state_period
from kg.synergies.records import COLUMNS, describe_documented, list_rows
from kg.terms import PREFIXES, split_iri

RDF_FORMATS: Final = tuple(each.suffix for each in TRIPLE_FORMATS)
FORMATS: Final = ("table", "text", "json", "csv", *RDF_FORMATS)
HELP: Final = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}."


def check_format(form: str) -> None:
    """Raise Invalid for a format that is not among FORMATS."""
    if form not in FORMATS:
        raise Invalid(f"the format {form!r} is not known.", where="--format", advice=f"Known are {', '.join(FORMATS)}.")


def write_synergies(found: Sequence[Synergy], form: str, title: str, documented: Sequence[DocumentedSynergy] = ()) -> None:
    """Write synergies, and links that a source states, to standard output in one of FORMATS but json, which each verb words itself.

    The table for people has no such links; it stands beside a table of its own for them.
    """
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows(list_rows(found, datetime.now(UTC).date(), documented))
    elif form == "text":
        for link in documented:
            typer.echo(f"documented {link.target_label} ({'/'.join(split_iri(link.target))}): {link.statement}")
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
        for each in found:
            describe_synergy(each, graph)
            state_period(each.target, each.about, graph)
        describe_documented(documented, graph)
        write_graph(graph, form)


def write_graph(graph: Graph, form: str) -> None:
    """Write a graph to standard output in a format of RDF."""
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri, override=True, replace=True)
    options: dict[str, Any] = {"auto_compact": True} if form == "jsonld" else {}
    typer.echo(graph.serialize(format=BY_SUFFIX[form].rdflib, **options))
