"""Clients that ask over kept connections and do nothing else, so that what is measured is the service and not they."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from typing import Final

from kg.errors import StoreFailed

PIECE: Final = 2**16


def count_answers(port: int, clients: int, seconds: float, requests: Iterator[bytes]) -> float:
    """Answers a second of so many clients at once, each of which sends its next request when the last is answered.

    Raises StoreFailed for an answer other than 200 and for a connection that closes.
    """
    with selectors.DefaultSelector() as waiting:
        buffers: dict[socket.socket, bytearray] = {}
        try:
            for _ in range(clients):
                connection = socket.create_connection(("127.0.0.1", port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                buffers[connection] = bytearray()
                waiting.register(connection, selectors.EVENT_READ)
            begun, count = time.monotonic(), 0
            for connection in buffers:
                connection.sendall(next(requests))
            while (now := time.monotonic()) < begun + seconds:
                for key, _ in waiting.select(1):
                    connection = key.fileobj  # type: ignore[assignment]
                    got, buffer = connection.recv(PIECE), buffers[connection]
                    buffer += got
                    if is_whole(buffer, ended=not got):
                        count += 1
                        buffer.clear()
                        connection.sendall(next(requests))
            return count / (now - begun)
        finally:
            for connection in buffers:
                connection.close()


def is_whole(buffer: bytearray, *, ended: bool) -> bool:
    """Whether one whole answer of 200 is there (RFC 9112, section 6); raises StoreFailed for another, and for an end before it."""
    head, found, body = buffer.partition(b"\r\n\r\n")
    if not found and not ended:
        return False
    if ended or not head.startswith(b"HTTP/1.1 200"):
        raise StoreFailed(f"the service answered {bytes(head[:40])!r}.", where="bench", advice="Look at its log.")
    head = head.lower()
    length = head.partition(b"content-length:")[2]
    return len(body) >= int(length.split(b"\r\n", 1)[0]) if length else body.endswith(b"0\r\n\r\n")
