"""A SPARQL 1.1 engine elsewhere: the only module that knows SPARQLWrapper.

Queries go to the query address; named graphs are replaced by the Graph Store Protocol (SPARQL 1.1 GSP, 5.3 and 5.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import httpx
from rdflib import BNode, Dataset, Graph, Literal, URIRef
from SPARQLWrapper import GET, JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from kg.errors import Conflict, Invalid, QuerySyntax, StoreFailed
from kg.store import Bindings, Solutions, Term
from kg.store.bindings import bind
from kg.store.version import sum_lines, write_version

GRAPHS = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


class RemoteStore:
    """The dataset of an engine: `address` answers queries, `graphs` speaks the Graph Store Protocol.

    The engine must show the union of its named graphs as default graph (`oxigraph serve --union-default-graph`).
    Raises StoreFailed when the engine is away or answers something that is no answer.
    """

    def __init__(self, address: str, graphs: str = "", timeout: int = 30) -> None:
        self.address = address
        self.graphs = graphs or address.removesuffix("/query").removesuffix("/sparql") + "/store"
        self.timeout = timeout
        self._version: str | None = None

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        answer = self._ask(query, bindings, JSON)
        try:
            names = tuple(answer["head"]["vars"])
            rows = [tuple(_to_term(row[name]) if name in row else None for name in names)
                    for row in answer["results"]["bindings"]]
        except (KeyError, TypeError) as error:
            raise self._wrong("SPARQL results in JSON") from error
        return Solutions(names, rows)

    def construct(self, query: str, bindings: Bindings | None = None) -> Graph:
        answer = self._ask(query, bindings, TURTLE)
        try:
            return Graph().parse(data=answer, format="turtle")
        except Exception as error:  # rdflib's parsers raise errors of many kinds
            raise self._wrong("Turtle") from error

    def ask(self, query: str, bindings: Bindings | None = None) -> bool:
        answer = self._ask(query, bindings, JSON)
        if not isinstance(answer, dict) or not isinstance(answer.get("boolean"), bool):
            raise self._wrong("a boolean")
        return bool(answer["boolean"])

    def put(self, name: URIRef, graph: Graph) -> None:
        self._version = None
        body = graph.serialize(format="nt", encoding="utf-8")
        self._send("PUT", name, content=body, headers={"Content-Type": "application/n-triples"})

    def replace(self, graphs: Mapping[URIRef, Graph], dropped: Iterable[URIRef] = ()) -> None:
        """Replace graph by graph, the nearest that the Graph Store Protocol has; what is interrupted is done again from the journal."""
        for name, graph in graphs.items():
            self.put(name, graph)
        for name in dropped:
            self.drop(name)

    def drop(self, name: URIRef) -> None:
        self._version = None
        self._send("DELETE", name, missing=True)

    def graph(self, name: URIRef) -> Graph:
        response = self._send("GET", name, missing=True, headers={"Accept": "application/n-triples"})
        return Graph().parse(data=response.content, format="nt") if response.status_code == 200 else Graph()

    def names(self) -> list[URIRef]:
        return [row["g"] for row in self.select(GRAPHS) if isinstance(row["g"], URIRef)]

    def dump(self) -> Iterator[bytes]:
        lines: set[bytes] = set()
        for name in self.names():
            graph = self.graph(name)
            dataset = Dataset()
            target = dataset.graph(name)
            for triple in graph:
                target.add(triple)
            lines.update(line for line in dataset.serialize(format="nquads", encoding="utf-8").splitlines() if line)
        for line in sorted(lines):
            yield line + b"\n"

    def load(self, nquads: bytes) -> None:
        dataset = Dataset()
        try:
            dataset.parse(data=nquads, format="nquads")
        except Exception as error:  # rdflib's parsers raise errors of many kinds
            raise Invalid(f"the dump is broken: {error}", advice="Take the dump again and compare its checksum.") from error
        for name in self.names():
            self.drop(name)
        for graph in dataset.graphs():
            if isinstance(graph.identifier, URIRef) and len(graph):
                self.put(graph.identifier, graph)

    def size(self) -> int:
        return int(str(self.select(COUNT).rows[0][0]))

    def version(self) -> str:
        if self._version is None:
            self._version = write_version(sum_lines(self.dump()))
        return self._version

    def snapshot(self, folder: Path) -> None:
        raise Conflict("an engine elsewhere has no snapshot on this machine.", where=self.address,
                       advice="Public queries of a remote store run in the engine itself.")

    def close(self) -> None:
        """Nothing is held open between requests."""

    def _ask(self, query: str, bindings: Bindings | None, answer_format: str) -> Any:
        request = SPARQLWrapper(self.address, returnFormat=answer_format)
        request.setTimeout(self.timeout)
        text = bind(query, bindings or {})
        request.setMethod(POST if len(text) > 2000 else GET)
        request.setQuery(text)
        try:
            return request.queryAndConvert()
        except QueryBadFormed as error:
            raise QuerySyntax(f"the engine refuses the query: {error}", where=self.address) from error
        except (SPARQLWrapperException, HTTPError, URLError, OSError, ValueError) as error:
            raise StoreFailed(f"the engine gave no answer: {error}", where=self.address,
                              advice="Check that it runs, then ask again; the version before stays published.") from error

    def _send(self, method: str, name: URIRef, *, missing: bool = False, **request: Any) -> httpx.Response:
        try:
            response = httpx.request(method, self.graphs, params={"graph": str(name)}, timeout=self.timeout, **request)
        except httpx.HTTPError as error:
            raise StoreFailed(f"the engine gave no answer: {error}", where=self.graphs,
                              advice="Check that it runs, then ask again.") from error
        if response.status_code >= 400 and not (missing and response.status_code == 404):
            raise StoreFailed(f"the engine answered {response.status_code} to {method} of <{name}>.", where=self.graphs,
                              advice="Check that the engine allows writing by the Graph Store Protocol.")
        return response

    def _wrong(self, expected: str) -> StoreFailed:
        return StoreFailed(f"the engine's answer is not {expected}.", where=self.address,
                           advice="Check that KG_STORE is the address of a SPARQL 1.1 query service.")


def _to_term(value: dict[str, str]) -> Term:
    makers: dict[str, Callable[[], Any]] = {
        "uri": lambda: URIRef(value["value"]), "bnode": lambda: BNode(value["value"]),
        "literal": lambda: Literal(value["value"], lang=value.get("xml:lang"),
                                   datatype=URIRef(value["datatype"]) if "datatype" in value else None, normalize=False)}
    makers["typed-literal"] = makers["literal"]
    return makers[value["type"]]()  # type: ignore[no-any-return]
