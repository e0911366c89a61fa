"""Dumps of the dataset: canonical N-Quads, reproducible byte by byte, and the difference of two of them.

Published graphs have no blank nodes, so that sorted N-Quads without doubles are canonical (domain model, section 6).
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import UnreadableFile
from kg.store import Store

NAME = "urban-agenda-kg.nq.gz"


@dataclass(frozen=True)
class Dump:
    """A file that was written: where, the SHA-256 of its bytes, its size in bytes and the data version it holds."""

    path: Path
    sha256: str
    size: int
    version: str


def write_dump(store: Store, folder: Path) -> Dump:
    """Write the dataset as gzipped canonical N-Quads with a SHA-256 file beside it; equal data give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        for line in store.dump():
            packed.write(line)
    content = fresh.read_bytes()
    fresh.replace(path)
    digest = hashlib.sha256(content).hexdigest()
    (folder / f"{NAME}.sha256").write_text(f"{digest}  {NAME}\n", encoding="ascii")
    return Dump(path, digest, len(content), store.version())


def read_dump(path: Path) -> bytes:
    """The N-Quads of a dump, gzipped or plain; raises UnreadableFile when it is missing, cut short or differs from its checksum."""
    try:
        content = path.read_bytes()
        stated = _read_checksum(path)
        if stated and stated != hashlib.sha256(content).hexdigest():
            raise UnreadableFile("the file differs from its checksum.", where=path.name, advice="Take the dump again.")
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableFile(f"the dump cannot be read: {error}", where=path.name, advice="Take the dump again.") from error


def compare_dumps(old: bytes, new: bytes) -> Iterator[str]:
    """The difference of two dumps as an RDF Patch: one transaction of D and A lines, each sorted."""
    before, after = _lines(old), _lines(new)
    yield "TX ."
    yield from (f"D {line}" for line in sorted(before - after))
    yield from (f"A {line}" for line in sorted(after - before))
    yield "TC ."


def _read_checksum(path: Path) -> str:
    """The SHA-256 that a file beside the dump, or the list of its release, states; "" without one."""
    for beside in (path.with_name(path.name + ".sha256"), path.with_name("SHA256SUMS")):
        for line in beside.read_text(encoding="ascii").splitlines() if beside.exists() else ():
            digest, _, name = line.partition("  ")
            if name == path.name:
                return digest
    return ""


def _lines(content: bytes) -> set[str]:
    found: Iterable[str] = content.decode("utf-8").split("\n")
    return {line for line in found if line}
