"""Where statements are written: lines by subject and property, in the order of the file.

Parsers give places of errors only. A light reading of the text is enough: it need not understand every construct, since a statement
that it misses is shown at the first line of its record. Lines count from 1.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TURTLE: Final = re.compile(
    r'(?P<skip>\s+|#[^\n]*)|(?P<iri><[^<>"{}|^`\\\s]*>)'
    r'|(?P<literal>(?:"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"(?:@[A-Za-z0-9-]+|\^\^(?:<[^>]*>|[^\s;,.\[\](){}]+))?)"
    r"|(?P<mark>[;,\[\](){}]|\.(?=\s|$|[#<\[\](){}]))|(?P<name>@?[^\s;,\[\](){}<>\"'#]*[^\s;,\[\](){}<>\"'#.])|(?P<other>.)", re.DOTALL)
_JSON: Final = re.compile(r'\s*(?:([{}\[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}\[\],:"]+))', re.DOTALL)

Lines = dict[tuple[str, str], list[int]]


class Positions:
    """Lines by subject and property; `take` gives them one after the other, as a parser does the statements."""

    def __init__(self) -> None:
        self.lines: Lines = defaultdict(list)
        self.first: dict[str, int] = {}

    def note(self, subject: str, predicate: str, line: int) -> None:
        """Write down that a statement stands on a line."""
        self.lines[subject, predicate].append(line)
        self.first.setdefault(subject, line)

    def take(self, subject: str, predicate: str) -> int:
        """The line of the next statement of a subject and property, else of its record, 0 when it is not known."""
        for key in ((subject, predicate), (subject, re.split(r"[#/:]", predicate)[-1])):
            found = self.lines.get(key)
            if found:
                return found.pop(0) if len(found) > 1 else found[0]
        return self.first.get(subject, 0)


def find_positions(text: str, suffix: str, base: str) -> Positions:
    """Lines of the statements of a file in one of the formats that enter, by suffix; raises SyntaxError for XML that is not well formed."""
    readers: dict[str, Callable[[str, str, Positions], None]] = {
        "ttl": _read_turtle, "trig": _read_turtle, "nt": _read_lines, "nq": _read_lines, "jsonld": _read_json, "rdf": _read_xml}
    positions = Positions()
    readers[suffix](text, base, positions)
    return positions


def _read_lines(text: str, base: str, positions: Positions) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r"\s*<([^>]*)>\s*<([^>]*)>", line)
        if found:
            positions.note(found[1], found[2], number)


def _read_turtle(text: str, base: str, positions: Positions) -> None:
    prefixes: dict[str, str] = {}
    open_nodes: list[tuple[str, str]] = []
    subject = predicate = directive = ""
    line, lists = 1, 0
    for token in _TURTLE.finditer(text):
        kind, word = token.lastgroup, token[0]
        begins, line = line, line + word.count("\n")
        if kind == "skip" or (lists and word not in "()"):
            continue
        if directive:
            directive = _direct(directive, word, prefixes)
        elif kind == "mark":
            if word == "(":
                lists += 1
                if lists == 1 and subject and predicate:
                    positions.note(subject, predicate, begins)
            elif word == ")":
                lists = max(0, lists - 1)
            elif word == "[":
                if subject and predicate:
                    positions.note(subject, predicate, begins)
                open_nodes.append((subject, predicate))
                subject, predicate = f"_:{token.start()}", ""
            elif word == "]":
                subject, predicate = open_nodes.pop() if open_nodes else ("", "")
            elif word == ";":
                predicate = ""
            elif word in ".{}":
                subject = predicate = ""
        elif kind == "name" and word.casefold() in ("@prefix", "prefix", "@base", "base") and not subject:
            directive = "prefix" if "prefix" in word.casefold() else "base"
        elif not subject:
            subject = "" if word.casefold() == "graph" else _expand(word, prefixes, base)
        elif not predicate:
            predicate = RDF + "type" if word == "a" else _expand(word, prefixes, base)
        else:
            positions.note(subject, predicate, begins)


def _direct(directive: str, word: str, prefixes: dict[str, str]) -> str:
    if directive == "prefix":
        return f"prefix {word}" if word.endswith(":") else ""
    if directive.startswith("prefix "):
        prefixes[directive.removeprefix("prefix ")] = word[1:-1]
    return ""


def _expand(word: str, prefixes: dict[str, str], base: str) -> str:
    if word.startswith("<"):
        return word[1:-1] if ":" in word else base + word[1:-1]
    prefix, colon, local = word.partition(":")
    return prefixes.get(prefix + colon, prefix + colon) + local


def _read_json(text: str, base: str, positions: Positions) -> None:
    stack: list[dict[str, Any] | None] = []
    line, place, key, last = 1, 0, "", ""
    while (token := _JSON.match(text, place)) is not None:
        start = token.start(token.lastindex or 0)
        line += text.count("\n", place, start)
        word = token[token.lastindex or 0]
        top = stack[-1] if stack else None
        if word == "{":
            stack.append({"line": line, "id": "", "keys": []})
        elif word == "[":
            stack.append(None)
        elif word in "}]":
            ended = stack.pop() if stack else None
            if ended and ended["id"]:
                positions.first.setdefault(ended["id"], ended["line"])
                for name, where in ended["keys"]:
                    positions.note(ended["id"], RDF + "type" if name in ("@type", "type") else name, where)
            key = ""
        elif word == ",":
            key = "" if top is not None else key
        elif word == ":":
            key = last
        elif word.startswith('"') and top is not None and not key:
            last = json.loads(word)
            top["keys"].append((re.split(r"[#/:]", last)[-1], line))
        elif key in ("@id", "id") and word.startswith('"') and top is not None:
            top["id"] = json.loads(word)
        line += text.count("\n", start, token.end())
        place = token.end()


def _read_xml(text: str, base: str, positions: Positions) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    stack: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        parent = stack[-1] if stack else ""
        whole = name.replace(" ", "")
        if whole == RDF + "RDF":
            stack.append("")
        elif parent.startswith("node ") or parent.startswith("property "):
            subject = parent.split(" ", 1)[1]
            if parent.startswith("node "):
                if subject:
                    positions.note(subject, whole, parser.CurrentLineNumber)
                stack.append(f"property {subject}")
            else:
                stack.append(_node(attributes, whole))
        else:
            stack.append(_node(attributes, whole))

    def _node(attributes: dict[str, str], whole: str) -> str:
        about = attributes.get(f"{RDF} about", "")
        about = about if not about or ":" in about else base + about
        if about:
            positions.first.setdefault(about, parser.CurrentLineNumber)
            if whole != RDF + "Description":
                positions.note(about, RDF + "type", parser.CurrentLineNumber)
        return f"node {about}"

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: stack.pop()
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise SyntaxError(expat.ErrorString(error.code), ("RDF/XML", error.lineno, error.offset + 1, None)) from error
