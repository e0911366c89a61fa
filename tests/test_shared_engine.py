"""Two copies of the service over one engine and one journal: neither overwrites the other, both end in what a store alone gives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import run_oxigraph
from fastapi.testclient import TestClient
from rdflib import RDF, Graph, Literal
from wires import failing

from api.app import create_app
from kg.contributions import Contributions, Publisher
from kg.index import Index
from kg.journal import Journal
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.store.remote import RemoteStore
from kg.synergies.materialise import compute_synergies, silent
from kg.terms import DCT, PROVENANCE_GRAPH, SYNERGIES_GRAPH, UAEU, thing


def describe(name: str) -> Graph:
    made = Graph()
    made.add((thing("initiative", name), RDF.type, UAEU.ProcurementInitiative))
    made.add((thing("initiative", name), DCT.title, Literal(name, lang="en")))
    return made


def start() -> LocalStore:
    """A store as a build of no sources leaves it."""
    store = LocalStore()
    ranked = compute_synergies(store, silent)
    store.replace({name: ranked[name] for name in (SYNERGIES_GRAPH, PROVENANCE_GRAPH)})
    return store


class Copy:
    """One copy: its own read model and connection, the journal and the engine of both."""

    def __init__(self, var: Path, journal: Path, engine: str) -> None:
        self.settings: Settings = read_settings({}, var=var, store=engine)
        self.store, self.journal = RemoteStore(engine), Journal(f"sqlite:///{journal}")
        self.publisher = Publisher(self.settings, self.store, self.journal)
        self.contributions = Contributions(self.store, self.journal, self.publisher.follow)
        self.told: list[str] = []
        self.publisher.listeners.append(lambda version, _: self.told.append(version))

    def publish(self, name: str) -> str:
        reference = self.contributions.receive(describe(name)).contribution.reference
        self.contributions.accept(reference, "urn:r")
        self.contributions.publish(reference, "urn:r")
        return reference

    def index(self) -> str:
        return Index(self.settings.var / "index.sqlite").version()


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[tuple[Copy, Copy]]:
    with run_oxigraph(tmp_path) as engine:
        RemoteStore(engine).load(b"".join(start().dump()))
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        yield Copy(tmp_path / "one", tmp_path / "journal.sqlite", engine), Copy(tmp_path / "two", tmp_path / "journal.sqlite", engine)


def alone(journal: Journal, folder: Path) -> str:
    store = start()
    Publisher(read_settings({}, var=folder), store, journal).follow()
    return store.version()


def test_a_copy_hears_of_what_another_brought_to_the_engine(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    one, two = copies
    two.publisher.follow()
    one.publish("a")
    assert two.store.version() == one.store.version() and two.index() != one.index()
    two.publisher.follow()
    assert two.told[-1] == one.told[-1] == two.store.version() == two.index() == alone(one.journal, tmp_path / "alone")


def test_copies_that_publish_at_once_lose_and_double_nothing(copies: tuple[Copy, Copy], tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def publish(copy: Copy, names: str) -> None:
        try:
            for name in names:
                copy.publish(name)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=publish, args=(copy, names)) for copy, names in zip(copies, ("abc", "xyz"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    one, two = copies
    for copy in copies:
        copy.publisher.follow()
    found = one.store.select("SELECT ?s WHERE { ?s a <https://w3id.org/uaeu-kg/ontology#ProcurementInitiative> } ORDER BY ?s")
    assert [str(row["s"]).rsplit("/", 1)[-1] for row in found] == list("abcxyz")
    assert one.store.version() == two.store.version() == one.index() == two.index() == alone(one.journal, tmp_path / "alone")
    assert len(one.journal.changes()) == 6


def test_an_engine_that_fails_is_said_to_fail_and_is_asked_again(copies: tuple[Copy, Copy]) -> None:
    copies[0].publish("a")
    fault, asked = "", 0
    with failing(copies[1].store.address, lambda method, path: fault) as wired:
        settings = copies[1].settings.model_copy(update={"store": wired.address})
        with TestClient(create_app(settings, wired)) as client:
            for what in ("away", "500", "half", "short", "unended"):
                for accept in ("application/json", "text/html"):
                    # each time another address, so that none is kept in memory
                    asked, fault = asked + 1, what
                    answer = client.get(f"/doc/initiative/a?lang={'x' * asked}", headers={"Accept": accept})
                    assert answer.status_code == 502 and "the engine" in answer.text.casefold()
                    fault = ""
                    assert client.get(f"/doc/initiative/a?lang={'x' * asked}", headers={"Accept": accept}).status_code == 200
