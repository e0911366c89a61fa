"""A SPARQL 1.1 engine elsewhere: the only module that knows SPARQLWrapper.

Queries and updates go by the SPARQL 1.1 Protocol, whole graphs by the Graph Store Protocol. A change is one update request, which
engines with transactions take all or nothing. The default graph of the engine holds the merge of the named graphs, as in the
embedded store, so that answers are the same; a state graph, which no dump shows, holds the sum behind the data version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import httpx
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node
from SPARQLWrapper import GET, JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from kg.errors import Conflict, Invalid, QuerySyntax, StoreFailed
from kg.queries import load_query
from kg.store import Bindings, Solutions, Term, Triples
from kg.store.bindings import bind
from kg.store.local import LocalStore, write_lines
from kg.store.version import sum_lines, write_version

FOLDER = Path(__file__).parent
STATE = URIRef("urn:uaeu-kg:state")
SUM = URIRef("urn:uaeu-kg:sum")
BATCH = 50_000
_POSITION = re.compile(r"error at (\d+):(\d+)|line (\d+), column (\d+)")


class RemoteStore:
    """The dataset of an engine: `address` answers queries, beside it `update` and `store` (SPARQL 1.1 Graph Store Protocol).

    `replicas` are further query addresses, asked in turn. Raises StoreFailed when the engine is away or answers something that is
    no answer; what was published before stays then.
    """

    def __init__(self, address: str, replicas: tuple[str, ...] = (), timeout: int = 60) -> None:
        root = address.rstrip("/").removesuffix("/query").removesuffix("/sparql")
        self.address, self.update, self.graphs, self.timeout = address, root + "/update", root + "/store", timeout
        self._turn = cycle((address, *replicas))

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        answer = self._ask(query, bindings)
        if isinstance(answer, dict) and "boolean" in answer:
            raise Invalid("this is no SELECT query.", advice="Send a SELECT query here.")
        try:
            names = tuple(answer["head"]["vars"])
            rows = [tuple(_to_term(row[name]) if name in row else None for name in names) for row in answer["results"]["bindings"]]
        except (KeyError, TypeError) as error:
            raise self._wrong("SPARQL results in JSON") from error
        return Solutions(names, rows)

    def construct(self, query: str, bindings: Bindings | None = None) -> Graph:
        answer = self._send("POST", self.address, content=bind(query, bindings or {}).encode(),
                            headers={"Content-Type": "application/sparql-query", "Accept": "application/n-triples"})
        return self._read(answer)

    def ask(self, query: str, bindings: Bindings | None = None) -> bool:
        answer = self._ask(query, bindings)
        if not isinstance(answer, dict) or not isinstance(answer.get("boolean"), bool):
            raise self._wrong("a boolean")
        return bool(answer["boolean"])

    def match(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        if isinstance(subject, (Literal, BNode)) or isinstance(value, BNode) or not (predicate is None or isinstance(predicate, URIRef)):
            return
        given: dict[str, Any] = {name: term for name, term in (("s", subject), ("p", predicate), ("o", value)) if term is not None}
        for row in self.select(load_query(FOLDER / "matching.rq").text, given):
            yield row["s"], row["p"], row["o"]

    def put(self, name: URIRef, graph: Graph) -> None:
        self.replace({name: graph})

    def replace(self, graphs: Mapping[URIRef, Graph], dropped: Iterable[URIRef] = ()) -> None:
        added: dict[URIRef, set[bytes]] = {}
        removed: dict[URIRef, set[bytes]] = {}
        for name in {*graphs, *dropped}:
            old, new = set(write_lines(name, self.graph(name))), set(write_lines(name, graphs.get(name, ())))
            added[name], removed[name] = new - old, old - new
        self._change(added, removed)

    def patch(self, removed: Mapping[URIRef, Triples], added: Mapping[URIRef, Triples]) -> None:
        graphs = {name: self.graph(name) for name in {*removed, *added}}
        for name, graph in graphs.items():
            for triple in set(removed.get(name, ())) - set(added.get(name, ())):
                graph.remove(triple)
            for triple in added.get(name, ()):
                graph.add(triple)
        self.replace(graphs)

    def put_all(self, graphs: Mapping[URIRef, Graph]) -> None:
        """Make these graphs the whole dataset; a graph that is the same already is not sent."""
        self.replace(graphs, [name for name in self.names() if name not in graphs])

    def drop(self, name: URIRef) -> None:
        self.replace({}, (name,))

    def graph(self, name: URIRef) -> Graph:
        response = self._send("GET", self.graphs, params={"graph": str(name)}, missing=True, headers={"Accept": "application/n-triples"})
        return self._read(response) if response.status_code == 200 else Graph()

    def names(self) -> list[URIRef]:
        return [URIRef(row["graph"]) for row in self.select(load_query(FOLDER / "names.rq").text) if row["graph"] != STATE]

    def dump(self) -> Iterator[bytes]:
        for line in sorted(line for name in self.names() for line in write_lines(name, self.graph(name))):
            yield line + b"\n"

    def load(self, nquads: bytes) -> None:
        scratch = LocalStore()
        scratch.load(nquads)
        self.put_all({name: scratch.graph(name) for name in scratch.names()})

    def size(self) -> int:
        return int(str(self.select(load_query(FOLDER / "size.rq").text, {"state": STATE}).rows[0][0]))

    def version(self) -> str:
        return write_version(self._sum())

    def snapshot(self, folder: Path) -> None:
        raise Conflict("an engine elsewhere has no snapshot on this machine.", where=self.address,
                       advice="Public queries of a remote store run in the engine itself.")

    def optimise(self) -> None:
        """The engine cares for its own files."""

    def close(self) -> None:
        """Nothing is held open between requests."""

    def _sum(self) -> int:
        rows = self.select(load_query(FOLDER / "sum.rq").text, {"state": STATE, "property": SUM}).rows
        return int(str(rows[0][0]), 16) if rows else sum_lines(self.dump())

    def _change(self, added: Mapping[URIRef, set[bytes]], removed: Mapping[URIRef, set[bytes]]) -> None:
        gone = {line: _triple(name, line) for name, lines in removed.items() for line in lines}
        come = {line: _triple(name, line) for name, lines in added.items() for line in lines}
        if not gone and not come:
            return
        total = self._sum() + sum_lines(come) - sum_lines(gone)
        operations = [*_data("DELETE", removed), *_data("INSERT", added)]
        lost = sorted(set(gone.values()) - set(come.values()))
        for start in range(0, len(lost), BATCH):
            rows = "\n".join(f"({line.decode()})" for line in lost[start:start + BATCH])
            operations.append(f"DELETE {{ ?s ?p ?o }} WHERE {{ VALUES (?s ?p ?o) {{\n{rows}\n}} "
                              f"FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} }} }}")
        if come:
            operations.append("INSERT DATA {\n" + "".join(f"{line.decode()} .\n" for line in sorted(set(come.values()))) + "}")
        operations.append(f"DELETE WHERE {{ GRAPH {STATE.n3()} {{ ?s ?p ?o }} }}")
        operations.append(f'INSERT DATA {{ GRAPH {STATE.n3()} {{ {STATE.n3()} {SUM.n3()} "{total % (1 << 256):x}" }} }}')
        self._send("POST", self.update, content=";\n".join(operations).encode(), headers={"Content-Type": "application/sparql-update"})

    def _ask(self, query: str, bindings: Bindings | None) -> Any:
        address = next(self._turn)
        request = SPARQLWrapper(address, returnFormat=JSON)
        request.setTimeout(self.timeout)
        text = bind(query, bindings or {})
        request.setMethod(POST if len(text) > 2000 else GET)
        request.setQuery(text)
        try:
            return request.queryAndConvert()
        except QueryBadFormed as error:
            place = _POSITION.search(str(error))
            raise QuerySyntax(f"the engine refuses the query: {error}", where=address, advice="Correct the query at this place.",
                              line=int(place[1] or place[3]) if place else None,
                              column=int(place[2] or place[4]) if place else None) from error
        except (SPARQLWrapperException, HTTPError, URLError, OSError, ValueError) as error:
            raise StoreFailed(f"the engine gave no answer: {error}", where=address,
                              advice="Check that it runs, then ask again; the version before stays published.") from error

    def _send(self, method: str, address: str, *, missing: bool = False, **request: Any) -> httpx.Response:
        try:
            response = httpx.request(method, address, timeout=self.timeout, **request)
        except httpx.HTTPError as error:
            raise StoreFailed(f"the engine gave no answer: {error}", where=address,
                              advice="Check that it runs, then send it again; the version before stays published.") from error
        if response.status_code >= 400 and not (missing and response.status_code == 404):
            raise StoreFailed(f"the engine answered {response.status_code} to {method}: {response.text[:200]}", where=address,
                              advice="Check that the engine allows updates and the Graph Store Protocol.")
        return response

    def _read(self, response: httpx.Response) -> Graph:
        scratch = LocalStore()
        try:
            scratch.load(response.content)
        except Invalid as error:
            raise self._wrong("N-Triples") from error
        return scratch.construct(load_query(FOLDER / "triples.rq").text)

    def _wrong(self, expected: str) -> StoreFailed:
        return StoreFailed(f"the engine's answer is not {expected}.", where=self.address,
                           advice="Check that KG_STORE is the address of a SPARQL 1.1 query service.")


def _triple(name: URIRef, line: bytes) -> bytes:
    return line.removesuffix(b" .").removesuffix(b" " + name.n3().encode())


def _data(verb: str, graphs: Mapping[URIRef, set[bytes]]) -> Iterator[str]:
    """SPARQL Update operations of whole graphs (SPARQL 1.1 Update, 3.1.1 and 3.1.2) in lines that we wrote ourselves."""
    blocks = [f"GRAPH {name.n3()} {{\n" + "".join(f"{_triple(name, line).decode()} .\n" for line in sorted(lines)) + "}\n"
              for name, lines in sorted(graphs.items()) if lines]
    if blocks:
        yield f"{verb} DATA {{\n{''.join(blocks)}}}"


def _to_term(value: dict[str, str]) -> Term:
    makers: dict[str, Callable[[], Any]] = {
        "uri": lambda: URIRef(value["value"]), "bnode": lambda: BNode(value["value"]),
        "literal": lambda: Literal(value["value"], lang=value.get("xml:lang"),
                                   datatype=URIRef(value["datatype"]) if "datatype" in value else None, normalize=False)}
    makers["typed-literal"] = makers["literal"]
    return makers[value["type"]]()  # type: ignore[no-any-return]
