"""The real data on other engines: the same version, the same bytes, the same answers of stored queries, pages and data."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import run_oxigraph, run_virtuoso
from fastapi.testclient import TestClient
from rdflib import Literal

from api.app import create_app
from kg import resources
from kg.build import Built
from kg.queries import load_queries
from kg.settings import Settings
from kg.soak.questions import READ
from kg.store import Term
from kg.store.kept import Kept
from kg.store.local import LocalStore
from kg.store.remote import RemoteStore

ADDRESSES = (*(address for address in READ if not address.startswith("/sparql")), "/partnerships", "/cooperation", "/gaps", "/matrix",
             "/timeline", "/map", "/doc/partnership/public-procurement", "/doc/practice/aalborg-ict-buy-back.json", "/cities.json?limit=100",
             "/match.json?text=Organic+school+meals&theme=food&country=Denmark")

SLOW = ("sources-of-statement", "same-challenge", "strongest-synergies")
"""Stored questions that Virtuoso answers rightly and slowly."""


@pytest.fixture(scope="module", params=[run_oxigraph, run_virtuoso], ids=["oxigraph", "virtuoso"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: LocalStore) -> Iterator[RemoteStore]:
    with request.param(tmp_path_factory.mktemp("engine")) as address:
        made = RemoteStore(address, timeout=600)
        made.load(b"".join(store.dump()))
        yield made


@pytest.fixture(scope="module")
def other(engine: RemoteStore, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    var: Path = tmp_path_factory.mktemp("var")
    shutil.copyfile(settings.var / "index.sqlite", var / "index.sqlite")
    with TestClient(create_app(settings.model_copy(update={"var": var, "store": engine.address}), engine)) as made:
        yield made
    # Equal versions share what was read of them; what this engine answered is not what other tests ask about.
    for kept in gc.get_objects():
        if isinstance(kept, Kept):
            kept._values.clear()


def test_the_engine_ends_in_the_same_bytes(engine: RemoteStore, store: LocalStore, built: Built) -> None:
    assert engine.version() == built.version and engine.size() == built.quads and len(engine.names()) == built.graphs
    assert b"".join(engine.dump()) == b"".join(store.dump())


@pytest.mark.parametrize("name", sorted(load_queries(resources.ontology() / "questions")))
def test_stored_queries_have_the_same_answers(engine: RemoteStore, store: LocalStore, name: str) -> None:
    if engine.address.endswith("/sparql") and name in SLOW and "TEST_SLOW" not in os.environ:
        pytest.skip("takes up to two minutes on Virtuoso; TEST_SLOW=1 asks it too")
    query = load_queries(resources.ontology() / "questions")[name].text
    one, two = store.select(query), engine.select(query)
    assert one.variables == two.variables and Counter(map(settle, one.rows)) == Counter(map(settle, two.rows))


def settle(row: tuple[Term | None, ...]) -> tuple[object, ...]:
    """A row in which the parts of GROUP_CONCAT stand in order: which comes first is the engine's choice (SPARQL 1.1, 18.5.1.7)."""
    return tuple(" ".join(sorted(re.split(r";? ", str(term)))) if isinstance(term, Literal) and not term.datatype else term for term in row)


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_and_data_are_the_same(engine: RemoteStore, client: TestClient, request: pytest.FixtureRequest, address: str) -> None:
    other: TestClient = request.getfixturevalue("other")
    one, two = client.get(address), other.get(address)
    assert one.status_code == two.status_code and one.status_code < 500
    assert one.text == two.text and one.headers.get("etag") == two.headers.get("etag")
