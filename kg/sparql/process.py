"""One process that answers public queries, and can be killed at any time."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, cast

ROOT: Final = Path(__file__).resolve().parents[2]


class Ended(Exception):
    """The process is gone before its answer."""


class Process:
    """One process that answers queries over a snapshot, and the parent's end of its socket.

    `settled` is what holds for all its requests, as JSON (see `kg.sparql.worker`).
    """

    def __init__(self, snapshot: Path, version: str, settled: str) -> None:
        ours, theirs = socket.socketpair()
        lifeline, self.lifeline = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kg.sparql.worker", str(snapshot), str(theirs.fileno()), str(lifeline), settled],
            pass_fds=(theirs.fileno(), lifeline), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=ROOT)
        theirs.close()
        os.close(lifeline)
        ours.setblocking(False)
        self.socket, self.snapshot, self.version, self.network = ours, snapshot, version, ""
        self.preempted = False
        self._channel: _Channel | None = None

    async def ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        """Head and body of the reply to a request; raises Ended when the process is gone before."""
        channel = self._channel
        if channel is None:
            channel = self._channel = await self._open()
        return await channel.ask(request)

    async def _open(self) -> _Channel:
        try:
            _, channel = await asyncio.get_running_loop().create_unix_connection(_Channel, sock=self.socket)
        except OSError as error:
            raise Ended from error
        hello, _ = await channel.ask(b"")
        self.network = hello["network"]
        return channel

    def end(self) -> None:
        """Kill the process and reap it; nothing happens the second time."""
        if self.lifeline < 0:
            return
        lifeline, self.lifeline = self.lifeline, -1
        self.process.kill()
        if self._channel is None:
            self.socket.close()
        os.close(lifeline)
        self.process.wait()


class _Channel(asyncio.Protocol):
    """Requests and replies on the socket, one at a time: a line of JSON, and behind it so many bytes as its `inline` says."""

    def __init__(self) -> None:
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
