"""What a public query asks for, read from its syntax tree: form, SERVICE targets, dataset clauses.

The words that matter are looked for in the syntax tree: they are found behind comments, escapes and sub-queries, and are left
alone in strings, comments and names (SPARQL 1.1 Query, section 19). A text without the letters of SERVICE and FROM cannot hold
such a clause, so the tree is built only where they occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyparsing import ParseResults
from pyparsing.exceptions import ParseBaseException
from rdflib import URIRef
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import QuerySyntax, Refused
from kg.sparql.clauses import find_outer_words, separate

FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_PROLOGUE = re.compile(r"(?:\s+|#[^\r\n]*|(?i:BASE)\s*<[^<>]*>|(?i:PREFIX)\s*[^\s:<]*:\s*<[^<>]*>)*")
_WORD = re.compile(r"[A-Za-z]+")
_CLAUSES = re.compile(r"service|from", re.IGNORECASE)
_VOLATILE = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\b", re.IGNORECASE)
_POSITION = re.compile(r"\(line:(\d+), col:(\d+)\)")


@dataclass(frozen=True)
class Inspection:
    """A query as the gate sees it; a SERVICE whose address is a variable stands as an empty string."""

    form: str
    services: tuple[str, ...] = ()
    dataset: bool = False
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    volatile: bool = False


@lru_cache(maxsize=1024)
def inspect(text: str) -> Inspection:
    """Read form, SERVICE targets and dataset clauses; raises Refused for an update, QuerySyntax with line and column."""
    plain = _ESCAPE.sub(lambda match: _character(match[1] or match[2]), text)
    prologue = _PROLOGUE.match(plain)
    start = prologue.end() if prologue else 0
    word = _WORD.match(plain, start)
    form = word[0].upper() if word else ""
    if form in UPDATES:
        raise Refused(f"{form} writes, and this service only reads.", where="query",
                      advice="Send a SELECT, ASK, CONSTRUCT or DESCRIBE query.")
    if form not in FORMS:
        line, column = find_place(plain, start)
        raise QuerySyntax("the query has no SELECT, ASK, CONSTRUCT or DESCRIBE here.", where="query", line=line, column=column,
                          advice="Begin with one of them, after BASE and PREFIX.")
    volatile = _VOLATILE.search(plain) is not None
    if not _CLAUSES.search(plain):
        return Inspection(form, volatile=volatile)
    clauses = list(_clauses(_parse(text)))
    # a prefixed name stays a CompValue until the algebra resolves it; it is no address of the allow-list
    services = tuple(str(each.term) if isinstance(each.term, URIRef) else "" for each in clauses if each.name != "DatasetClause")
    dataset = [each for each in clauses if each.name == "DatasetClause"]
    return Inspection(form, services, bool(dataset), tuple(str(each.default) for each in dataset if each.default),
                      tuple(str(each.named) for each in dataset if each.named), volatile or bool(services))


def _parse(text: str) -> Any:
    try:
        return parseQuery(separate(text))
    except ParseBaseException as error:
        line, column = _unseparated(text, error.loc)
        raise QuerySyntax("the query does not parse.", where="query", line=line, column=column,
                          advice="Correct the query at this place.") from error
    except RecursionError as error:
        raise QuerySyntax("the query is nested too deeply.", where="query", advice="Use fewer nested groups.") from error
    except Exception as error:  # rdflib's parser raises bare exceptions too
        match = _POSITION.search(str(error))
        raise QuerySyntax(f"the query does not parse: {str(error).splitlines()[0] if str(error) else 'unknown reason'}",
                          where="query", line=int(match[1]) if match else None, column=int(match[2]) if match else None,
                          advice="Correct the query.") from error


def _clauses(node: Any) -> Iterator[Any]:
    """Every SERVICE and every dataset clause of the tree, wherever it stands."""
    waiting = [node]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, CompValue):
            if part.name in ("ServiceGraphPattern", "DatasetClause"):
                yield part
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple, set, ParseResults)):
            waiting.extend(part)


def _unseparated(text: str, offset: int) -> tuple[int, int]:
    """Line and column in the text itself for an offset in the separated one: both hold the same words."""
    words = len("".join(separate(text)[:offset].split()))
    place = 0
    while place < len(text) and (words or text[place].isspace()):
        words -= not text[place].isspace()
        place += 1
    return find_place(text, place)


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"


def find_place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def read_form(text: str) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE, whether or not the query parses; nothing where none of them stands."""
    return next((word[0].upper() for word in find_outer_words(text) if word[0].upper() in FORMS), "")
