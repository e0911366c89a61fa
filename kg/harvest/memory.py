"""What is remembered of each address between two harvests: its last whole answer, the part of a broken one, and when it was first away.

All of it lies in `var/harvest` and may be deleted: then everything is asked for anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final

from kg.errors import Gone, KgError, NotFound, OutOfTime, Refused, StoreFailed, TooLarge
from kg.outbound import Answer, Guard, fetch
from kg.validation.gate import FORMATS, SIZE

ACCEPT: Final = ", ".join((*FORMATS.values(), "application/gzip;q=0.9", "*/*;q=0.1"))
ATTEMPTS: Final = 3
SECONDS: Final = 120.0
PATIENCE: Final = 24
"""Hours that a 404 must last."""


@dataclass(frozen=True)
class Known:
    """What an answer said of itself; `since` is when the address was found away for the first time, "" while it answers."""

    address: str = ""
    media_type: str = ""
    etag: str = ""
    modified: str = ""
    immutable: bool = False
    since: str = ""

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask for another version only (RFC 9110, 13.1)."""
        return {name: value for name, value in (("If-None-Match", self.etag), ("If-Modified-Since", self.modified)) if value}


@dataclass(frozen=True)
class Taken:
    """A body, where it is from after redirects, its media type, and whether it is another than the last time."""

    content: bytes
    address: str
    media_type: str
    fresh: bool


class Memory:
    """The addresses of one source; all its requests share one deadline, `ends`, in the seconds of `time.monotonic`."""

    def __init__(self, folder: Path, guard: Guard, ends: float, clock: Callable[[], datetime],
                 most_bytes: int = SIZE) -> None:
        self.folder, self.guard, self.ends, self.clock, self.most_bytes = folder, guard, ends, clock, most_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, address: str, accept: str = ACCEPT) -> Taken:
        """The body of an address; one that did not change, or never changes, is not sent again.

        A transfer that stops half-way is resumed where the server names a version of what it sends, now and the next time. Raises Gone
        for a 410 and for a 404 that lasts, NotFound for another, and what the guard raises.
        """
        known, body, part = self._read(address), self._path(address, "body"), self._path(address, "part")
        if known.immutable and body.exists():
            return Taken(body.read_bytes(), known.address, known.media_type, False)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._ask(address, known, part, accept)
                break
            except (StoreFailed, OutOfTime):
                if attempt == ATTEMPTS or not part.exists():
                    raise
            except (TooLarge, Refused):
                part.unlink(missing_ok=True)
                raise
        if answer.status == 304 and body.exists():
            self._write(address, replace(known, since=""))
            return Taken(body.read_bytes(), known.address, known.media_type, False)
        if answer.status not in (200, 206):
            part.unlink(missing_ok=True)
            raise self._miss(address) if answer.status == 404 else _fail(address, answer.status)
        before = body.read_bytes() if body.exists() else None
        part.replace(body)
        self._path(address, "version").unlink(missing_ok=True)
        known = Known(answer.address, answer.headers.get("content-type", ""), answer.headers.get("etag", ""),
                      answer.headers.get("last-modified", ""), "immutable" in answer.headers.get("cache-control", ""))
        self._write(address, known)
        content = body.read_bytes()
        return Taken(content, known.address, known.media_type, content != before)

    def query(self, address: str, text: str, accept: str) -> bytes:
        """The answer of a SPARQL endpoint to a query (SPARQL 1.1 Protocol, 2.1.2); raises as `take` does."""
        path = self._path(address, "answer")
        answer = asyncio.run(fetch(address, path, guard=self.guard, headers={"Accept": accept}, most_bytes=self.most_bytes,
                                   seconds=self._left(), form={"query": text}))
        if answer.status != 200:
            raise _fail(address, answer.status)
        return path.read_bytes()

    def _miss(self, address: str) -> KgError:
        """A 404 is a slip at first, and a withdrawal once it has lasted; when it was first seen is written down."""
        known = self._read(address)
        if not known.since:
            known = replace(known, since=self.clock().isoformat(timespec="seconds"))
            self._write(address, known)
        if (self.clock() - datetime.fromisoformat(known.since)).total_seconds() < PATIENCE * 3600:
            return NotFound(f"{address} is not there.", advice=f"It counts as withdrawn when it is missing for {PATIENCE} hours.")
        return Gone(f"{address} is missing for {PATIENCE} hours.")

    def forget(self) -> None:
        """Delete everything of the source, so that the next harvest takes all of it."""
        for path in self.folder.iterdir():
            path.unlink()

    def _ask(self, address: str, known: Known, part: Path, accept: str) -> Answer:
        headers = {"Accept": accept, **(known.validators if self._path(address, "body").exists() else {})}
        version = self._path(address, "version")
        begun = part.stat().st_size if part.exists() else 0
        if begun and version.exists():
            headers = {"Accept": accept, "Range": f"bytes={begun}-", "If-Range": version.read_text(encoding="utf-8")}
        else:
            part.unlink(missing_ok=True)
        return asyncio.run(fetch(address, part, guard=self.guard, headers=headers, most_bytes=self.most_bytes, seconds=self._left(),
                                 heard=lambda got: self._note(version, got)))

    def _note(self, version: Path, headers: Mapping[str, str]) -> None:
        """Write down which version is being sent, before its body comes; a weak ETag cannot be resumed (RFC 9110, 13.1.5)."""
        strong = headers.get("etag", "")
        said = strong if strong and not strong.startswith("W/") else headers.get("last-modified", "")
        if said:
            version.write_text(said, encoding="utf-8")
        else:
            version.unlink(missing_ok=True)

    def _left(self) -> float:
        left = self.ends - monotonic()
        if left <= 0:
            raise OutOfTime(f"the source took more than {SECONDS:g} seconds.", advice="What came is kept, and resumed the next time.")
        return left

    def _path(self, address: str, kind: str) -> Path:
        return self.folder / f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.{kind}"

    def _read(self, address: str) -> Known:
        path = self._path(address, "json")
        return Known(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Known()

    def _write(self, address: str, known: Known) -> None:
        path = self._path(address, "json")
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(known)), encoding="utf-8")
        fresh.replace(path)


def _fail(address: str, status: int) -> KgError:
    if status == 410:
        return Gone(f"{address} was withdrawn.")
    return StoreFailed(f"{address} answered {status}.", advice="It is asked again the next time.")
