"""The data version: a digest of a dataset that does not depend on the order of its quads and follows a change in the time of the change.

It is the sum, modulo 2^256, of the SHA-256 of every line of the canonical N-Quads (RDF 1.1 N-Quads, "canonical form"), line end left
out; the first 16 hexadecimal digits are published. Anyone can compute it from a dump.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

WIDTH = 1 << 256


def sum_lines(lines: Iterable[bytes]) -> int:
    """The sum of the digests of lines of N-Quads; a line end does not count."""
    total = 0
    for line in lines:
        total += int.from_bytes(hashlib.sha256(line.rstrip(b"\n")).digest())
    return total % WIDTH


def write_version(total: int) -> str:
    """The published form of a sum: 16 hexadecimal digits."""
    return f"{total % WIDTH:064x}"[:16]
