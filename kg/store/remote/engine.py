"""The wire to an engine: the only module that knows SPARQLWrapper, and what engines do differently."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from threading import Lock
from typing import Any, Final
from urllib.error import HTTPError, URLError

import httpx
from rdflib import URIRef
from SPARQLWrapper import GET, JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from kg.errors import KgError, QuerySyntax, StoreFailed
from kg.store.bindings import hide, loosen

STATE: Final = URIRef("urn:uaeu-kg:state")
STAGED: Final = URIRef("urn:uaeu-kg:staged")
MERGED: Final = URIRef("urn:uaeu-kg:merged")
HIDDEN: Final = frozenset({STATE, STAGED, MERGED})
"""Graphs that belong to the adapter and not to the dataset."""
LONG: Final = 2000
"""Characters of a query that no longer goes into an address."""
SAID: Final = 200
"""Characters of what an engine says that an error repeats."""
_POSITION: Final = re.compile(r"error at (\d+):(\d+)|line (\d+)(?:, column (\d+))?")


@dataclass(frozen=True)
class Dialect:
    """What an engine does differently.

    `merged` is the graph that stands for its default graph; `most` statements are written into one operation, larger changes are staged;
    `batch` rows of VALUES go into a query; `offset` lines stand before a query in its messages; `own` are graphs of the engine itself;
    `loose` says that a graph is found by a variable alone.
    """

    name: str = "SPARQL 1.1"
    update: str = "/update"
    graphs: str = "/store"
    prologue: str = ""
    merged: URIRef | None = None
    most: int = 1_000_000
    batch: int = 10_000
    offset: int = 0
    own: frozenset[URIRef] = frozenset()
    loose: bool = False


# Virtuoso has no default graph of its own and joins all graphs triple by triple, so the merge is a graph, and the default one of each
# query; what it compiles of an operation may have 10,000 lines, and a whole number that an operation writes as xsd:decimal becomes an
# integer, so every change is staged. Of a property that has a date and a month which begins with it, it keeps one: the sum tells. GRAPH
# with a name finds nothing in a query that has a default graph, GRAPH with a variable does.
VIRTUOSO: Final = Dialect(
    "Virtuoso", "/sparql", "/sparql-graph-crud",
    f"define input:default-graph-uri {MERGED.n3()} ",
    MERGED, 0, 200, 2, frozenset(map(URIRef, ("http://www.openlinksw.com/schemas/virtrdf#", "http://www.w3.org/ns/ldp#",
                                        "http://localuriqaserver/sparql", "http://www.w3.org/2002/07/owl#"))), loose=True)
STANDARD: Final = Dialect()


class Engine:
    """One engine behind its addresses; `update` and `graphs` default to those that stand beside the query address.

    Raises StoreFailed when it is away or answers something that is no answer.
    """

    def __init__(self, address: str, replicas: tuple[str, ...], update: str, graphs: str, timeout: float) -> None:
        self.address, self.replicas, self.timeout = address, replicas, timeout
        self._update, self._graphs = update, graphs
        self._dialect: Dialect | None = None
        self._client = httpx.Client(timeout=timeout)
        self._turn, self._lock = 0, Lock()

    @property
    def dialect(self) -> Dialect:
        """How it speaks, found by the name that it gives itself in the header Server."""
        if self._dialect is None:
            named = self.send("GET", self.address, refusable=True, params={"query": "ASK { ?s ?p ?o }"}).headers.get("server", "")
            self._dialect = VIRTUOSO if named.startswith("Virtuoso") else STANDARD
        return self._dialect

    def read(self, text: str) -> Any:
        """The answer to a SELECT or ASK as JSON, of the engine or its replicas in turn; one that is away is passed over."""
        addresses = (self.address, *self.replicas)
        with self._lock:
            first, self._turn = self._turn, (self._turn + 1) % len(addresses)
        for address in (*addresses[first:], *addresses[:first]):
            try:
                return self.query(text, address)
            except StoreFailed as error:
                failure = error
        raise failure

    def query(self, text: str, address: str = "", *, plain: bool = False) -> Any:
        """The answer to a SELECT or ASK as JSON (SPARQL 1.1 Query Results JSON Format); raises QuerySyntax, StoreFailed.

        `plain` reads also the graphs of the adapter.
        """
        address, text = address or self.address, text if plain else self._write(text)
        request = SPARQLWrapper(address, returnFormat=JSON)
        request.setTimeout(int(self.timeout))
        request.setMethod(POST if len(text) > LONG else GET)
        request.setQuery(text)
        try:
            answer = request.query()
            self._refuse_cut(answer.info(), address)
            content = answer.response.read()
        except QueryBadFormed as error:
            place = _POSITION.search(str(error))
            raise QuerySyntax(f"the engine refuses the query: {error}", where=address, advice="Correct the query at this place.",
                              line=int(place[1] or place[3]) - self.dialect.offset if place else None,
                              column=int(place[2] or place[4]) if place and (place[2] or place[4]) else None) from error
        except (SPARQLWrapperException, HTTPException, HTTPError, URLError, OSError, ValueError) as error:
            raise StoreFailed(f"the engine gave no answer: {str(error)[:SAID]}", where=address,
                              advice="Check that it runs, then ask again; the version before stays published.") from error
        try:
            return _settle_boolean(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self.wrong("whole SPARQL results in JSON", address) from error

    def change(self, text: str) -> None:
        """Do an update (SPARQL 1.1 Protocol, 2.2.2)."""
        self.send("POST", self._update or self._beside(self.dialect.update), content=text.encode(),
                  headers={"Content-Type": "application/sparql-update"})

    def graph(self, name: URIRef) -> bytes:
        """A named graph as N-Triples, empty when there is none (Graph Store HTTP Protocol, 5.2)."""
        answer = self.send("GET", self._graph_store(), missing=True, params={"graph": str(name)},
                           headers={"Accept": "application/n-triples"})
        return b"" if answer.status_code == 404 else answer.content

    def put(self, name: URIRef | None, lines: bytes, *, more: bool = False) -> None:
        """Replace a named graph, or the default graph, by N-Triples, or add to it (Graph Store HTTP Protocol, 5.3 and 5.5)."""
        self.send("POST" if more else "PUT", self._graph_store(), params={"graph": str(name)} if name else {"default": ""},
                  content=lines, headers={"Content-Type": "text/turtle"})

    def drop(self, name: URIRef) -> None:
        """Remove a named graph (Graph Store HTTP Protocol, 5.4)."""
        self.send("DELETE", self._graph_store(), missing=True, params={"graph": str(name)})

    def send(self, method: str, address: str, *, missing: bool = False, refusable: bool = False, **request: Any) -> httpx.Response:
        """One request; an answer of 400 and above is a failure, but for 404 where something may be missing, and below 500 where the
        engine may refuse it."""
        try:
            response = self._client.request(method, address, **request)
        except httpx.HTTPError as error:
            raise StoreFailed(f"the engine gave no answer: {error!r}", where=address,
                              advice="Check that it runs, then send it again; the version before stays published.") from error
        allowed = 500 if refusable else 400
        if response.status_code >= allowed and not (missing and response.status_code == 404):
            raise StoreFailed(f"the engine answered {response.status_code} to {method}: {response.text[:SAID]}", where=address,
                              advice="Check that the engine allows updates and the Graph Store Protocol.")
        self._refuse_cut(response.headers, address)
        return response

    def wrong(self, expected: str, address: str = "") -> KgError:
        """What to raise when an answer is not of its kind, or not whole."""
        return StoreFailed(f"the engine's answer is not {expected}.", where=address or self.address,
                           advice="Check that KG_STORE is the address of a SPARQL 1.1 query service.")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _write(self, text: str) -> str:
        text = hide(text, HIDDEN | self.dialect.own)
        return self.dialect.prologue + (loosen(text) if self.dialect.loose else text)

    def _refuse_cut(self, headers: Mapping[str, str], address: str) -> None:
        names = {name.lower() for name in headers}
        if cut := names & {"x-sparql-maxrows", "x-sql-state"}:
            raise StoreFailed("the engine cut its answer.", where=f"{address}, header {min(cut)}",
                              advice="Raise ResultSetMaxRows and MaxQueryExecutionTime in its virtuoso.ini.")

    def _graph_store(self) -> str:
        return self._graphs or self._beside(self.dialect.graphs)

    def _beside(self, path: str) -> str:
        return self.address.rstrip("/").removesuffix("/query").removesuffix("/sparql") + path


def _settle_boolean(answer: Any) -> Any:
    """The answer; Virtuoso gives a truth value as a table of one cell."""
    if isinstance(answer, dict) and "results" in answer and answer["head"].get("vars") == ["__ASK_RETVAL"]:
        return {"boolean": [row["__ASK_RETVAL"]["value"] for row in answer["results"]["bindings"]] == ["1"]}
    return answer
