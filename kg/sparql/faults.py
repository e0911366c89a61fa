"""Where a query is wrong that the engine does not parse, and why.

The engine says how far it looked, which is behind the fault: it reads as many letters as the longest keyword that might have stood
there. A beginning of the query is right when the engine, asked about it alone, looks to its very end; the fault is the word after the
longest such beginning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from kg.errors import Invalid, QuerySyntax
from kg.sparql.clauses import find_undeclared, split
from kg.sparql.gate import find_place
from kg.sparql.reading import find_refusal
from kg.terms import PREFIXES

Tokens = list[re.Match[str]]
_POSITION: Final = re.compile(r"error at (\d+):(\d+)")
_FUNCTION: Final = re.compile(r"custom (?:aggregate )?function <(.*)> is not supported")
_BLANK: Final = "\n" + " " * 40
FARTHEST: Final = 24
"""Letters that the engine may look past the begin of a wrong word; the longest keyword, ENCODE_FOR_URI, has 14."""
LONGEST: Final = 100_000
"""Letters of the longest query in which the fault is looked for; each look reads it once."""
AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
MODIFIERS: Final = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})


def explain(error: SyntaxError, text: str) -> QuerySyntax:
    """The engine's refusal of a query as an error with reason, line and column."""
    message = str(error)
    match = _POSITION.match(message)
    if not match:
        return QuerySyntax(f"the query does not parse: {message[:300]}", where="query", advice="Correct the query.")
    reached = _find_offset(text, int(match[1]), int(match[2]))
    if "IRI parsing failed" in message:
        start = _find_iri(text, reached)
        return _refuse(text, start, f"{text[start:reached][:200]} is no IRI", "Write an IRI as RFC 3987 has it.")
    start = _find_fault(text, reached)
    undeclared = find_undeclared(text)
    if undeclared and undeclared[1] == start:
        prefix = undeclared[0]
        return _refuse(text, start, f"the prefix {prefix}: is not declared", f"Begin with PREFIX {prefix}: <{PREFIXES.get(prefix, '...')}>")
    word = next((token[0] for token in split(text[start:start + FARTHEST])), "")
    said = find_refusal(text[:start]) + find_refusal(text[:start + len(word)])
    for sentence, (find, reason) in _REASONS.items():
        if sentence in said:
            tokens = _find_group(split(text[:start]))
            place = next(find(tokens), None)
            return _refuse(text, place.start() if place else start, reason.format(place[0] if place else "a variable"), "Correct it there.")
    if word.startswith("_:") and re.search(re.escape(word) + r"(?![\w.-])", text[:start]):
        return _refuse(text, start, f"{word} stands in another group already", "Give this blank node its own label (SPARQL 1.1, 5.1.1).")
    found = text[start:].partition("\n")[0][:30].strip()
    if not found:
        return _refuse(text, len(text.rstrip()), "the query ends too early", "Complete the query.")
    return _refuse(text, start, f"the query does not parse at {found!r}: this does not fit here", "Correct the query at this place.")


def explain_function(error: BaseException, text: str) -> Invalid | None:
    """The error for a function that the query calls and nobody knows; None when the engine failed for another reason."""
    match = _FUNCTION.search(str(error))
    if not match:
        return None
    written = text.find(f"<{match[1]}>")
    line, column = find_place(text, written) if written >= 0 else (None, None)
    return Invalid(f"the function <{match[1][:200]}> is not known.", where="query", line=line, column=column,
                   advice="Use the functions of SPARQL 1.1.")


def _refuse(text: str, start: int, reason: str, advice: str) -> QuerySyntax:
    line, column = find_place(text, start)
    return QuerySyntax(f"{reason}.", where="query", line=line, column=column, advice=advice)


def _find_fault(text: str, reached: int) -> int:
    if len(text) > LONGEST:
        return reached
    starts = [token.start() for token in split(text) if reached - FARTHEST <= token.start() <= reached]
    if len(text.rstrip()) - FARTHEST <= reached:
        starts.append(len(text))
    return next((start for start in reversed(starts) if _begins(text[:start])), reached)


def _begins(text: str) -> bool:
    """Whether a query may begin like this."""
    tried = text + _BLANK
    match = _POSITION.match(find_refusal(tried))
    return match is None or _find_offset(tried, int(match[1]), int(match[2])) >= len(tried)


