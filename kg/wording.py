"""Sentences for those who send something, in their language: rows of `wording.csv`, by key.

What is wrong with a cell has its stable code as key, and what to do about it the same with `-advice`. A value never becomes a part of
a template.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from kg.errors import BrokenRow

TEXTS: Final = Path(__file__).with_suffix(".csv")
CUT: Final = 80
"""The most characters of what was written that a sentence repeats."""


def say(key: str, language: str, *values: str) -> str:
    """A sentence in a language, else in English, with values in place of {0} and {1}."""
    texts = _texts()[key]
    text = texts.get(language) or texts["en"]
    return re.sub(r"\{(\d)\}", lambda found: values[int(found[1])], text)


def advise(code: str, language: str, *values: str) -> str:
    """What to do about a fault; another sentence where its last value is empty."""
    key = f"{code}-advice-none" if values and not values[-1] and f"{code}-advice-none" in _texts() else f"{code}-advice"
    return say(key, language, *values)


def shorten(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a sentence with the first, which is what was written, cut at 80 characters; the others are ours."""
    return tuple(value[:CUT - 1] + "…" if len(value) > CUT else value for value in values[:1]) + values[1:]


def break_row(code: str, *values: str, where: str = "", line: int | None = None, column: int | None = None) -> BrokenRow:
    """A fault of a row in English, with the code and values by which it is said in other languages."""
    values = shorten(values)
    return BrokenRow(say(code, "en", *values), where=where, line=line, column=column, advice=advise(code, "en", *values), code=code,
                     values=values)


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, dict[str, str]]:
    with TEXTS.open(encoding="utf-8", newline="") as file:
        return {row.pop("key"): row for row in csv.DictReader(file)}
