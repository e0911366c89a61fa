"""The store in a folder or in memory, by pyoxigraph."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg.errors import Invalid, QuerySyntax, StoreFailed, StoreLocked
from kg.queries import load_query
from kg.store import Bindings, Solutions, Triples
from kg.store.bindings import bind
from kg.store.local.quads import PIECE, cut, hold_quads, list_lines, merge_quads, write_data
from kg.store.local.terms import Terms, to_ox, to_rdflib
from kg.store.stamp import Stamp
from kg.store.version import WIDTH, sum_lines, write_version

SIZE = Path(__file__).parent / "size.rq"
PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds before each further try to open a store that another process changes."""
_POSITION = re.compile(r"error at (\d+):(\d+)")


class LocalStore:
    """A dataset in a folder, or in memory without one; one process writes at a time.

    The default graph holds the RDF merge of the named graphs, since the engine's own union matches a triple once for each graph
    that states it, and counts would be too high. Dumps and sizes are those of the named graphs alone.
    Raises StoreLocked when another process has the folder open.
    """

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        self.path, self._read_only = path, read_only
        self._stamp = Stamp(path) if path is not None else None
        self._sum = self._stamp.sum if self._stamp else None
        try:
            if path is None:
                self._store = ox.Store()
            elif read_only and not (path / "CURRENT").exists():
                raise StoreFailed("no graph is built here yet.", where=str(path),
                                  advice="Run `kg build`, or name the folder of another one with KG_VAR.")
            elif read_only:
                self._store = _open_to_read(path)
            else:
                path.mkdir(parents=True, exist_ok=True)
                self._store = ox.Store(str(path))
        except (OSError, RuntimeError) as error:
            if re.search(r"\block\b", str(error), re.IGNORECASE):
                raise StoreLocked("another process has the store open.", where=str(path),
                                  advice="Stop the other `kg` command, or choose another folder with KG_VAR.") from error
            raise StoreFailed(f"the store cannot be opened: {error}", where=str(path),
                              advice="Look whether this user may write there; a broken folder is deleted, and `kg build` makes it "
                                     "anew.") from error
        if read_only and path is not None and Stamp(path).sum != self._sum:
            self._sum = None  # the process that writes changed something while this one opened
        self._keep()

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        answer = self._query(query, bindings, ox.QuerySolutions, "SELECT")
        names = tuple(variable.value for variable in answer.variables)
        with self._guard():
            terms = Terms()
            return Solutions(names, [tuple(terms[term] for term in row) for row in answer])

    def construct(self, query: str, bindings: Bindings | None = None) -> Graph:
        graph, answer = Graph(), self._query(query, bindings, ox.QueryTriples, "CONSTRUCT or DESCRIBE")
        with self._guard():
            for triple in answer:
                graph.add(tuple(to_rdflib(term) for term in (triple.subject, triple.predicate, triple.object)))  # type: ignore[arg-type]
        return graph

    def ask(self, query: str, bindings: Bindings | None = None) -> bool:
        return bool(self._query(query, bindings, ox.QueryBoolean, "ASK"))

    def match(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        if isinstance(subject, Literal) or not (predicate is None or isinstance(predicate, URIRef)):
            return
        s, p, o = (None if term is None else to_ox(term) for term in (subject, predicate, value))
        with self._guard():
            for quad in self._store.quads_for_pattern(s, p, o, ox.DefaultGraph()):
                yield to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)  # type: ignore[misc]

    def put(self, name: URIRef, graph: Graph) -> None:
        self.replace({name: graph})

    def replace(self, graphs: Mapping[URIRef, Graph], dropped: Iterable[URIRef] = ()) -> None:
        added: set[Any] = set()
        removed: set[Any] = set()
        dropped = tuple(dropped)
        for name in {*graphs, *dropped}:
            with self._guard():
                old = set(self._store.quads_for_pattern(None, None, None, ox.NamedNode(str(name))))
            new = hold_quads(name, graphs.get(name, ()))
            added |= new - old
            removed |= old - new
        self._exchange(removed, added, [name for name in dropped if name not in graphs])

    def patch(self, removed: Mapping[URIRef, Triples], added: Mapping[URIRef, Triples]) -> None:
        gone = set().union(*(hold_quads(name, graph) for name, graph in removed.items()))
        come = set().union(*(hold_quads(name, graph) for name, graph in added.items()))
        with self._guard():
            removing, adding = {quad for quad in gone - come if quad in self._store}, {quad for quad in come if quad not in self._store}
        self._exchange(removing, adding, [])

    def _exchange(self, removed: set[Any], added: set[Any], dropped: list[URIRef]) -> None:
        """Take quads away and add others; the merged default graph follows.

        Up to PIECE quads this is one transaction of the engine. A larger change adds all at once and then takes away in pieces: nothing
        is missing meanwhile, the mark of the publisher that it is under way among it, and done again after a crash it ends the same.
        """
        try:
            with self._guard():
                self._forget()
                self._change(removed, added, [f"DROP SILENT GRAPH <{name}>" for name in dropped])
        except StoreFailed:
            self._sum = None
            raise
        if self._sum is not None:
            come, gone = (sum(sum_lines(list_lines(piece)) for piece in cut(quads)) for quads in (added, removed))
            self._sum += come - gone
            self._keep()

    def _change(self, removed: set[Any], added: set[Any], drops: list[str]) -> None:
        if len(removed) + len(added) <= PIECE // 2:
            merged = set(merge_quads(added))
            gone = removed | (self._lost(removed, removed) - merged)
            operations = [*write_data("DELETE", gone), *write_data("INSERT", added | merged), *drops]
            if operations:
                self._store.update(";\n".join(operations))
            return
        self._store.bulk_extend(added)
        self._store.bulk_extend(merge_quads(added))
        for piece in cut(removed, PIECE // 2):
            self._store.update(";\n".join(write_data("DELETE", {*piece, *self._lost(piece, removed)})))
        if drops:
            self._store.update(";\n".join(drops))

    def _lost(self, quads: Iterable[Any], removed: Set[Any]) -> set[Any]:
        """The merged triples of quads that no graph states once all that is removed is gone."""
        lost = set()
        for merged in merge_quads(quads):
            stated = self._store.quads_for_pattern(merged.subject, merged.predicate, merged.object)
            if all(quad.graph_name == ox.DefaultGraph() or quad in removed for quad in stated):
                lost.add(merged)
        return lost

    def put_all(self, graphs: Mapping[URIRef, Graph]) -> None:
        self._sum = None
        quads = {ox.Quad(to_ox(s), to_ox(p), to_ox(o), ox.NamedNode(str(name)))
                 for name, graph in graphs.items() for s, p, o in graph}
        with self._guard():
            self._forget()
            self._store.clear()
            self._store.bulk_extend(quads)
            self._store.bulk_extend(merge_quads(quads))

    def drop(self, name: URIRef) -> None:
        self.replace({}, (name,))

    def graph(self, name: URIRef) -> Graph:
        graph = Graph()
        with self._guard():
            for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(str(name))):
                graph.add(tuple(to_rdflib(term) for term in (quad.subject, quad.predicate, quad.object)))  # type: ignore[arg-type]
        return graph

    def names(self) -> list[URIRef]:
        return sorted(URIRef(node.value) for node in self._store.named_graphs() if isinstance(node, ox.NamedNode))

    def dump(self) -> Iterator[bytes]:
        with self._guard():
            lines = sorted(list_lines(quad for quad in self._store if quad.graph_name != ox.DefaultGraph()))
        for line in lines:
            yield line + b"\n"

    def load(self, nquads: bytes) -> None:
        self._sum = None
        self._forget()
        self._store.clear()
        try:
            self._store.bulk_load(nquads, format=ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise Invalid(f"the dump is broken: {error}", advice="Take the dump again and compare its checksum.") from error
        self._store.bulk_extend(merge_quads(set(self._store)))

    def size(self) -> int:
        return int(str(self.select(load_query(SIZE).text).rows[0][0]))

    def version(self) -> str:
        if self._sum is None:
            with self._guard():
                self._sum = sum_lines(list_lines(quad for quad in self._store if quad.graph_name != ox.DefaultGraph()))
            self._keep()
        return write_version(self._sum)

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def snapshot(self, folder: Path) -> None:
        with self._guard():
            if self.path is None:
                copy = ox.Store(str(folder))
                copy.bulk_extend(iter(self._store))
                copy.flush()
                del copy
            else:
                self._store.flush()
                self._store.backup(str(folder))

    def copy(self, folder: Path) -> LocalStore:
        """A read-only store in a folder, of the same data version as this one has now."""
        self.snapshot(folder)
        made = LocalStore(folder, read_only=True)
        made._sum = self._sum
        return made

    def optimise(self) -> None:
        """Compact the files after a large load."""
        self._store.flush()
        self._store.optimize()

    def close(self) -> None:
        # What was acknowledged stands in the engine's log; a full disk only costs the tidying up.
        with suppress(OSError, RuntimeError):
            if not self._read_only:
                self._store.flush()
                self._keep(closed=True)
        del self._store

    def _forget(self) -> None:
        if self._stamp:
            self._stamp.forget()

    def _keep(self, *, closed: bool = False) -> None:
        if self._stamp and not self._read_only and self._sum is not None:
            self._stamp.keep(self._sum % WIDTH, closed=closed)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Let what the disk does wrong be an error of ours; a change that it interrupts is undone by the engine."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise StoreFailed(f"the files of the store cannot be read or written: {error}", where=str(self.path or "memory"),
                              advice="Nothing was changed. Look whether the disk is full, read-only or broken; `kg build` makes the "
                                     "store anew from sources and journal.") from error

    def _query(self, query: str, bindings: Bindings | None, expected: type[Any], form: str) -> Any:
        try:
            answer = self._store.query(bind(query, bindings or {}))
        except SyntaxError as error:
            match = _POSITION.search(str(error))
            raise QuerySyntax(str(error), line=int(match[1]) if match else None, column=int(match[2]) if match else None,
                              advice="Correct the query at this place.") from error
        except (ValueError, OSError, RuntimeError) as error:
            raise StoreFailed(f"the query failed: {error}", advice="Simplify the query.") from error
        if not isinstance(answer, expected):
            raise Invalid(f"this is no {form} query.", advice=f"Send a {form} query here.")
        return answer


def _open_to_read(path: Path) -> Any:
    """The store for reading alone; again where the process that writes took a file away in the same moment."""
    for pause in PAUSES:
        try:
            return ox.Store.read_only(str(path))
        except (OSError, RuntimeError):
            if not (path / "CURRENT").exists():
                break
            time.sleep(pause)
    return ox.Store.read_only(str(path))
