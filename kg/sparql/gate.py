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
from kg.sparql.clauses import PROLOGUE, find_outer_words, find_undeclared, makes_nodes, resolve, separate
from kg.terms import BASE

FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_WORD = re.compile(r"[A-Za-z]+")
_CLAUSES = re.compile(r"service|from", re.IGNORECASE)
_VOLATILE = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\b", re.IGNORECASE)
_POSITION = re.compile(r"\(line:(\d+), col:(\d+)\)")


@dataclass(frozen=True)
class Inspection:
    """A query as the gate sees it; a SERVICE whose address is a variable stands as an empty string.

    `graphs` says that GRAPH stands in it, outside of what a SERVICE is sent.
    """

    form: str
    services: tuple[str, ...] = ()
    dataset: bool = False
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    volatile: bool = False
    graphs: bool = False


@lru_cache(maxsize=1024)
def inspect(text: str, base: str = BASE) -> Inspection:
    """Read form, SERVICE targets and dataset clauses, their IRIs resolved against the prologue and `base`.

    Raises Refused for an update, QuerySyntax with line and column.
    """
    plain = _ESCAPE.sub(lambda match: _character(match[1] or match[2]), text)
    prologue = PROLOGUE.match(plain)
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
    volatile = _VOLATILE.search(plain) is not None or form == "CONSTRUCT" and makes_nodes(plain)
    if not _CLAUSES.search(plain):
        return Inspection(form, volatile=volatile)
    clauses = list(_clauses(_parse(text)))

    def read(name: str, part: str) -> tuple[str, ...]:
        return tuple(_address(plain, each[part], base) for each in clauses if each.name == name and part in each)

    services, defaults, named = read("ServiceGraphPattern", "term"), read("DatasetClause", "default"), read("DatasetClause", "named")
    return Inspection(form, services, bool(defaults or named), defaults, named, volatile or bool(services),
                      any(each.name == "GraphGraphPattern" for each in clauses))


def _address(text: str, term: Any, base: str) -> str:
    """The IRI that a term of the syntax tree means, empty for a variable; raises QuerySyntax where it means none."""
    if not isinstance(term, (URIRef, CompValue)):
        return ""
    written = f"<{term}>" if isinstance(term, URIRef) else f"{term.prefix or ''}:{term.localname or ''}"
    try:
        return resolve(text, written, base)
    except SyntaxError as error:
        unknown = None if isinstance(term, URIRef) else find_undeclared(text)
        line, column = find_place(text, unknown[1]) if unknown else (None, None)
        raise QuerySyntax(f"the prefix of {written} is not declared." if unknown else f"{written} is no IRI.", where="query",
                          line=line, column=column, advice="Declare it with PREFIX." if unknown else "Write an absolute IRI.") from error


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
    """Every SERVICE and every dataset clause of the tree, wherever it stands, and each GRAPH that is evaluated here."""
    waiting = [(node, True)]
    while waiting:
        part, here = waiting.pop(0)
        if isinstance(part, CompValue):
            if part.name in ("ServiceGraphPattern", "DatasetClause") or here and part.name == "GraphGraphPattern":
                yield part
            here = here and part.name != "ServiceGraphPattern"
            waiting.extend((each, here) for each in part.values())
        elif isinstance(part, (list, tuple, set, ParseResults)):
            waiting.extend((each, here) for each in part)


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
