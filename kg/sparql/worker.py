"""The process that answers public queries over a read-only snapshot, a fork of `kg.sparql.forkserver`.

One request and one answer at a time, each a line of JSON on the socket. An answer up to 64 KiB follows its line, a larger one
lies in the spool file that the request names. What is settled for all requests: `memory` in MiB, most `rows` and `bytes` of an answer,
`services` that may be called, `base` and `prefixes`. The service has the process killed when it is late.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final, cast

import pyoxigraph as ox
from rdflib import BNode, Literal
from rdflib.query import Result

from kg import errors
from kg.errors import Invalid, KgError, OutOfMemory, QuerySyntax, Refused, StoreFailed
from kg.sparql.faults import explain, explain_function
from kg.sparql.federation import allow_nesting, evaluate
from kg.sparql.gate import inspect
from kg.sparql.lock import cap_memory, close_network, yield_processor
from kg.sparql.spool import Spool
from kg.store.local.terms import to_ox, to_rdflib


def answer(store: ox.Store, settled: dict[str, Any], request: dict[str, Any], spool_of: dict[str, Spool],
           call: Callable[[str, str], bytes]) -> dict[str, Any]:
    """Evaluate one request; raises the KgError that the client is to see."""
    text = request["query"]
    seen = inspect(text, settled["base"])
    for address in seen.services:
        if address not in settled["services"]:
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
        if seen.graphs:
            raise Invalid("SERVICE and GRAPH do not go together here.", where="query",
                          advice="Ask for the graph in a query of its own, or leave out GRAPH: all graphs are read.")
        result = _federate(store, text, settled["base"], call)
    else:
        result = store.query(text, base_iri=settled["base"], **chosen)
    return write(result, request, settled, spool_of) | {"volatile": seen.volatile}


def write(result: Any, request: dict[str, Any], settled: dict[str, Any], spool_of: dict[str, Spool]) -> dict[str, Any]:
    """Write a result in the serialisation that the request names for its form; raises TooLarge past the caps."""
    form = "ASK" if isinstance(result, ox.QueryBoolean) else "SELECT" if isinstance(result, ox.QuerySolutions) else "GRAPH"
    suffix, media_type = request["formats"][form] or ("", "")
    if not suffix:
        return {"refused": form}
    spool = spool_of["spool"] = Spool(request["spool"], most_bytes=settled["bytes"], most_rows=settled["rows"],
                                      suffix=suffix, gzip=request["gzip"])
    if request["mark"]:
        spool.write(b"\xef\xbb\xbf")
    if isinstance(result, (ox.QueryBoolean, ox.QuerySolutions)):
        result.serialize(cast(IO[bytes], spool), _RESULTS[suffix])
    else:
        ox.serialize(_distinct(result, spool), cast(IO[bytes], spool), _GRAPHS[suffix],
                     prefixes=settled["prefixes"] if suffix in {"ttl", "trig", "rdf"} else None)
    spool.finish()
    return {"form": form, "media_type": media_type, "gzip": spool.compressed, "size": spool.size,
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
    def find(pattern: tuple[Any, Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
        if isinstance(pattern[0], Literal) or isinstance(pattern[1], (Literal, BNode)):
            return
        subject, predicate, object_ = (None if term is None else to_ox(term) for term in pattern)
        for quad in store.quads_for_pattern(subject, predicate, object_, ox.DefaultGraph()):
            yield to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)

    found = evaluate(text, base, find, call)
    return read(found)


def read(found: Result) -> Any:
    """A result of rdflib as the engine has one."""
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


def _graph(name: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(name)
    except ValueError as error:
        raise Invalid(f"{name!r} is no absolute IRI.", where="default-graph-uri, named-graph-uri",
                      advice="Name graphs by absolute IRIs.") from error


def _failure(error: BaseException, text: str) -> KgError:
    if isinstance(error, KgError):
        return error
    if isinstance(error, SyntaxError):
        return explain(error, text)
    if isinstance(error, MemoryError):
        return OutOfMemory("the query needs more memory than it may have.", where="query",
                           advice="Select less, or group by fewer values.")
    if isinstance(error, PermissionError):
        return Refused("the query tried to reach the network.", where="query", advice="Ask without SERVICE.")
    if isinstance(error, RecursionError):
        return QuerySyntax("the query is nested too deeply.", where="query", advice="Use fewer nested groups.")
    if unknown := explain_function(error, text):
        return unknown
    return StoreFailed(f"the query failed: {str(error)[:300]}", where="query", advice="Simplify the query.")


def serve(snapshot: str, channel: socket.socket, settled: dict[str, Any]) -> None:
    """Answer requests until the channel closes."""
    reason = close_network()
    store = ox.Store.read_only(snapshot)
    cap_memory(settled["memory"])
    yield_processor()
    allow_nesting()
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
            reply = answer(store, settled, request, held, call)
        except BaseException as error:  # a panic of the engine is no Exception; whatever it is, the client hears of it
            failure = _failure(error, request["query"])
            fatal = isinstance(failure, OutOfMemory) or not isinstance(error, Exception)
            reply = {"error": type(failure).__name__, "what": failure.what, "where": failure.where, "advice": failure.advice,
                     "line": failure.line, "column": failure.column, "limit": failure.limit, "inline": 0}
            if "spool" in held:
                held["spool"].discard()
            del error
        body = bytes(held["spool"].inline) if "spool" in held and reply.get("inline") else b""
        channel.sendall(json.dumps(reply).encode() + b"\n" + body)
        if fatal:
            return
