"""The peers of the bench: each that the machine has is started over the same data and answers the same tiny query."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from kg.bench.machine import describe_machine
from kg.bench.peers import PEERS, write_data
from kg.bench.sparql import TINY
from kg.store.local import LocalStore


def test_the_peers_are_those_of_the_readme() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert set(PEERS) == {"oxigraph serve", "rdflib-endpoint", "Virtuoso"}
    assert all(peer.install.split()[-1] in text for peer in PEERS.values())


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_answers_as_the_store_does(name: str, tmp_path: Path) -> None:
    if not PEERS[name].found():
        pytest.skip(f"{name} is missing: {PEERS[name].install}")
    write_data(tmp_path / "data.nq", 1000)
    store = LocalStore()
    store.load((tmp_path / "data.nq").read_bytes())
    query = TINY
    with PEERS[name].start(tmp_path) as (port, path, process):
        asked = Request(f"http://127.0.0.1:{port}{path}?{urlencode({'query': query})}", headers={"Accept": "application/sparql-results+json"})
        with urlopen(asked, timeout=60) as answer:
            rows = json.load(answer)["results"]["bindings"]
        assert process.poll() is None
    found = {(row["p"]["value"], row["o"]["value"]) for row in rows}
    assert found == {(str(row["p"]), str(row["o"])) for row in store.select(query)} and len(found) > 10
    assert process.poll() is not None


def test_the_report_says_which_virtuoso_there_is() -> None:
    found = describe_machine()["Virtuoso"]
    assert re.fullmatch(r"\d+(\.\d+)+", found) if PEERS["Virtuoso"].found() else found == "not installed"
