"""The real data on other engines: the same version, the same bytes, the same answers of every query, of pages and data.

Each query is asked as the product asks it: with the examples of its parameters, or with the terms of `cases/engines/asked.tsv`, several rows
of them apart by `|`. What the real data do not hold is asked on `cases/engines/world.trig`; `cases/engines/left-out.tsv` says which
queries are not asked, and why.
"""

from __future__ import annotations

import csv
import gc
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path

import pyoxigraph as ox
import pytest
from engines import run_oxigraph, run_virtuoso
from fastapi.testclient import TestClient
from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from api.app import create_app
from api.parameters import bind_question
from kg.build import Built
from kg.queries import load_query
from kg.settings import Settings
from kg.soak.questions import READ
from kg.sparql.gate import inspect
from kg.store import Store, Term
from kg.store.bindings import bind_rows
from kg.store.kept import Kept
from kg.store.local import LocalStore
from kg.store.remote import RemoteStore

ADDRESSES = (*(address for address in READ if not address.startswith("/sparql")), "/partnerships", "/cooperation", "/gaps", "/matrix",
             "/timeline", "/map", "/doc/partnership/public-procurement", "/doc/practice/aalborg-ict-buy-back.json", "/cities.json?limit=100",
             "/match.json?text=Organic+school+meals&theme=food&country=Denmark")

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases" / "engines"
QUERIES = sorted(path.relative_to(ROOT).as_posix() for part in ("api", "kg", "ontology") for path in (ROOT / part).rglob("*.rq"))


def read_table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((CASES / name).open(encoding="utf-8"), delimiter="\t"))


LEFT_OUT = [row["query"] for row in read_table("left-out.tsv")]
ASKED = [(row["data"], row["query"], row["terms"]) for row in read_table("asked.tsv")]
GIVEN = {name for _, name, _ in ASKED}
ASKED += [("real", name, "") for name in QUERIES if name not in GIVEN and not any(fnmatch(name, each) for each in LEFT_OUT)]


def write_query(name: str, terms: str) -> str:
    """The text that an engine is sent: `terms` are rows like `word=school words=2 | word=meals words=2`."""
    query = load_query(ROOT / name)
    if not terms:
        return bind_question(query, {})
    rows = [dict(each.split("=", 1) for each in row.split()) for row in terms.split("|")]
    return bind_rows(query.text, tuple(rows[0]), [tuple(map(to_term, row.values())) for row in rows])


def to_term(value: str) -> Term:
    if "://" in value:
        return URIRef(value)
    return Literal(float(value) if "." in value else int(value)) if re.fullmatch(r"[\d.]+", value) else Literal(value)


def ask(store: Store, text: str) -> tuple[tuple[str, ...], Counter[tuple[object, ...]]]:
    """The variables and the rows of an answer, each as often as it comes; those of a CONSTRUCT are its triples."""
    joined = "GROUP_CONCAT" in text
    if inspect(text).form == "CONSTRUCT":
        return (), Counter(tuple(settle(term, joined) for term in triple) for triple in store.construct(text))
    found = store.select(text)
    return found.variables, Counter(tuple(settle(term, joined) for term in row) for row in found.rows)


def settle(term: Node | None, joined: bool) -> object:
    """A term without what is each engine's own choice: the label of a blank node, the digits of a quotient beyond those that count,
    and the order of what GROUP_CONCAT joins (SPARQL 1.1, 18.5.1.7)."""
    if isinstance(term, BNode):
        return "_:"
    if isinstance(term, Literal) and isinstance(term.value, (Decimal, float)):
        return round(float(term.value), 9)
    if isinstance(term, Literal) and joined and not term.datatype:
        return " ".join(sorted(re.split(r";? ", str(term))))
    return term


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


@pytest.mark.parametrize("name, terms", [pytest.param(name, terms, id=f"{name} {terms}".strip()) for data, name, terms in ASKED if data == "real"])
def test_every_query_has_the_same_answer(engine: RemoteStore, store: LocalStore, name: str, terms: str) -> None:
    text = write_query(name, terms)
    one, two = ask(store, text), ask(engine, text)
    assert one == two
    assert one[1], "an empty answer proves nothing: ask it on cases/engines/world.trig"


@pytest.mark.parametrize("serve", [run_oxigraph, run_virtuoso], ids=["oxigraph", "virtuoso"])
def test_queries_without_an_answer_in_the_real_data_have_the_same_answer_on_a_small_world(serve: Callable[[Path], AbstractContextManager[str]],
                                                                                         tmp_path: Path) -> None:
    quads, store = ox.parse(path=CASES / "world.trig", format=ox.RdfFormat.TRIG), LocalStore()
    store.load(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    with serve(tmp_path) as address:
        engine = RemoteStore(address)
        engine.load(b"".join(store.dump()))
        for data, name, terms in ASKED:
            if data == "world":
                one, two = ask(store, write_query(name, terms)), ask(engine, write_query(name, terms))
                assert one == two and one[1], name


def test_each_query_is_asked_or_left_out_for_a_reason() -> None:
    assert {name for _, name, _ in ASKED} <= set(QUERIES)
    assert all(row["reason"] and any(fnmatch(name, row["query"]) for name in QUERIES) for row in read_table("left-out.tsv"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_and_data_are_the_same(engine: RemoteStore, client: TestClient, request: pytest.FixtureRequest, address: str) -> None:
    other: TestClient = request.getfixturevalue("other")
    one, two = client.get(address), other.get(address)
    assert one.status_code == two.status_code and one.status_code < 500
    assert one.text == two.text and one.headers.get("etag") == two.headers.get("etag")
