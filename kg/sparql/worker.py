"""The process that answers public queries over a read-only snapshot: `python -m kg.sparql.worker SNAPSHOT SOCKET LIFELINE MIB`.

With the snapshot alone it prepares that for reading, once.

One request and one answer at a time, each a line of JSON on the socket. An answer up to 64 KiB follows its line, a larger one
lies in the spool file that the request names. The parent kills the process when it is late.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from kg import errors
from kg.errors import Invalid, KgError, OutOfMemory, QuerySyntax, Refused, StoreFailed, TooLarge
from kg.sparql.gate import inspect
from kg.sparql.lock import cap_memory, close_network, end_with

INLINE: Final = 64 * 1024
WORTH_COMPRESSING: Final = 1024
_POSITION = re.compile(r"error at (\d+):(\d+)")
# What stands once before each row and cannot stand inside a value, where quotes and angle brackets are escaped.
_ROW: Final = {"srj": b'},{"', "srx": b"<result>", "tsv": b"\n"}


class Spool:
    """Where an answer is written: memory at first, a file when it grows, an error when it passes a cap."""

    def __init__(self, path: str, *, most_bytes: int, most_rows: int, suffix: str, gzip: bool) -> None:
        self.path, self.most_bytes, self.most_rows = path, most_bytes, most_rows
        self.size = 0
        # JSON marks stand between rows; CSV and TSV begin with a line of names.
        self.rows = {"srj": 1, "tsv": -1, "csv": -1}.get(suffix, 0)
        self.inline = bytearray()
        self.file: Any = None
        self._mark = _ROW.get(suffix)
        self._tail = b""
        self._csv_quoted = False
        self._is_csv = suffix == "csv"
        self._gzip = zlib.compressobj(5, wbits=31) if gzip else None
        self.compressed = False

    def write(self, data: bytes) -> int:
        self.size += len(data)
        if self.size > self.most_bytes:
            raise TooLarge(f"the answer is larger than {self.most_bytes // 2**20} MiB.", where="query",
                           advice="Add LIMIT and OFFSET, or take the dump.")
        self._count(data)
        if self.file is None:
            self.inline += data
            if len(self.inline) > INLINE:
                self.file = open(self.path, "wb", buffering=0)  # noqa: SIM115  it outlives this call
                self.compressed = self._gzip is not None
                self._put(bytes(self.inline))
                self.inline.clear()
        else:
            self._put(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self) -> None:
        """Close the file; compress a small answer where that is worth it."""
        if self.file is not None:
            if self._gzip:
                self.file.write(self._gzip.flush())
            self.file.close()
        elif self._gzip and len(self.inline) >= WORTH_COMPRESSING:
            self.inline[:] = self._gzip.compress(bytes(self.inline)) + self._gzip.flush()
            self.compressed = True

    def discard(self) -> None:
        """Forget what was written."""
        if self.file is not None:
            self.file.close()
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def count(self, rows: int = 1) -> None:
        """Count rows or triples; raises TooLarge past the cap, because an answer is never cut in silence."""
        self.rows += rows
        if self.rows > self.most_rows:
            raise TooLarge(f"the answer has more than {self.most_rows} rows.", where="query",
                           advice="Add LIMIT and OFFSET, or take the dump.")

    def _put(self, data: bytes) -> None:
        self.file.write(self._gzip.compress(data) if self._gzip else data)

    def _count(self, data: bytes) -> None:
        if self._mark:
            joined = self._tail + data
            self.count(joined.count(self._mark))
            self._tail = joined[len(joined) - len(self._mark) + 1:] if len(self._mark) > 1 else b""
        elif self._is_csv:
            pieces = data.split(b'"')
            self.count(sum(piece.count(b"\n") for piece in pieces[self._csv_quoted::2]))
            self._csv_quoted ^= len(pieces) % 2 == 0


def answer(store: ox.Store, request: dict[str, Any], spool_of: dict[str, Spool],
           call: Callable[[str, str], bytes]) -> dict[str, Any]:
    """Evaluate one request; raises the KgError that the client is to see."""
    text = request["query"]
    seen = inspect(text)
    for address in seen.services:
        if address not in request["services"]:
            raise Refused(f"SERVICE may not call {f'<{address}>' if address else 'an address that is not fixed'}.", where="query",
                          advice="The service description lists what may be called.")
    defaults, named = request["default"], request["named"]
    if defaults is None and seen.dataset:
        defaults, named = seen.default_graphs, seen.named_graphs
    chosen: dict[str, Any] = {}
    if defaults is not None:
        chosen = {"default_graph": [_graph(name) for name in defaults], "named_graphs": [_graph(name) for name in named]}
        if len(defaults) > 1:
            store, chosen["default_graph"] = _merge_graphs(store, **chosen), [ox.DefaultGraph()]
    result: Any
    if seen.services:
        if chosen:
            raise Invalid("SERVICE and a dataset of one's own do not go together here.", where="query",
                          advice="Leave out FROM and default-graph-uri.")
        result = _federate(store, text, request["base"], call)
    else:
        result = store.query(text, base_iri=request["base"], **chosen)
    form = "ASK" if isinstance(result, ox.QueryBoolean) else "SELECT" if isinstance(result, ox.QuerySolutions) else "GRAPH"
    suffix, media_type = request["formats"][form] or ("", "")
    if not suffix:
        return {"refused": form}
    spool = spool_of["spool"] = Spool(request["spool"], most_bytes=request["bytes"], most_rows=request["rows"],
                                      suffix=suffix, gzip=request["gzip"])
    if request["mark"]:
        spool.write(b"\xef\xbb\xbf")
    if isinstance(result, (ox.QueryBoolean, ox.QuerySolutions)):
        result.serialize(cast(IO[bytes], spool), _RESULTS[suffix])
    else:
        ox.serialize(_distinct(result, spool), cast(IO[bytes], spool), _GRAPHS[suffix],
                     prefixes=request["prefixes"] if suffix in {"ttl", "trig", "rdf"} else None)
    spool.finish()
    return {"form": form, "media_type": media_type, "gzip": spool.compressed, "size": spool.size, "volatile": seen.volatile,
            "spooled": spool.file is not None, "inline": len(spool.inline)}


def _distinct(triples: Iterable[Any], spool: Spool) -> Iterator[Any]:
    """A graph is a set of triples (RDF 1.1 Concepts, section 3), so a triple that the template makes twice is sent once."""
    seen: set[Any] = set()
    for triple in triples:
        if triple not in seen:
            spool.count()
            seen.add(triple)
            yield triple


_RESULTS: Final = {"srj": ox.QueryResultsFormat.JSON, "srx": ox.QueryResultsFormat.XML, "csv": ox.QueryResultsFormat.CSV,
                   "tsv": ox.QueryResultsFormat.TSV}
_GRAPHS: Final = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
                  "jsonld": ox.RdfFormat.JSON_LD, "nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}


def _federate(store: ox.Store, text: str, base: str, call: Callable[[str, str], bytes]) -> Any:
    # Few queries need rdflib's evaluation, and a worker starts faster without it.
    from rdflib import BNode, Literal, URIRef

    from kg.sparql.federation import evaluate

    def to_engine(term: Any) -> Any:
        if term is None:
            return None
        if isinstance(term, Literal):
            return ox.Literal(str(term), language=term.language) if term.language else \
                ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))
        return ox.BlankNode(str(term)) if isinstance(term, BNode) else ox.NamedNode(str(term))

    def to_rdflib(term: Any) -> Any:
        if isinstance(term, ox.NamedNode):
            return URIRef(term.value)
        if isinstance(term, ox.BlankNode):
            return BNode(term.value)
        plain = term.language or term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
        return Literal(term.value, lang=term.language, datatype=None if plain else URIRef(term.datatype.value), normalize=False)

    def find(pattern: tuple[Any, Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
        if isinstance(pattern[0], Literal) or isinstance(pattern[1], (Literal, BNode)):
            return
        subject, predicate, object_ = map(to_engine, pattern)
        for quad in store.quads_for_pattern(subject, predicate, object_, ox.DefaultGraph()):
            yield to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)

    found = evaluate(text, base, find, call)
    if found.graph is not None:
        return ox.parse(found.graph.serialize(format="nt", encoding="utf-8"), ox.RdfFormat.N_TRIPLES)
    return ox.parse_query_results(cast(bytes, found.serialize(format="json", encoding="utf-8")), ox.QueryResultsFormat.JSON)


def _merge_graphs(store: ox.Store, default_graph: list[ox.NamedNode], named_graphs: list[ox.NamedNode]) -> ox.Store:
    """A store whose default graph is the merge of several: the engine would match a triple once for each graph that has it."""
    merged = ox.Store()
    for name in default_graph:
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object)
                      for quad in store.quads_for_pattern(None, None, None, name))
    for name in named_graphs:
        merged.extend(store.quads_for_pattern(None, None, None, name))
    return merged


def prepare(snapshot: str) -> None:
    """Write the merge of all named graphs into the snapshot's default graph, so that each triple is there once.

    The engine's own union matches a triple once for each graph that states it, and counts would be too high.
    """
    store = ox.Store(snapshot)
    path = snapshot + ".nt"
    everything = store.query("CONSTRUCT WHERE { ?s ?p ?o }", use_default_graph_as_union=True)
    cast(ox.QueryTriples, everything).serialize(path, ox.RdfFormat.N_TRIPLES)
    store.bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES)
    store.flush()
    os.unlink(path)


def _graph(name: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(name)
    except ValueError as error:
        raise Invalid(f"{name!r} is no absolute IRI.", where="default-graph-uri, named-graph-uri",
                      advice="Name graphs by absolute IRIs.") from error


def _syntax(error: SyntaxError, text: str) -> QuerySyntax:
    message = str(error)
    match = _POSITION.match(message)
    if not match:
        return QuerySyntax(f"the query does not parse: {message[:300]}", where="query", advice="Correct the query.")
    line, column = int(match[1]), int(match[2])
    lines = text.split("\n")
    found = lines[line - 1][column - 1:column + 29].strip() if line <= len(lines) else ""
    expected = message.partition(": ")[2]
    # The engine lists every token of the grammar where most would do; that helps nobody.
    reason = expected if len(expected) < 120 and "\n" not in expected else "this token does not fit here"
    return QuerySyntax(f"the query does not parse at {found!r}: {reason}." if found else f"the query ends too early: {reason}.",
                       where="query", line=line, column=column, advice="Correct the query at this place.")


def _failure(error: BaseException, text: str) -> KgError:
    if isinstance(error, KgError):
        return error
    if isinstance(error, SyntaxError):
        return _syntax(error, text)
    if isinstance(error, MemoryError):
        return OutOfMemory("the query needs more memory than it may have.", where="query",
                           advice="Select less, or group by fewer values.")
    if isinstance(error, PermissionError):
        return Refused("the query tried to reach the network.", where="query", advice="Ask without SERVICE.")
    if isinstance(error, RecursionError):
        return QuerySyntax("the query is nested too deeply.", where="query", advice="Use fewer nested groups.")
    return StoreFailed(f"the query failed: {str(error)[:300]}", where="query", advice="Simplify the query.")


def serve(snapshot: str, channel: socket.socket, memory: int) -> None:
    """Answer requests until the channel closes."""
    reason = close_network()
    store = ox.Store.read_only(snapshot)
    cap_memory(memory)
    channel.sendall(json.dumps({"ready": True, "network": reason}).encode() + b"\n")
    lines = channel.makefile("rb", buffering=1 << 16)

    def call(address: str, query: str) -> bytes:
        """Let the parent, which has the network, ask another service."""
        channel.sendall(json.dumps({"call": address, "query": query}).encode() + b"\n")
        reply = json.loads(lines.readline())
        if "error" in reply:
            raise getattr(errors, reply["error"])(reply["what"], where="SERVICE", advice=reply["advice"])
        return str(reply["body"]).encode()

    for line in iter(lines.readline, b""):
        held: dict[str, Spool] = {}
        fatal = False
        request = json.loads(line)
        try:
            reply = answer(store, request, held, call)
        except BaseException as error:  # a panic of the engine is no Exception; whatever it is, the client hears of it
            failure = _failure(error, request["query"])
            fatal = isinstance(failure, OutOfMemory) or not isinstance(error, Exception)
            reply = {"error": type(failure).__name__, "what": failure.what, "where": failure.where, "advice": failure.advice,
                     "line": failure.line, "column": failure.column, "inline": 0}
            if "spool" in held:
                held["spool"].discard()
            del error
        body = bytes(held["spool"].inline) if "spool" in held and reply.get("inline") else b""
        channel.sendall(json.dumps(reply).encode() + b"\n" + body)
        if fatal:
            return


def main() -> None:
    """Entry point of the process."""
    if len(sys.argv) == 2:
        prepare(sys.argv[1])
        return
    snapshot, descriptor, lifeline, memory = sys.argv[1:5]
    end_with(int(lifeline))
    serve(snapshot, socket.socket(fileno=int(descriptor)), int(memory))


if __name__ == "__main__":
    main()
