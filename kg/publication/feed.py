"""The event stream of versions (LDES 1.0 on TREE): static pages in `var/feed` that any web server can serve.

A member is an Activity Streams Create, Update or Delete of one subject; the triples of its new version stand in the graph that the
member names, merged from all graphs of sources. Pages never change once they are written; `index.trig`, the view, names them all with
their time. Its name begins with the time at which the feed was begun, so that a feed begun anew never reuses an address.
"""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import urljoin

from kg.errors import Invalid
from kg.publication.serialisations import Triple, merge, read_literal, read_quads, shorten, write_prefixes, write_subjects
from kg.settings import Settings
from kg.store import Store
from kg.store.local import parse_quads
from kg.terms import BASE

STREAM: Final = BASE + "stream"
INDEX: Final = "index.trig"
SIZE: Final = 250
FOLDER: Final = Path(__file__).parent
AS: Final = "https://www.w3.org/ns/activitystreams#"
TREE: Final = "https://w3id.org/tree#"
_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LOCK: Final = Lock()

Version = tuple[str, str, list[Triple]]


def append(settings: Settings, store: Store, at: datetime | None = None, stream: str = STREAM) -> int:
    """Add a member for every subject whose published triples changed since the last call; how many there were.

    `at` is the time of the change, now without it; times only ever rise. `stream` is the IRI of the stream.
    Doing it again adds nothing, and a process that ends in the middle leaves pages that no view names and that are written again.
    """
    folder = settings.var / "feed"
    folder.mkdir(parents=True, exist_ok=True)
    with _LOCK, closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as state:
        state.executescript((FOLDER / "feed.sql").read_text(encoding="utf-8"))
        state.execute("BEGIN IMMEDIATE")
        moment = (at or datetime.now(UTC)).astimezone(UTC)
        last = state.execute("SELECT MAX(at) FROM page").fetchone()[0]
        if last and moment <= datetime.fromisoformat(last):
            moment = datetime.fromisoformat(last) + timedelta(milliseconds=1)
        state.execute("INSERT OR IGNORE INTO property VALUES ('epoch', ?)", (f"{moment:%Y%m%d%H%M%S}",))
        total = _write_pages(folder, state, _find_changes(state, store), moment, stream)
        state.execute("INSERT OR REPLACE INTO property VALUES ('version', ?)", (store.version(),))
        state.execute("COMMIT")
        _write_index(folder, state, stream)
    return total


def read_version(settings: Settings) -> str:
    """The data version that the feed has reached, "" before the first."""
    path = settings.var / "feed" / "state.sqlite"
    if not path.exists():
        return ""
    with closing(sqlite3.connect(path, timeout=30)) as state:
        found = state.execute("SELECT value FROM property WHERE name = 'version'").fetchone()
    return str(found[0]) if found else ""


def replay(read: Callable[[str], bytes], address: str = INDEX) -> set[Triple]:
    """The graph that the feed tells, read from its view and every page after it, oldest first.

    `read` gives the bytes of an address. Raises Invalid when a page lists a member twice or has one without type, object or time.
    """
    graph: dict[str, set[Triple]] = {}
    seen: set[str] = set()
    for page in _find_pages(read, address):
        payloads: dict[str, set[Triple]] = {}
        described: dict[str, dict[str, str]] = {}
        members: set[str] = set()
        for subject, predicate, value, name in parse_quads(read(page), "application/trig", _absolute(page)):
            if name:
                payloads.setdefault(name, set()).add((subject, predicate, value))
            elif predicate == f"<{TREE}member>":
                members.add(value)
            else:
                described.setdefault(subject, {})[predicate] = value
        for member in sorted(members):
            stated = described.get(member, {})
            if member in seen or not {_TYPE, f"<{AS}object>", f"<{AS}published>"} <= set(stated):
                raise Invalid("a member stands twice, or lacks type, object or time.", where=f"{page}, {member}",
                              advice="Tell the publisher of the feed.")
            seen.add(member)
            if stated[_TYPE] == f"<{AS}Delete>":
                graph.pop(stated[f"<{AS}object>"], None)
            else:
                graph[stated[f"<{AS}object>"]] = payloads.get(member, set())
    return {triple for triples in graph.values() for triple in triples}


