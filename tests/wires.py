"""A wire between a store and its engine that has faults on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

from kg.store.remote import RemoteStore

Fault = Callable[[str, str], str]
"""From method and path to what happens: nothing, `500`, `away` before or `lost` after the engine did it, `half` of the answer, or
one that ends before its length (`short`) or before the end of its pieces (`unended`)."""


@contextmanager
def failing(engine: str, fault: Fault) -> Iterator[RemoteStore]:
    """The engine behind a wire that has faults."""
    root = engine.rsplit("/", 1)[0]

    class Wire(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            what = fault(self.command, self.path)
            if what == "away":
                self.close_connection = True
                return
            if what == "500":
                self.send_error(500)
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "accept-encoding")}
            got = httpx.request(self.command, root + self.path, content=body, headers=headers, timeout=60)
            if what == "lost":
                self.close_connection = True
                return
            content = got.content
            if what == "half":
                lines = content.splitlines(keepends=True)
                content = b"".join(lines[:len(lines) // 2])
            self.send_response(got.status_code)
            for name in ("content-type", "server"):
                if name in got.headers:
                    self.send_header(name, got.headers[name])
            if what == "unended":
                self.send_header("Transfer-Encoding", "chunked")
                content = b"%x\r\n%s\r\n" % (len(content), content)
            else:
                self.send_header("Content-Length", str(len(content) + (what == "short")))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_GET

        def send_response(self, code: int, message: str | None = None) -> None:
            self.send_response_only(code, message)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Wire)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield RemoteStore(f"http://127.0.0.1:{server.server_port}/{engine.rsplit('/', 1)[1]}", timeout=30)
    finally:
        server.shutdown()
