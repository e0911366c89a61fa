"""A question to the SPARQL service, and its complete answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.settings import Settings
from kg.sparql.formats import Choice
from kg.terms import BASE, PREFIXES


@dataclass(frozen=True)
class Question:
    """A query with its dataset (None: the union of all graphs) and the serialisation for each form it might have.

    `stored` says that its text is ours, as that of `ontology/questions` is.
    """

    query: str
    formats: dict[str, Choice | None]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] = ()
    gzip: bool = False
    mark: bool = False
    stored: bool = False

    def describe(self, spool: Path) -> dict[str, Any]:
        """The request as `kg.sparql.worker` reads it, whose answer may lie in the file `spool`."""
        formats = {form: [choice.format.suffix, choice.media_type] if choice else None for form, choice in self.formats.items()}
        return {"query": self.query, "formats": formats, "gzip": self.gzip, "default": self.default_graphs,
                "named": self.named_graphs, "mark": self.mark, "spool": str(spool)}


@dataclass
class Answer:
    """A complete answer: in memory, or in a file that no longer has a name and goes when it is closed.

    `version` is that of the snapshot it was read from, which may be newer than the one its request began with.
    """

    form: str
    media_type: str
    size: int
    gzip: bool
    volatile: bool
    body: bytes = b""
    file: Any = None
    seconds: float = 0.0
    version: str = ""

    @property
    def length(self) -> int:
        """Bytes to be sent."""
        return os.fstat(self.file.fileno()).st_size if self.file else len(self.body)


class NoFormat(Exception):
    """The client takes no serialisation of this form of query."""

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(form)


def settle(settings: Settings) -> dict[str, Any]:
    """What holds for all requests (see `kg.sparql.worker`)."""
    return {"memory": settings.sparql_memory, "rows": settings.sparql_rows, "bytes": settings.sparql_bytes * 2**20,
            "services": settings.services, "base": BASE, "prefixes": PREFIXES}
