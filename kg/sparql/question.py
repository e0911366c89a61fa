"""A question to the SPARQL service, and its complete answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from kg.sparql.formats import Choice


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
