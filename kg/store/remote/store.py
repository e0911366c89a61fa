"""The store over an engine: every read by query, every change as one conditional operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from threading import get_ident
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.errors import Conflict, Invalid, Outdated, StoreFailed
from kg.queries import load_query
from kg.store import Bindings, Solutions, Term, Triples
from kg.store.bindings import bind, bind_rows, split_template
from kg.store.local import LocalStore, read_lines, write_lines
from kg.store.remote.answers import is_boolean, read_boolean, read_rows, read_solutions
from kg.store.remote.changes import SUM, Change, Lines, cut, plan, write_removal
from kg.store.remote.engine import STAGED, STATE, Engine
from kg.store.version import WIDTH, sum_lines, write_version

FOLDER: Final = Path(__file__).parent
LOADING: Final = URIRef("urn:uaeu-kg:loading")
PIECE: Final = 50_000
"""Statements of one request to the Graph Store Protocol."""
TRIES: Final = 3
"""Looks at a graph that others may change between the look at its triples and the one at their number."""


class RemoteStore:
    """The dataset of an engine at the query address `address`; `update` and `graphs` default to those beside it.

    `replicas` are further query addresses, asked in turn. Raises StoreFailed when the engine is away or answers something that is
    no answer, and Outdated when somebody else changed the dataset; what was published before stays then.
    """

    def __init__(self, address: str, replicas: tuple[str, ...] = (), timeout: float = 60, *, update: str = "", graphs: str = "") -> None:
        self.address = address
        self._engine = Engine(address, replicas, update, graphs, timeout)
        self._held: int | None = None
        self._begun: int | None = None
        self._holder = 0

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        answer = self._engine.read(bind(query, bindings or {}))
        if is_boolean(answer):
            raise Invalid("this is no SELECT query.", advice="Send a SELECT query here.")
        with self._judge("SPARQL results in JSON"):
            return read_solutions(answer)

    def construct(self, query: str, bindings: Bindings | None = None) -> Graph:
        parts = split_template(bind(query, bindings or {}))
        if parts is None:
            raise Invalid("this is no CONSTRUCT with a template.", advice="Say in braces, before WHERE, which triples are made.")
        # Rows in JSON have an end, triples line by line have none: half of them would be taken for all.
        wanted, names, template = parts
        with self._judge("SPARQL results in JSON"):
            found = read_solutions(self._engine.read(wanted))
        if not set(names) <= set(found.variables) or any(isinstance(term, BNode) for row in found.rows for term in row):
            raise self._engine.wrong(f"rows of {', '.join(names)} without blank nodes")
        return LocalStore().construct(bind_rows(template, found.variables, found.rows))

    def ask(self, query: str, bindings: Bindings | None = None) -> bool:
        with self._judge("a boolean"):
            return read_boolean(self._engine.read(bind(query, bindings or {})))

    def match(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        if isinstance(subject, (Literal, BNode)) or isinstance(value, BNode) or not (predicate is None or isinstance(predicate, URIRef)):
            return
        given: dict[str, Any] = {name: term for name, term in (("s", subject), ("p", predicate), ("o", value)) if term is not None}
        with self._judge("three terms a row"):
            rows = read_rows(self._engine.read(bind(load_query(FOLDER / "matching.rq").text, given)), "s", "p", "o")
        yield from rows  # type: ignore[misc]

    def put(self, name: URIRef, graph: Graph) -> None:
        self.replace({name: graph})

    def replace(self, graphs: Mapping[URIRef, Graph], dropped: Iterable[URIRef] = ()) -> None:
        names = {*graphs, *dropped}
        before = self._begin()
        self._exchange(before, {name: set(write_lines(name, graphs.get(name, ()))) for name in names},
                       {name: self._lines(name) for name in names})

    def patch(self, removed: Mapping[URIRef, Triples], added: Mapping[URIRef, Triples]) -> None:
        before = self._begin()
        old = {name: self._lines(name) for name in {*removed, *added}}
        new = {name: (lines - set(write_lines(name, removed.get(name, ())))) | set(write_lines(name, added.get(name, ())))
               for name, lines in old.items()}
        self._exchange(before, new, old)

    def put_all(self, graphs: Mapping[URIRef, Graph]) -> None:
        self._put_lines({name: set(write_lines(name, graph)) for name, graph in graphs.items()})

    def drop(self, name: URIRef) -> None:
        self.replace({}, (name,))

    def graph(self, name: URIRef) -> Graph:
        for _ in range(TRIES):
            graph = self._parse(self._engine.graph(name)).construct(load_query(FOLDER / "triples.rq").text)
            counted = self._count(name)
            if len(graph) == counted:
                return graph
        raise self._half(name, len(graph), counted)

    def names(self) -> list[URIRef]:
        found = [name for name, in self._rows(load_query(FOLDER / "names.rq").text, "graph")]
        if not all(type(name) is URIRef for name in found):
            raise self._engine.wrong("names of graphs")
        return found  # type: ignore[return-value]

    def dump(self) -> Iterator[bytes]:
        lines = sorted(line for name in self.names() for line in self._lines(name))
        stated = self._sum()
        if stated is not None and sum_lines(lines) != stated:
            raise StoreFailed("the engine changed while it was read, or gave half of an answer.", where=self.address,
                              advice="Take it again; if this stays, run `kg build`, which writes the engine anew.")
        for line in lines:
            yield line + b"\n"

    def load(self, nquads: bytes) -> None:
        scratch = LocalStore()
        scratch.load(nquads)
        graphs: dict[URIRef, set[bytes]] = defaultdict(set)
        for line in scratch.dump():
            graphs[URIRef(line.rsplit(b" ", 2)[1][1:-1].decode())].add(line.removesuffix(b"\n"))
        self._put_lines(graphs)

    def size(self) -> int:
        return self._number(load_query(FOLDER / "size.rq").text)

    def version(self) -> str:
        held = self._sum()
        if self._holder == get_ident() and held != self._held:
            raise self._outdated()
        return write_version(sum_lines(self.dump()) if held is None else held)

    @contextmanager
    def hold(self) -> Iterator[None]:
        self._held, self._holder = self._sum(), get_ident()
        try:
            yield
        finally:
            self._holder = 0

    def snapshot(self, folder: Path) -> None:
        raise Conflict("an engine elsewhere has no snapshot on this machine.", where=self.address,
                       advice="Public queries of a remote store run in the engine itself.")

    def optimise(self) -> None:
        """The engine cares for its own files."""

    def close(self) -> None:
        self._engine.close()

    def _begin(self) -> int | None:
        """The sum that a change rests on: that of the block, or the present one."""
        self._begun = self._held if self._holder == get_ident() else self._sum()
        return self._begun

    def _sum(self) -> int | None:
        text = bind(load_query(FOLDER / "sum.rq").text, {"state": STATE, "property": SUM})
        rows = self._rows(text, "sum", plain=True)
        if not rows:
            return None
        with self._judge("one sum"):
            [(total,)] = rows
            return int(str(total), 16)

    def _lines(self, name: URIRef) -> set[bytes]:
        """The lines of a graph as they are written in a dump; a change must not rest on half of it."""
        try:
            lines = read_lines(name, self._engine.graph(name))
        except Invalid as error:
            raise self._engine.wrong("N-Triples") from error
        counted = self._count(name)
        if counted != len(lines):
            if self._sum() != self._begun:
                raise self._outdated()
            raise self._half(name, len(lines), counted)
        return lines

    def _count(self, name: URIRef) -> int:
        return self._number(bind(load_query(FOLDER / "count.rq").text, {"graph": name}))

    def _half(self, name: URIRef, given: int, counted: int) -> StoreFailed:
        return StoreFailed(f"the engine gave {given} triples of a graph and counts {counted}.", where=str(name),
                           advice="Send it again; the version before stays published.")

    def _exchange(self, before: int | None, new: Lines, old: Lines) -> None:
        added = {name: lines - old[name] for name, lines in new.items()}
        removed = {name: lines - new[name] for name, lines in old.items()}
        if not any((*added.values(), *removed.values())):
            return
        total = sum_lines(self.dump()) if before is None else before
        change = plan(removed, added, self._find_lost(removed), self._engine.dialect.merged, before, total)
        mark = ""
        try:
            if len(change) > self._engine.dialect.most:
                mark = token_hex(8)
                self._stage(change, mark)
            self._engine.change(change.write_staged(mark) if mark else change.write())
        except StoreFailed:
            # The engine may have done it, and only its answer was lost.
            if self._sum() != change.after:
                raise
        finally:
            if mark:
                # What is staged is seen by nobody; where the engine is away it stays until the next build.
                with suppress(StoreFailed):
                    self._engine.change(write_removal(mark))
        if self._sum() != change.after:
            raise self._outdated()
        self._held = change.after

    def _outdated(self) -> Outdated:
        return Outdated("somebody else changed the dataset of the engine in the meantime.", where=self.address,
                        advice="Send it again; it is worked out anew on what is there now.")

    def _stage(self, change: Change, mark: str) -> None:
        lines = list(change.stage(mark))
        for start in range(0, len(lines), PIECE):
            self._engine.put(STAGED, b"".join(lines[start:start + PIECE]), more=True)

    def _find_lost(self, removed: Lines) -> set[bytes]:
        """The triples that no graph states once these lines are gone."""
        lost: dict[bytes, set[str]] = defaultdict(set)
        for name, lines in removed.items():
            for triple in cut(name, lines):
                lost[triple].add(str(name))
        query = load_query(FOLDER / "stating.rq").text
        triples = LocalStore()
        triples.load(b" .\n".join([*lost, b""]))
        pairs = sorted({(s, p) for s, p, _ in triples.match(None, None, None)})
        stated: dict[URIRef, set[tuple[Any, ...]]] = defaultdict(set)
        for start in range(0, len(pairs), self._engine.dialect.batch):
            piece = bind_rows(query, ("s", "p"), pairs[start:start + self._engine.dialect.batch])  # type: ignore[arg-type]
            for *terms, stating in self._rows(piece, "s", "p", "o", "graph"):
                stated[URIRef(stating)].add(tuple(terms))
        return set(lost) - {triple for name, found in stated.items() for triple in cut(name, write_lines(name, found))
                            if triple in lost and str(name) not in lost[triple]}

    def _put_lines(self, graphs: Lines) -> None:
        """Make these lines the whole dataset: the first load graph by graph, since nobody reads yet; all later ones as a change."""
        names = self.names()
        if self._sum() is not None:
            self._exchange(self._begin(), {name: graphs.get(name, frozenset()) for name in {*graphs, *names}},
                           {name: self._lines(name) for name in {*graphs, *names}})
            return
        loading = f"{STATE.n3()} {LOADING.n3()} {STATE.n3()}"
        query = bind(load_query(FOLDER / "sum.rq").text, {"state": STATE, "property": LOADING})
        if names and not self._rows(query, "sum", plain=True):
            raise Conflict(f"the engine holds {len(names)} graphs that are not of this product.", where=self.address,
                           advice="Give it an empty dataset or repository; what is there is left as it is.")
        self._engine.change(f"DROP SILENT GRAPH {STAGED.n3()}")
        self._engine.change(f"INSERT DATA {{ GRAPH {STATE.n3()} {{ {loading} }} }}")
        for name in names:
            if not graphs.get(name):
                self._engine.drop(name)
        merged: set[bytes] = set()
        for name, lines in sorted(graphs.items()):
            if lines:
                triples = cut(name, lines)
                self._load(name, triples)
                merged |= triples
        self._load(self._engine.dialect.merged, merged)
        total = sum(sum_lines(lines) for lines in graphs.values())
        self._engine.change(Change({}, {}, None, total % WIDTH).write())
        self._engine.change(f"DELETE DATA {{ GRAPH {STATE.n3()} {{ {loading} }} }}")
        if self._sum() != total % WIDTH:
            raise Outdated("somebody else filled the engine in the meantime.", where=self.address, advice="Run `kg build` again.")

    def _load(self, name: URIRef | None, triples: set[bytes]) -> None:
        lines = [triple + b" .\n" for triple in sorted(triples)]
        for start in range(0, max(len(lines), 1), PIECE):
            self._engine.put(name, b"".join(lines[start:start + PIECE]), more=start > 0)

    def _parse(self, ntriples: bytes) -> LocalStore:
        scratch = LocalStore()
        try:
            scratch.load(ntriples)
        except Invalid as error:
            raise self._engine.wrong("N-Triples") from error
        return scratch

    def _number(self, query: str) -> int:
        """The one number that a query of ours gives."""
        with self._judge("one number"):
            [(number,)] = read_rows(self._engine.query(query), "n")
            return int(str(number))

    def _rows(self, query: str, *names: str, plain: bool = False) -> list[tuple[Term, ...]]:
        """The rows of a query of ours, every variable bound in each."""
        with self._judge(f"rows of {', '.join(names)}"):
            return read_rows(self._engine.query(query, plain=plain), *names)

    @contextmanager
    def _judge(self, expected: str) -> Iterator[None]:
        """Let what cannot be read as expected be a failure of the engine."""
        try:
            yield
        except ValueError as error:
            raise self._engine.wrong(expected) from error