def _find_iri(text: str, end: int) -> int:
    """Where the IRI that ends here begins; a < before a blank compares."""
    first = text.rfind(">", 0, end - 1) + 1
    return next((match.start() for match in re.compile(r"<(?![\s=])").finditer(text, first, end)), end)


def _find_offset(text: str, line: int, column: int) -> int:
    return sum(len(each) + 1 for each in text.split("\n")[:line - 1]) + column - 1


def _find_group(tokens: Tokens) -> Tokens:
    """The tokens of the innermost group that is still open at the end, or the whole query."""
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token[0] == "{":
            opened.append(place)
        elif token[0] == "}" and opened:
            opened.pop()
    return tokens[opened[-1] + 1:] if opened else tokens


def _is_variable(token: re.Match[str]) -> bool:
    return token[0][0] in "?$" and token.lastgroup == "name"


def _find_second_bind(tokens: Tokens) -> Iterator[re.Match[str]]:
    seen: set[str] = set()
    for before, token in zip(tokens, tokens[1:], strict=False):
        if _is_variable(token):
            if before[0].upper() == "AS" and token[0][1:] in seen:
                yield token
            seen.add(token[0][1:])


def _find_projection(tokens: Tokens) -> Tokens:
    start = next((place for place, token in enumerate(tokens) if token[0].upper() == "SELECT"), len(tokens))
    end = next((place for place, token in enumerate(tokens) if place > start and token[0].upper() in ("{", "WHERE", "FROM")), len(tokens))
    return tokens[start:end]


def _find_ungrouped(tokens: Tokens) -> Iterator[re.Match[str]]:
    by = next((place for place, token in enumerate(tokens) if token[0].upper() == "GROUP"), len(tokens))
    grouped = set()
    for token in tokens[by:]:
        if token[0].upper() in MODIFIERS:
            break
        grouped.add(token[0][1:])
    within: list[bool] = []
    for before, token in zip(chosen := _find_projection(tokens), chosen[1:], strict=False):
        if token[0] == "(":
            within.append(before[0].upper() in AGGREGATES or any(within))
        elif token[0] == ")" and within:
            within.pop()
        elif _is_variable(token):
            if before[0].upper() == "AS":
                grouped.add(token[0][1:])
            elif not any(within) and token[0][1:] not in grouped:
                yield token


def _find_named_twice(tokens: Tokens) -> Iterator[re.Match[str]]:
    seen: set[str] = set()
    depth = 0
    for before, token in zip(chosen := _find_projection(tokens), chosen[1:], strict=False):
        depth += (token[0] == "(") - (token[0] == ")")
        if _is_variable(token) and (depth == 0 or before[0].upper() == "AS"):
            if token[0][1:] in seen:
                yield token
            seen.add(token[0][1:])


def _find_overriding(tokens: Tokens) -> Iterator[re.Match[str]]:
    chosen = _find_projection(tokens)
    bound = {token[0][1:] for token in tokens[tokens.index(chosen[0]) + len(chosen):] if _is_variable(token)} if chosen else set()
    yield from (token for before, token in zip(chosen, chosen[1:], strict=False)
                if _is_variable(token) and before[0].upper() == "AS" and token[0][1:] in bound)


def _find_star(tokens: Tokens) -> Iterator[re.Match[str]]:
    yield from (token for token in _find_projection(tokens) if token[0] == "*")


def _find_values(tokens: Tokens) -> Iterator[re.Match[str]]:
    yield from (token for token in reversed(tokens) if token[0].upper() == "VALUES")


_REASONS: Final[dict[str, tuple[Callable[[Tokens], Iterator[re.Match[str]]], str]]] = {
    "BIND is overriding": (_find_second_bind, "{} has a value already, and this would give it another"),
    "with a variable that is unbound": (_find_ungrouped, "{} is neither grouped nor within an aggregate"),
    "contains a variable that is unbound": (_find_ungrouped, "{} is neither grouped nor within an aggregate"),
    "Duplicated variable name": (_find_named_twice, "{} is selected twice"),
    "overrides an existing variable": (_find_overriding, "{} has a value already, and this would give it another"),
    "SELECT * is not authorized": (_find_star, "SELECT * and GROUP BY do not go together"),
    "The VALUES clause rows": (_find_values, "a row of VALUES has another number of values than there are variables"),
}
"""What the engine says where the words fit and the meaning does not: which word is meant, and why."""
