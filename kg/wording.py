"""Sentences for those who send something, in their language: rows of `wording.csv`, by key.

What is wrong with a file or a cell has its stable code as key, and what to do about it the same with `-advice`. A value never becomes
a part of a template. An error is made in English with code and values; who answers says it again in the language of the reader.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from kg.errors import BrokenRow, KgError

TEXTS: Final = Path(__file__).with_suffix(".csv")
LANGUAGES: Final = ("en", "fr", "de", "es", "it")
CUT: Final = 80
"""The most characters of what was written that a sentence repeats."""
Worded = TypeVar("Worded", bound=KgError)


def say(key: str, language: str, *values: str) -> str:
    """A sentence in a language, else in English, with values in place of {0} and {1}."""
    texts = _texts()[key]
    text = texts.get(language) or texts["en"]
    return re.sub(r"\{(\d)\}", lambda found: _show(values[int(found[1])]), text)


def advise(code: str, language: str, *values: str) -> str:
    """What to do about a fault; another sentence where its last value is empty."""
    key = f"{code}-advice-none" if values and not values[-1] and f"{code}-advice-none" in _texts() else f"{code}-advice"
    return say(key, language, *values)


def shorten(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a sentence with the first, which is what was written, cut at 80 characters; the others are ours."""
    return tuple(value[:CUT - 1] + "…" if len(value) > CUT else value for value in values[:1]) + values[1:]


def make_error(kind: type[Worded], code: str, *values: str, **more: Any) -> Worded:
    """An error in English, with the code and values by which it is said in other languages; `more` is its place and limits."""
    return kind(say(code, "en", *values), advice=advise(code, "en", *values), code=code, values=values, **more)


def reword(error: Worded, language: str) -> Worded:
    """The same error in a language; without a code it is in English alone, and stays so."""
    said = copy(error)
    if error.code:
        said.what, said.advice = say(error.code, language, *error.values), advise(error.code, language, *error.values)
    return said


def choose_language(wanted: Iterable[str]) -> str:
    """The first of the wanted languages that has sentences, else English."""
    return next((each for each in wanted if each in LANGUAGES), "en")


def break_row(code: str, *values: str, where: str = "", line: int | None = None, column: int | None = None) -> BrokenRow:
    """A fault of a row in English, with the code and values by which it is said in other languages."""
    return make_error(BrokenRow, code, *shorten(values), where=where, line=line, column=column)


def _show(value: str) -> str:
    """A value with signs that are no text, such as half a surrogate pair, as escapes."""
    return "".join(each if each.isprintable() or each.isspace() else ascii(each)[1:-1] for each in value)


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, dict[str, str]]:
    with TEXTS.open(encoding="utf-8", newline="") as file:
        return {row.pop("key"): row for row in csv.DictReader(file)}
