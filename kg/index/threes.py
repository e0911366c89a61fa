"""Letters in threes, by which names are found that are nearly the same as a text.

A text is looked up by its rarest threes, as many of them as a bounded number of names has, so that the time hardly grows with the
number of names.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

MOST_NAMES: Final = 3000
"""How many names the chosen threes may have together; the next more frequent ones are left out, but for the first `FEWEST`."""
FEWEST: Final = 3


def cut(text: str) -> set[str]:
    """Every three letters that follow each other in a folded text."""
    return {text[start:start + 3] for start in range(len(text) - 2)}


def choose(threes: Set[str], counts: Mapping[str, int]) -> list[str]:
    """The threes that some name has, rarest first, up to the bound of names that have them."""
    chosen: list[str] = []
    names = 0
    for three in sorted(threes & counts.keys(), key=lambda each: (counts[each], each)):
        names += counts[three]
        if names > MOST_NAMES and len(chosen) >= FEWEST:
            break
        chosen.append(three)
    return chosen


def match_any(threes: list[str]) -> str:
    """The expression of the full-text search (SQLite FTS5, trigram tokenizer) for texts that have one of the threes."""
    return " OR ".join('"' + three.replace('"', '""') + '"' for three in threes)
