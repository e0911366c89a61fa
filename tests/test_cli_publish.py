"""`kg publish`, `kg dump` and `kg load`: a release taken elsewhere gives the identical store."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph, Literal
from typer.testing import CliRunner

from kg.cli import make_app
from kg.publication.products import NAME
from kg.store.local import LocalStore
from kg.terms import GRAPH, SKOS, thing


def test_a_release_loads_into_an_identical_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, graph = LocalStore(tmp_path / "here" / "store"), Graph()
    graph.add((thing("city", "gent"), SKOS.prefLabel, Literal("Gent", lang="nl")))
    store.put(GRAPH["test"], graph)
    version = store.version()
    store.close()
    monkeypatch.setenv("KG_VAR", str(tmp_path / "here"))
    said = CliRunner().invoke(make_app(), ["publish"])
    assert said.exit_code == 0 and version in said.output and "1 new members in the feed" in said.output, said.output
    assert "0 new members" in CliRunner().invoke(make_app(), ["publish"]).output
    released = tmp_path / "here" / "releases" / version / f"{NAME}.nq.gz"
    monkeypatch.setenv("KG_VAR", str(tmp_path / "there"))
    loaded = CliRunner().invoke(make_app(), ["load", str(released)])
    assert loaded.exit_code == 0 and version in loaded.output, loaded.output
    dumped = CliRunner().invoke(make_app(), ["dump", str(tmp_path / "out")])
    assert dumped.exit_code == 0 and version in dumped.output, dumped.output
