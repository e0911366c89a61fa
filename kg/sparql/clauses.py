"""Queries as text: their prologue, SERVICE clauses, of which rdflib's tree gives only the first one's words, and templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kg.sparql.reading import read_term
from kg.terms import BASE

# Tokens of SPARQL 1.1 Query, 19.8, as far as they can hide a brace, a # or a keyword.
_TOKEN: Final = re.compile(r"""
    (?P<comment>\#[^\r\n]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>(?:\"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\"|'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')(?:@[A-Za-z][A-Za-z0-9-]*|\^\^(?:<[^<>\s]*>|[\w.-]*:[\w.-]*))?)
  | (?P<name>[?$]\w+|[\w.-]*:(?:[\w.:%-]|\\.)*)
  | (?P<word>[A-Za-z]\w*)
  | (?P<brace>[{}])
""", re.VERBOSE | re.DOTALL)
_SIGN: Final = re.compile(_TOKEN.pattern + r"""
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<sign>\^\^|&&|\|\||[<>!]=|\S)
""", re.VERBOSE | re.DOTALL)
PROLOGUE: Final = re.compile(r"(?:\s+|#[^\r\n]*|(?i:BASE)\s*<[^<>]*>|(?i:PREFIX)\s*[^\s:<]*:\s*<[^<>]*>)*")
MARK: Final = "urn:kg:service:"


@dataclass(frozen=True)
class Clause:
    """A SERVICE clause: the address and the group that is sent to it, with its braces."""

    address: str
    pattern: str


def separate(text: str) -> str:
    """The text with a line break behind each IRI or string that holds a #, so that rdflib takes none for a comment."""
    return _TOKEN.sub(lambda match: match[0] + "\n" if "#" in match[0] and match.lastgroup in ("iri", "string") else match[0], text)


def resolve(text: str, written: str, base: str) -> str:
    """The IRI that `<IRI>` or a prefixed name means in a query; raises SyntaxError where it means none."""
    prologue = PROLOGUE.match(text)
    return read_term(prologue[0] if prologue else "", written, base)


def makes_nodes(text: str) -> bool:
    """Whether the template of a CONSTRUCT makes blank nodes, which are others in each answer (SPARQL 1.1 Query, 16.2.1)."""
    prologue = PROLOGUE.match(text)
    end, depth = prologue.end() if prologue else 0, 0
    for token in _TOKEN.finditer(text, end):
        between, end = text[end:token.start()], token.end()
        if depth and ("[" in between or "(" in between or token[0].startswith("_:")):
            return True
        if token.lastgroup == "brace":
            depth += 1 if token[0] == "{" else -1
            if depth == 0:
                return False
    return False


def number_services(text: str, base: str = BASE) -> tuple[str, list[Clause]]:
    """The text with the address of each SERVICE replaced by its number, and the clauses in that order."""
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]
    clauses: list[Clause] = []
    pieces: list[str] = []
    end = 0
    for place, token in enumerate(tokens):
        if token.lastgroup != "word" or token[0].upper() != "SERVICE":
            continue
        rest = tokens[place + 1:]
        if rest and rest[0][0].upper() == "SILENT":
            rest = rest[1:]
        if len(rest) < 2 or rest[0].lastgroup not in ("iri", "name") or rest[0][0][0] in "?$" or rest[1][0] != "{":
            continue
        pieces += [text[end:rest[0].start()], f"<{MARK}{len(clauses)}>"]
        end = rest[0].end()
        clauses.append(Clause(resolve(text, rest[0][0], base), text[rest[1].start():_close(rest[1:], len(text))]))
    return "".join((*pieces, text[end:])), clauses


def find_outer_words(text: str) -> Iterator[re.Match[str]]:
    """The words that stand in no braces: form and solution modifiers of the query itself, none of its groups and sub-queries."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "brace":
            depth += 1 if token[0] == "{" else -1
        elif token.lastgroup == "word" and depth == 0:
            yield token


def split(text: str) -> list[re.Match[str]]:
    """Every word, number and sign of a query, in its order, without the comments."""
    return [token for token in _SIGN.finditer(text) if token.lastgroup != "comment"]


def find_undeclared(text: str) -> tuple[str, int] | None:
    """The first prefix in use that no PREFIX before it declares, and the offset of the name, or of the literal whose type it names."""
    declared, before = {"_"}, ""
    for token in _TOKEN.finditer(text):
        prefix = _read_prefix(token)
        if prefix is not None:
            if before.upper() == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return prefix, token.start()
        if token.lastgroup != "comment":
            before = token[0]
    return None


def _read_prefix(token: re.Match[str]) -> str | None:
    if token.lastgroup == "name" and token[0][0] not in "?$":
        return token[0].partition(":")[0]
    typed = re.search(r"\^\^([\w.-]*):[^\"'>]*$", token[0]) if token.lastgroup == "string" else None
    return typed[1] if typed else None


def _close(tokens: list[re.Match[str]], end: int) -> int:
    depth = 0
    for token in tokens:
        if token.lastgroup == "brace":
            depth += 1 if token[0] == "{" else -1
            if depth == 0:
                return token.end()
    return end
