"""Where an answer is written until it is complete, with the caps on its size and its rows."""

from __future__ import annotations

import contextlib
import os
import re
import zlib
from typing import Any, Final

from kg.errors import TooLarge

INLINE: Final = 64 * 1024
PIECE: Final = 256 * 1024
WORTH_COMPRESSING: Final = 1024
# What stands once before each row and cannot stand inside a value, where quotes and angle brackets are escaped.
_ROW: Final = {"srj": b'},{"', "srx": b"<result>", "tsv": b"\n"}
# A row of JSON without a value is no such mark; in a run of them each ends with the brace that the next begins with.
_EMPTY: Final = re.compile(rb"\},\{(?=\})")


class Spool:
    """Where an answer is written: memory up to INLINE bytes, else a file, in pieces, since the engine writes 8 KiB at a time.

    Raises TooLarge when the answer passes a cap, because it is never cut in silence.
    """

    def __init__(self, path: str, *, most_bytes: int, most_rows: int, suffix: str, gzip: bool) -> None:
        self.path, self.most_bytes, self.most_rows = path, most_bytes, most_rows
        self.size = 0
        # JSON marks stand between rows; CSV and TSV begin with a line of names.
        self.rows = {"srj": 1, "tsv": -1, "csv": -1}.get(suffix, 0)
        self.inline = bytearray()
        self.file: Any = None
        self.compressed = False
        self._most = INLINE
        self._mark = _ROW.get(suffix)
        self._empty = _EMPTY if suffix == "srj" else None
        self._tail = b""
        self._csv_quoted = False
        self._is_csv = suffix == "csv"
        self._gzip = zlib.compressobj(5, wbits=31) if gzip else None

    def write(self, data: bytes) -> int:
        """Take what the engine writes."""
        self.inline += data
        self.size += len(data)
        if len(self.inline) > self._most:
            self._drain()
        return len(data)

    def flush(self) -> None:
        """Nothing is held back from a reader, for there is none before `finish`."""

    def finish(self) -> None:
        """Complete the file, or compress a small answer where that is worth it."""
        if self.file is not None:
            self._drain()
            if self._gzip:
                self.file.write(self._gzip.flush())
            self.file.close()
            return
        self._check(self.inline)
        if self._gzip and self.size >= WORTH_COMPRESSING:
            self.inline[:] = self._gzip.compress(bytes(self.inline)) + self._gzip.flush()
            self.compressed = True

    def discard(self) -> None:
        """Forget what was written."""
        if self.file is not None:
            self.file.close()
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def count(self, rows: int = 1) -> None:
        """Count rows or triples; raises TooLarge past the cap."""
        self.rows += rows
        if self.rows > self.most_rows:
            raise TooLarge(f"the answer has more than {self.most_rows} rows.", where="query", limit=self.most_rows,
                           advice="Add LIMIT and OFFSET, or take the dump.")

    def _drain(self) -> None:
        if self.file is None:
            self.file = open(self.path, "wb", buffering=0)  # noqa: SIM115  it outlives this call
            self.compressed = self._gzip is not None
            self._most = PIECE
        piece, self.inline = self.inline, bytearray()
        self._check(piece)
        self.file.write(self._gzip.compress(piece) if self._gzip else piece)

    def _check(self, piece: bytearray) -> None:
        if self.size > self.most_bytes:
            raise TooLarge(f"the answer is larger than {self.most_bytes // 2**20} MiB.", where="query", limit=self.most_bytes,
                           advice="Add LIMIT and OFFSET, or take the dump.")
        if self._mark:
            edge = self._tail + piece[:len(self._mark) - 1]
            self.count(self._count_marks(piece) + self._count_marks(edge))
            self._tail = bytes(piece[-(len(self._mark) - 1):]) if len(self._mark) > 1 else b""
        elif self._is_csv:
            parts = piece.split(b'"')
            self.count(sum(part.count(b"\n") for part in parts[self._csv_quoted::2]))
            self._csv_quoted ^= len(parts) % 2 == 0

    def _count_marks(self, piece: bytes | bytearray) -> int:
        assert self._mark is not None
        empty = len(self._empty.findall(piece)) if self._empty and b"},{}" in piece else 0
        return piece.count(self._mark) + empty
