"""`kg check standards`: conformance with the official assets, set by set."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from kg import resources
from kg.build import read_sources, silent
from kg.errors import NotFound
from kg.standards import Model, check_standards, find_assets
from kg.store.local import LocalStore
from kg.synergies import compute_synergies

SHOWN = 50


def register(checks: typer.Typer) -> None:
    """Add the command."""

    @checks.command("standards")
    def standards() -> None:
        """Ontology, schemes, shapes and data against the validators and tables of the Commission and the W3C."""
        try:
            assets = find_assets()
        except NotFound as error:
            typer.echo(f"Skipped: {error}")
            return
        graphs, store = read_sources(resources.data()), LocalStore()
        store.put_all(graphs)
        for name, graph in compute_synergies(store, silent).items():
            store.put(name, graph)
        model = Model(resources.ontology(), resources.shapes(), graphs, store)
        screen = Console(soft_wrap=True)
        table = Table("set", "checked", "findings", "version of the asset")
        sets = list(check_standards(assets, model))
        for each in sets:
            table.add_row(each.name, f"{each.checked} {each.unit}", str(len(each.findings)), each.version)
        screen.print(table)
        findings = [finding for each in sets for finding in each.findings]
        for finding in findings[:SHOWN]:
            screen.print(str(finding), markup=False, highlight=False)
        if len(findings) > SHOWN:
            screen.print(f"and {len(findings) - SHOWN} more findings", markup=False)
        if findings:
            raise typer.Exit(1)
