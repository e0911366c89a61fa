"""A service in a process of its own: started on a free port, awaited, its memory read, ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kg.errors import StoreFailed

PATIENCE = 600.0
"""Seconds in which a service has to answer; after a kill in the middle of a publish it works out all synergies anew."""


@dataclass(frozen=True)
class Serving:
    """A process that listens on a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Resident memory of the process that listens, MiB (proc(5), VmRSS)."""
        return read_memory(self.process.pid)

    def workers(self) -> list[int]:
        """The processes that it started, and those that these started."""
        return find_children(self.process.pid)


def start(command: list[str], port: int, environment: Mapping[str, str] | None = None, log: IO[bytes] | None = None,
          patience: float = PATIENCE) -> Serving:
    """Start a command and wait until its port takes connections; raises StoreFailed when it ends or is late."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log or subprocess.DEVNULL,
                               env={**os.environ, **(environment or {})})
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return Serving(process, port)
        time.sleep(0.1)
    stop(process)
    raise StoreFailed(f"{Path(command[0]).name} did not start within {patience:g} seconds.", where=f"port {port}",
                      advice=f"Start it by hand and read what it says: {' '.join(command)}")


def start_ours(environment: Mapping[str, str], log: IO[bytes] | None = None) -> Serving:
    """Start `kg serve` with these settings and wait until it answers; raises StoreFailed."""
    port = find_port()
    return start([sys.executable, "-m", "kg", "serve", "--port", str(port)], port, environment, log)


@contextlib.contextmanager
def serving(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """A service as long as the block lasts."""
    started = start(command, port, environment)
    try:
        yield started
    finally:
        stop(started.process)


def stop(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """End a process politely, and by force when it does not listen."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def find_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def find_children(ancestor: int) -> list[int]:
    """Processes that descend from a process and live."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                if state != "Z":
                    parents[int(entry.name)] = int(parent)
    found, waiting = [], [ancestor]
    while waiting:
        under = waiting.pop()
        children = [process for process, parent in parents.items() if parent == under]
        found += children
        waiting += children
    return found


def read_memory(process: int) -> float:
    """Resident memory of one process, MiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)
