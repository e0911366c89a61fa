"""What is kept of a data version beside the store: believed only while it is true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

from kg.store import stamp
from kg.store.local import LocalStore

A, B = (URIRef(f"urn:{name}") for name in "ab")


def fill(folder: Path, *names: URIRef) -> str:
    """Put one triple into each graph; the data version."""
    store = LocalStore(folder)
    for name in names:
        store.put(name, Graph().add((name, A, B)))
    version = store.version()
    store.close()
    return version


def count(store: LocalStore) -> str:
    """The data version from nothing but the quads."""
    store._sum = None
    return store.version()


def test_who_opens_again_reads_no_quads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = fill(tmp_path, A, B)
    monkeypatch.setattr("kg.store.local.store.sum_lines", lambda lines: pytest.fail("read"))
    for _ in range(2):
        opened = LocalStore(tmp_path)
        assert opened.version() == version
        opened.close()


def test_who_only_reads_while_another_writes_sees_the_version_of_what_it_sees(tmp_path: Path) -> None:
    fill(tmp_path, A)
    writer = LocalStore(tmp_path)
    writer.put(B, Graph().add((B, A, B)))
    reader = LocalStore(tmp_path, read_only=True)
    version = reader.version()
    assert version == writer.version() == count(reader)
    writer.put(B, Graph().add((B, B, B)))
    assert reader.version() == version == count(reader) != writer.version()
    writer.close()


def test_after_a_change_the_kept_one_is_the_new_one(tmp_path: Path) -> None:
    before = fill(tmp_path, A)
    after = fill(tmp_path, B)
    opened = LocalStore(tmp_path)
    assert before != after == opened.version() == count(opened)
    opened.put_all({A: Graph()})
    assert opened.version() == count(opened) == LocalStore().version()
    opened.close()


def test_what_another_program_changed_is_seen(tmp_path: Path) -> None:
    version = fill(tmp_path, A)
    foreign = ox.Store(str(tmp_path))
    foreign.add(ox.Quad(ox.NamedNode("urn:x"), ox.NamedNode("urn:x"), ox.NamedNode("urn:x"), ox.NamedNode("urn:x")))
    foreign.flush()
    del foreign
    opened = LocalStore(tmp_path)
    assert opened.version() == count(opened) != version


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"sum": "no"}', '{"sum": "1", "current": "MANIFEST-000001\\n", "boot": ""}'])
def test_a_broken_one_is_not_believed(tmp_path: Path, kept: str) -> None:
    version = fill(tmp_path, A)
    (tmp_path / stamp.NAME).write_text(kept, encoding="utf-8")
    opened = LocalStore(tmp_path)
    assert opened.version() == version


def test_an_open_one_holds_until_the_machine_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = LocalStore(tmp_path)
    opened.put(A, Graph().add((A, A, B)))
    version = opened.version()
    assert json.loads((tmp_path / stamp.NAME).read_text())["boot"]
    assert stamp.Stamp(tmp_path).sum is not None
    monkeypatch.setattr(stamp, "BOOT", tmp_path / "another")
    (tmp_path / "another").write_text("another start\n")
    assert stamp.Stamp(tmp_path).sum is None
    opened.close()
    assert stamp.Stamp(tmp_path).sum is not None and version == LocalStore(tmp_path).version()


def test_a_process_that_is_killed_within_a_change_leaves_none(tmp_path: Path) -> None:
    fill(tmp_path, A)
    program = ("import os, sys; from pathlib import Path; from rdflib import Graph, URIRef; from kg.store.local import LocalStore\n"
               "store = LocalStore(Path(sys.argv[1])); store._change = lambda *_: os._exit(9)\n"
               "store.put(URIRef('urn:c'), Graph().add((URIRef('urn:c'),) * 3))")
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)]).returncode == 9
    assert not (tmp_path / stamp.NAME).exists()
    opened = LocalStore(tmp_path)
    assert opened.version() == count(opened)
