"""The clients of the benches count whole answers, however they arrive, and nothing else."""

from __future__ import annotations

import itertools
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from kg.bench.clients import count_answers, is_whole
from kg.errors import StoreFailed

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [LENGTH, CHUNKED])
def test_an_answer_is_whole_at_its_last_byte(answer: bytes) -> None:
    assert [is_whole(bytearray(answer[:end]), ended=False) for end in range(len(answer) + 1)] == [False] * len(answer) + [True]


@pytest.mark.parametrize("answer, ended", [(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", False), (LENGTH[:-1], True), (b"", True)])
def test_anything_else_ends_the_bench(answer: bytes, ended: bool) -> None:
    with pytest.raises(StoreFailed):
        is_whole(bytearray(answer), ended=ended)


class Answering(socketserver.BaseRequestHandler):
    """Answers each request in two pieces and counts it."""

    answered = 0

    def handle(self) -> None:
        with suppress(ConnectionError):  # the clients leave when their time is over
            while self.request.recv(1000):
                self.request.sendall(LENGTH[:30])
                time.sleep(0.001)
                self.request.sendall(LENGTH[30:])
                Answering.answered += 1


@pytest.fixture
def port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_each_answer_counts_once(port: int) -> None:
    sent = itertools.count()
    rate = count_answers(port, 3, 0.3, (b"GET / HTTP/1.1\r\n\r\n" for _ in sent))
    counted = next(sent) - 3  # each of the three clients sends once, and again for each answer
    assert 0.3 <= counted / rate < 3
    # The server may count its last answers a moment later than the clients have them
    assert 0 < counted <= Answering.answered + 3
