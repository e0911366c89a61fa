"""The real data on other engines: the same version, the same bytes, the same answers of pages and queries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines import run_oxigraph, run_virtuoso

from kg.build import Built
from kg.store.local import LocalStore
from kg.store.remote import RemoteStore


@pytest.fixture(scope="module", params=[run_oxigraph, run_virtuoso], ids=["oxigraph", "virtuoso"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: LocalStore) -> Iterator[RemoteStore]:
    with request.param(tmp_path_factory.mktemp("engine")) as address:
        made = RemoteStore(address, timeout=600)
        made.load(b"".join(store.dump()))
        yield made


def test_the_engine_ends_in_the_same_bytes(engine: RemoteStore, store: LocalStore, built: Built) -> None:
    assert engine.version() == built.version and engine.size() == built.quads and len(engine.names()) == built.graphs
    assert b"".join(engine.dump()) == b"".join(store.dump())
