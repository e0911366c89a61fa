"""The fork server: a process that has imported what workers need, so that each worker is a fork of it.

A worker that imports the parsers itself is late by seconds on a busy machine, and has them in memory once more. A fork is there within
milliseconds and shares what was imported. The service cannot be forked, since it has threads; this process has none.

On its control socket it reads lines of JSON: `{"fork": NUMBER, ...}`, with the worker's socket and the pipe for its exit code as file
descriptors beside it (unix(7), SCM_RIGHTS), `{"slow": NUMBER}` and `{"kill": NUMBER}`. It ends, and its workers with it, when the
socket closes.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any, Final

from kg.resources import ROOT

NICENESS: Final = 5
"""How far a query that takes long stands behind the pages when both want the processor (nice(2))."""
CODE: Final = struct.Struct("<i")
WARMING: Final = "SELECT * FROM <urn:x> WHERE { SERVICE <urn:x> { ?s ?p ?o } }"


class ForkServer:
    """The service's end: forks and kills workers by number, on any thread, and begins anew when the fork server is gone."""

    def __init__(self) -> None:
        self._lock, self._number = Lock(), 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, channel: socket.socket, request: dict[str, Any]) -> tuple[int, int]:
        """Number of a new worker that serves on a socket, and the pipe from which `read_code` reads how it ended."""
        reader, writer = os.pipe()
        with self._lock:
            self._number += 1
            number = self._number
            line = json.dumps({"fork": number, **request}).encode() + b"\n"
            descriptors = [channel.fileno(), writer]
            try:
                if self._control is None:
                    raise OSError
                _send(self._control, line, descriptors)
            except OSError:
                self._control = self._start()
                _send(self._control, line, descriptors)
        os.close(writer)
        return number, reader

    def begin(self) -> None:
        """Start the fork server, if it has not begun, so that it reads its libraries while the service reads the data."""
        with self._lock:
            if self._control is None:
                self._control = self._start()

    def kill(self, number: int) -> None:
        """Kill a worker, unless it has ended already."""
        self._tell({"kill": number})

    def slow(self, number: int) -> None:
        """Let a worker stand behind others that want the processor, for the rest of its life."""
        self._tell({"slow": number})

    def _tell(self, request: dict[str, int]) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._control is not None:
                self._control.sendall(json.dumps(request).encode() + b"\n")

    def _start(self) -> socket.socket:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kg.sparql.forkserver", str(theirs.fileno())], pass_fds=(theirs.fileno(),), cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return ours


@cache
def load_fork_server() -> ForkServer:
    """The one fork server of this process, for all its pools; it starts with the first worker."""
    return ForkServer()


def read_code(reader: int) -> int:
    """Wait for the end of a worker and return its exit code, negative for a signal; 0 when the fork server went first."""
    code = os.read(reader, CODE.size)
    return int(CODE.unpack(code)[0]) if code else 0


def _send(control: socket.socket, line: bytes, descriptors: list[int]) -> None:
    # The descriptors go with the first byte; a line is far shorter than the buffer of the socket.
    sent = control.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
    if sent < len(line):
        control.sendall(line[sent:])


class Nursery:
    """The other end: the workers by number, each with its process and the pipe for its exit code."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.workers: dict[int, tuple[int, int]] = {}
        self.woken, waking = os.pipe()
        os.set_blocking(waking, False)
        self._opened = (control.fileno(), self.woken, waking)
        signal.set_wakeup_fd(waking)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Do what the service asks until its socket closes."""
        for request, descriptors in self._read():
            if "fork" in request:
                self._fork(request, *descriptors)
            elif request.get("kill") in self.workers:
                os.kill(self.workers[request["kill"]][0], signal.SIGKILL)
            elif request.get("slow") in self.workers:
                os.setpriority(os.PRIO_PROCESS, self.workers[request["slow"]][0], NICENESS)
        for process, _ in self.workers.values():
            os.kill(process, signal.SIGKILL)

    def _read(self) -> Iterator[tuple[dict[str, Any], list[int]]]:
        buffer, waiting = b"", []
        while True:
            ready, _, _ = select.select([self.control.fileno(), self.woken], [], [])
            if self.woken in ready:
                os.read(self.woken, 4096)
                self._reap()
            if self.control.fileno() in ready:
                data, descriptors, _, _ = socket.recv_fds(self.control, 1 << 16, 64)
                if not data:
                    return
                waiting += descriptors
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    request = json.loads(line)
                    taken = waiting[:2] if "fork" in request else []
                    del waiting[:len(taken)]
                    yield request, taken

    def _fork(self, request: dict[str, Any], channel: int, writer: int) -> None:
        try:
            process = os.fork()
        except OSError:
            os.close(writer)
        else:
            if process == 0:
                self._serve(request, channel)
            self.workers[request["fork"]] = process, writer
        os.close(channel)

    def _serve(self, request: dict[str, Any], channel: int) -> None:
        from kg.sparql.lock import end_with_parent
        from kg.sparql.worker import serve

        code = 1
        try:
            end_with_parent()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (*self._opened, *(writer for _, writer in self.workers.values())):
                os.close(descriptor)
            serve(request["snapshot"], socket.socket(fileno=channel), request["settled"])
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        for number, (process, writer) in list(self.workers.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                del self.workers[number]
                with contextlib.suppress(OSError):
                    os.write(writer, CODE.pack(os.waitstatus_to_exitcode(status)))
                os.close(writer)


def main() -> None:
    """Entry point of the process: import everything, use the parser once, and begin."""
    import kg.sparql.worker  # noqa: F401  so that each worker has it
    from kg.sparql.gate import inspect

    inspect(WARMING)
    # What is here stays, and must not be copied page by page because a collection of garbage writes into it (gc, freeze).
    gc.collect()
    gc.freeze()
    Nursery(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