def _find_pages(read: Callable[[str], bytes], address: str) -> Iterator[str]:
    nodes: dict[str, str] = {}
    values: dict[str, str] = {}
    for subject, predicate, value, _ in parse_quads(read(address), "application/trig", _absolute(address)):
        if predicate == f"<{TREE}node>":
            nodes[subject] = value[1:-1]
        if predicate == f"<{TREE}value>":
            values[subject] = read_literal(value)[0]
    pages = {node: values[relation] for relation, node in nodes.items()}
    root = _absolute("")
    for page in sorted(pages, key=lambda each: (pages[each], each)):
        yield page.removeprefix(root)


def _absolute(address: str) -> str:
    return urljoin("file:///feed/", address)


def _find_changes(state: sqlite3.Connection, store: Store) -> Iterator[Version]:
    known = dict(state.execute("SELECT iri, digest FROM subject"))
    for subject, group in groupby(merge(read_quads(store.dump())), itemgetter(0)):
        triples = list(group)
        digest = hashlib.blake2b("\n".join(map(" ".join, triples)).encode(), digest_size=16).digest()
        before = known.pop(subject, None)
        if before != digest:
            state.execute("INSERT OR REPLACE INTO subject VALUES (?, ?)", (subject, digest))
            yield ("Update" if before else "Create"), subject, triples
    for subject in sorted(known):
        state.execute("DELETE FROM subject WHERE iri = ?", (subject,))
        yield "Delete", subject, []


def _write_pages(folder: Path, state: sqlite3.Connection, versions: Iterator[Version], moment: datetime, stream: str) -> int:
    epoch = state.execute("SELECT value FROM property WHERE name = 'epoch'").fetchone()[0]
    number = state.execute("SELECT COALESCE(MAX(number), 0) FROM page").fetchone()[0]
    total = state.execute("SELECT COALESCE(SUM(members), 0) FROM page").fetchone()[0]
    begun, stamp = total, moment.isoformat(timespec="milliseconds")
    while page := list(islice(versions, SIZE)):
        number += 1
        file = f"{epoch}-{number:06}.trig"
        _write(folder / file, _describe_page(page, epoch, total, stamp, stream))
        state.execute("INSERT INTO page VALUES (?, ?, ?, ?)", (number, file, stamp, len(page)))
        total += len(page)
    return int(total - begun)


def _describe_page(versions: list[Version], epoch: str, before: int, stamp: str, stream: str) -> Iterator[bytes]:
    yield from write_prefixes()
    yield f"@prefix as: <{AS}> .\n@prefix tree: <{TREE}> .\n".encode()
    members = [f"<{stream}/{epoch}-{before + place}>" for place in range(1, len(versions) + 1)]
    yield f"<> a tree:Node .\n<{stream}> tree:view <{INDEX}> ; tree:member\n  {(' ,' + chr(10) + '  ').join(members)} .\n".encode()
    for member, (kind, subject, triples) in zip(members, versions, strict=True):
        yield f'\n{member} a as:{kind} ; as:object {shorten(subject)} ; as:published "{stamp}"^^xsd:dateTime .\n'.encode()
        if triples:
            yield f"{member} {{\n".encode()
            yield from write_subjects(triples, "  ")
            yield b"}\n"


def _write_index(folder: Path, state: sqlite3.Connection, stream: str) -> None:
    def lines() -> Iterator[bytes]:
        yield (FOLDER / "feed.ttl").read_bytes().replace(STREAM.encode(), stream.encode())
        for file, at in state.execute("SELECT file, at FROM page ORDER BY number"):
            for kind in ("GreaterThanOrEqualTo", "LessThanOrEqualTo"):
                yield (f'<> tree:relation [ a tree:{kind}Relation ; tree:node <{file}> ; tree:path as:published ; '
                       f'tree:value "{at}"^^xsd:dateTime ] .\n').encode()

    _write(folder / INDEX, lines())


def _write(path: Path, lines: Iterable[bytes]) -> None:
    """Write a page and the same packed, each beside its place first."""
    content = b"".join(lines)
    for target, made in ((path, content), (path.with_name(path.name + ".gz"), gzip.compress(content, 6, mtime=0))):
        fresh = target.with_name(target.name + ".new")
        fresh.write_bytes(made)
        fresh.replace(target)
