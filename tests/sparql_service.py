"""A service over generated data on a free port of the loopback, for the tests of the protocol."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SKOS, XSD

from api.app import create_app
from kg.index import build_index
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.terms import BASE, UAEU, thing

ONE, TWO = URIRef(BASE + "graph/test/one"), URIRef(BASE + "graph/test/two")


@dataclass
class Service:
    """A running service: its address, its application, a client, and the store behind it."""

    address: str
    app: Any
    client: httpx.Client
    store: LocalStore

    def get(self, query: str, accept: str = "*/*", **options: Any) -> httpx.Response:
        return self.client.get("/sparql", params={"query": query}, headers={"Accept": accept}, **options)


def small_graphs(count: int = 300) -> dict[URIRef, Graph]:
    """Two graphs: partnerships with names in two languages and numbers; odd things in the second."""
    one, two = Graph(), Graph()
    for number in range(count):
        graph = two if number % 2 else one
        item = thing("partnership", f"p{number}")
        graph.add((item, RDF.type, UAEU.ThematicPartnership))
        graph.add((item, SKOS.prefLabel, Literal(f"Partnership {number}", lang="en")))
        graph.add((item, SKOS.altLabel, Literal(f"Größe, \"Anführung\"\nund Zeile {number} <&>", lang="de")))
        graph.add((item, UAEU.rank, Literal(number)))
        graph.add((item, UAEU.score, Literal(f"0.{number}", datatype=XSD.decimal)))
        graph.add((item, SKOS.related, thing("partnership", f"p{(number + 1) % count}")))
    for graph in (one, two):
        graph.add((thing("city", "both"), RDF.type, UAEU.City))
    return {ONE: one, TWO: two}


@contextmanager
def run_service(folder: Path, graphs: dict[URIRef, Graph] | None = None, **settings: Any) -> Iterator[Service]:
    """Serve the graphs until the block ends."""
    store = LocalStore(folder / "store")
    store.put_all(graphs or small_graphs())
    build_index(store, folder / "index.sqlite")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    options = {"base": address, "sparql_seconds": 2.0, "sparql_memory": 512, **settings}
    app = create_app(Settings(var=folder, **options), store)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the service did not start")
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
            yield Service(address, app, client, store)
    finally:
        server.should_exit = True
        thread.join(10)
        store.close()
