"""Small answers kept in memory, since dashboards and links ask the same question again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from kg.sparql.question import Answer

MOST_BYTES: Final = 16 * 2**20
EACH: Final = 512
"""Bytes that an entry costs beside its body, about."""


class Kept:
    """Answers by the entity tag that they would have, which names data version, query, dataset and serialisation.

    An answer of an older data version is asked for by nobody and is forgotten in its turn, least recently used ones first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.size = most_bytes, 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def find(self, key: str) -> Answer | None:
        """The answer, if it is still here."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    def keep(self, key: str, answer: Answer) -> None:
        """Keep an answer, unless it lies in a file or says something else each time."""
        if answer.file is not None or answer.volatile or key in self._answers:
            return
        self._answers[key] = answer
        self.size += len(answer.body) + EACH
        while self.size > self.most_bytes:
            self.size -= len(self._answers.popitem(last=False)[1].body) + EACH
