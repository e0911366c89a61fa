"""Queries as files: the first comment is the question they answer, parameters are declared in comments.

    # Which practices used an instrument in the cities of a country?
    # parameter: instrument iri https://w3id.org/uaeu-kg/voc/instrument/social-clauses
    SELECT ?practice WHERE { ... ?instrument ... }
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

from rdflib.plugins.sparql import prepareQuery

from kg.errors import QuerySyntax
from kg.terms import PREFIXES

_PARAMETER = re.compile(r"#\s*parameter:\s*(\w+)\s+(\w+)\s*(.*)$")
_PARSING = Lock()
"""The parser keeps state of its own: two threads in it at once refuse queries that are right."""
_PREFIX = re.compile(r"Unknown namespace prefix : (\S+)")
_POSITION = re.compile(r"\(line:(\d+), col:(\d+)\)")


@dataclass(frozen=True)
class Parameter:
    """One variable that is bound from outside: its name, type (iri, string, integer, date, language) and an example."""

    name: str
    type: str
    example: str


@dataclass(frozen=True)
class Query:
    """A stored query: name of its file, question, text with prefixes, parameters."""

    name: str
    title: str
    text: str
    parameters: tuple[Parameter, ...] = ()

    def line(self, word: str) -> int:
        """The line of the file, from 1, on which a word stands last; that of SELECT where it stands nowhere."""
        lines = self.text.removeprefix(PROLOGUE).splitlines()
        found = [number for number, line in enumerate(lines, 1)
                 if not line.lstrip().startswith("#") and re.search(rf"{re.escape(word)}\b", line, re.IGNORECASE)]
        return found[-1] if found else self.line("SELECT") if word != "SELECT" else 1


PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def read_query(path: Path) -> Query:
    """Read a query file; raises QuerySyntax with file, line and column when it does not parse or asks no question."""
    body = path.read_text(encoding="utf-8")
    lines = body.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise QuerySyntax("the query does not say which question it answers.", where=path.name, line=1,
                          advice="Begin the file with a comment that asks the question.")
    parameters = tuple(Parameter(*match.groups()) for line in lines if (match := _PARAMETER.match(line)))
    text = body if re.search(r"^\s*PREFIX", body, re.MULTILINE | re.IGNORECASE) else PROLOGUE + body
    try:
        with _PARSING:
            prepareQuery(text, initNs={})
    except Exception as error:  # rdflib raises pyparsing's errors and bare exceptions alike
        match = _POSITION.search(str(error))
        offset = 0 if text is body else len(PREFIXES)
        what = _POSITION.sub("", str(error).splitlines()[0]).strip()
        prefix = _PREFIX.search(what)
        line = int(match[1]) - offset if match else _find_line(lines, f"{prefix[1]}:") if prefix else None
        raise QuerySyntax(f"the query does not parse: {what}", where=path.name,
                          line=line,
                          column=int(match[2]) if match else None, advice="Correct the query file.") from error
    return Query(path.stem, lines[0][2:].strip(), text, parameters)


def _find_line(lines: list[str], word: str) -> int | None:
    return next((number for number, line in enumerate(lines, 1) if word in line.partition("#")[0]), None)


@lru_cache(maxsize=512)
def load_query(path: Path) -> Query:
    """The query of a file, read once."""
    return read_query(path)


def load_queries(folder: Path) -> dict[str, Query]:
    """All queries of a folder by name, in the order of their names."""
    return {path.stem: load_query(path) for path in sorted(folder.glob("*.rq"))}
