"""One process that answers public queries, and can be killed at any time."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from kg.sparql.forkserver import load_fork_server, read_code


class Ended(Exception):
    """The process is gone before its answer."""


class Process:
    """One process that answers queries over a snapshot, and the service's end of its socket.

    `settled` is what holds for all its requests (see `kg.sparql.worker`).
    """

    def __init__(self, snapshot: Path, version: str, settled: dict[str, Any]) -> None:
        self.begun = time.monotonic()
        self.socket, theirs = socket.socketpair()
        with theirs:
            self._number, self._code = load_fork_server().fork(theirs, {"snapshot": str(snapshot), "settled": settled})
        self.socket.setblocking(False)
        self.snapshot, self.version, self.network = snapshot, version, ""
        self.preempted, self.slowed = False, False
        self._channel: _Channel | None = None

    async def open(self, lost: Callable[[], None]) -> None:
        """Wait until the process is ready; `lost` is called when it ends later. Raises Ended when it never is."""
        try:
            _, self._channel = await asyncio.get_running_loop().create_unix_connection(lambda: _Channel(lost), sock=self.socket)
        except OSError as error:
            raise Ended from error
        hello, _ = await self._channel.ask(b"")
        self.network = hello["network"]

    async def ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        """Head and body of the reply to a request; raises Ended when the process is gone before."""
        if self._channel is None:
            raise Ended
        return await self._channel.ask(request)

    def kill(self) -> None:
        """End the process, whatever it does."""
        load_fork_server().kill(self._number)

    def slow(self) -> None:
        """Let the process stand behind others from now on; it cannot be made fast again (setpriority(2))."""
        self.slowed = True
        load_fork_server().slow(self._number)

    async def wait(self) -> int:
        """The exit code of a process that ends, negative for a signal."""
        return await asyncio.to_thread(read_code, self._code)

    def end(self) -> None:
        """Kill the process and forget it; nothing happens the second time."""
        if self._code < 0:
            return
        code, self._code = self._code, -1
        self.kill()
        os.close(code)
        if self._channel is None:
            self.socket.close()
        else:
            self._channel.close()


class _Channel(asyncio.Protocol):
    """Requests and replies on the socket, one at a time: a line of JSON, and behind it so many bytes as its `inline` says."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self._buffer = b""
        self._waiting: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None
        self._head: dict[str, Any] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's transports have the methods, not the class

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._settle()
        self._lost()

    def close(self) -> None:
        """Close the socket, without a word to whom it was lost."""
        self._lost = _say_nothing
        if self._transport is not None:
            self._transport.close()

    async def ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for the reply; raises Ended when the process is gone before."""
        self._waiting = asyncio.get_running_loop().create_future()
        if request and self._transport is not None:
            self._transport.write(request)
        self._settle()
        return await self._waiting

    def _settle(self) -> None:
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        if self._head is None and b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            self._head = json.loads(line)
        if self._head is not None and len(self._buffer) >= (size := self._head.get("inline", 0)):
            head, body = self._head, self._buffer[:size]
            self._head, self._buffer = None, self._buffer[size:]
            waiting.set_result((head, body))
        elif self._transport is None:
            waiting.set_exception(Ended())


def _say_nothing() -> None:
    """Nobody is to be told."""
