"""The process that judges large files beside the service: what takes seconds of a processor is not done by what answers others.

It has read the shapes and remembers the names of one data version. It has no store: what it wants to know of what is published it
asks the service on the pipe, so that it sees the data of the request, whatever engine holds them. Both ends are ours and say what they
say as pickled tuples; the text of a stranger is read by a process of its own (`kg.validation.child`).
"""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Final

from rdflib import Graph
from rdflib.term import Node

from kg.errors import Busy, KgError, OutOfTime, StoreFailed
from kg.forms import Known, load_known
from kg.reception import Sent, check_file
from kg.resources import ROOT
from kg.store import Bindings, Solutions, Store
from kg.validation.lexical import narrow_literals

SMALL: Final = 16 * 1024
"""The most bytes of a file that is judged at once: it takes less than to hand it over."""
SECONDS: Final = 120.0
"""The most that a file waits, and the most that it is judged."""
NICENESS: Final = 5


class Examiner:
    """The service's end; one file at a time, on any thread. The process starts with the first large file; a lost one is replaced."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def check(self, data: bytes, store: Store, **more: str) -> Sent:
        """What `check_file` says of a large file; what does not conform comes without its graph.

        Raises what `check_file` raises, Busy or OutOfTime after two minutes, and StoreFailed when the process was lost.
        """
        if not self._lock.acquire(timeout=SECONDS):
            raise Busy("other large files are judged.", advice="Send it again in a minute.", retry_after=60)
        try:
            return self._ask(data, store, more)
        except (EOFError, OSError) as error:
            self._end()
            raise StoreFailed("the process that judges files was lost.", advice="Send it again, in parts if it is large.") from error
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, data: bytes, store: Store, more: dict[str, str]) -> Sent:
        pipe = self._pipe if self._pipe is not None and self._process is not None and self._process.poll() is None else self._start()
        end = time.monotonic() + SECONDS
        pipe.send((store.version(), data, more))
        while pipe.poll(max(0.0, end - time.monotonic())):
            kind, value = pipe.recv()
            if kind == "sent":
                assert isinstance(value, Sent)
                return value
            if kind == "error":
                raise value
            pipe.send(_look_up(store, kind, value))
        self._end()
        raise OutOfTime(f"judging the file took more than {SECONDS:g} seconds.", advice="Divide it.", limit=SECONDS)

    def _start(self) -> Connection:
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen([sys.executable, "-m", "kg.examiner", str(theirs.fileno())], pass_fds=(theirs.fileno(),),
                                             cwd=ROOT, stdin=subprocess.DEVNULL)
        self._pipe = Connection(ours.detach())
        return self._pipe

    def _end(self) -> None:
        if self._pipe is not None and self._process is not None:
            self._pipe.close()
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None


def _look_up(store: Store, kind: str, value: Any) -> Any:
    """Answer the process from the store of the request; an error of the store is its answer."""
    try:
        return list(store.match(*value)) if kind == "match" else store.select(*value)
    except KgError as error:
        return error


class _Asked:
    """As much of a `Store` as judging one file needs, on the other end of the pipe; it asks nothing twice."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._seen = pipe, dict[Any, list[tuple[Node, Node, Node]]]()

    def match(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        """The published triples with these terms."""
        pattern = subject, predicate, value
        if pattern not in self._seen:
            self._seen[pattern] = self._say("match", pattern)
        return iter(self._seen[pattern])

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """Answer a SELECT over what is published."""
        found = self._say("select", (query, bindings))
        assert isinstance(found, Solutions)
        return found

    def _say(self, kind: str, value: Any) -> Any:
        self._pipe.send((kind, value))
        found = self._pipe.recv()
        if isinstance(found, KgError):
            raise found
        return found


def _judge(store: Any, known: Known, data: bytes, more: dict[str, str]) -> tuple[str, Sent | KgError]:
    try:
        sent = check_file(data, known, store, **more)
    except KgError as error:
        return "error", error
    return "sent", sent if sent.conforms else replace(sent, graph=Graph())


def main() -> None:
    """Entry point of the process: judge one file after the other until the service closes the pipe."""
    os.nice(NICENESS)
    narrow_literals()
    pipe = Connection(int(sys.argv[1]))
    names, known = "", None
    # A collection of garbage in the midst of a file walks through everything that is here, again and again
    gc.disable()
    try:
        while True:
            version, data, more = pipe.recv()
            store = _Asked(pipe)
            if known is None or version != names:
                names, known = version, load_known(store)  # type: ignore[arg-type]
            pipe.send(_judge(store, known, data, more))
            gc.collect()
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    main()
