"""Where statements are written: lines by subject and property, in the order of the file.

Parsers give places of errors only. A light reading of the text is enough: it need not understand every construct, since a statement
that it misses is shown at the first line of its record. Lines count from 1.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin
from xml.parsers import expat

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML: Final = "http://www.w3.org/XML/1998/namespace"
_TURTLE: Final = re.compile(
    r'(?P<skip>\s+|#[^\n]*)|(?P<iri><[^<>"{}|^`\\\s]*>)'
    r'|(?P<literal>(?:"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"(?:@[A-Za-z0-9-]+|\^\^(?:<[^>]*>|[^\s;,.\[\](){}]+))?)"
    r"|(?P<mark>[;,\[\](){}]|\.(?=\s|$|[#<\[\](){}]))|(?P<name>@?[^\s;,\[\](){}<>\"'#]*[^\s;,\[\](){}<>\"'#.])|(?P<other>.)", re.DOTALL)
_JSON: Final = re.compile(r'\s*(?:([{}\[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}\[\],:"]+))', re.DOTALL)

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DECODER: Final = json.JSONDecoder()
BASE: Final = "base"
"""Where the base stands among the prefixes, which end in a colon."""

Lines = dict[tuple[str, str], deque[int]]


class Positions:
    """Lines by subject and property; `take` gives them one after the other, as a parser does the statements."""

    def __init__(self) -> None:
        self.lines: Lines = defaultdict(deque)
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
                return found.popleft() if len(found) > 1 else found[0]
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
    prefixes = {BASE: base}
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
            subject = "" if word.casefold() == "graph" else _expand(word, prefixes)
        elif not predicate:
            predicate = RDF + "type" if word == "a" else _expand(word, prefixes)
        else:
            positions.note(subject, predicate, begins)


def _direct(directive: str, word: str, prefixes: dict[str, str]) -> str:
    if directive == "prefix":
        return f"prefix {word}" if word.endswith(":") else ""
    prefixes[directive.removeprefix("prefix ")] = _join(prefixes[BASE], word[1:-1])
    return ""


def _expand(word: str, prefixes: dict[str, str]) -> str:
    if word.startswith("<"):
        return _join(prefixes[BASE], word[1:-1])
    prefix, colon, local = word.partition(":")
    return prefixes.get(prefix + colon, prefix + colon) + local


def _join(base: str, reference: str) -> str:
    return reference if _ABSOLUTE.match(reference) else urljoin(base, reference)


@dataclass
class _Object:
    """An object of JSON that is read: the line of its bracket, its @id, and the lines of its keys."""

    line: int
    id: str = ""
    keys: list[tuple[str, int]] = field(default_factory=list)


def _read_json(text: str, base: str, positions: Positions) -> None:
    stack: list[_Object | None] = []
    terms: dict[str, str] = {}
    line, place, key, last = 1, 0, "", ""
    while (token := _JSON.match(text, place)) is not None:
        start = token.start(token.lastindex or 0)
        line += text.count("\n", place, start)
        word, place = token[token.lastindex or 0], token.end()
        top = stack[-1] if stack else None
        if key == "@context":
            context, place = _DECODER.raw_decode(text, start)
            _learn(context, terms)
            key = ""
        elif word == "{":
            stack.append(_Object(line))
            key = ""
        elif word == "[":
            stack.append(None)
        elif word in ("}", "]"):
            ended = stack.pop() if stack else None
            if ended and ended.id and ended.keys:
                subject = _join(base, _resolve(ended.id, terms))
                positions.first.setdefault(subject, ended.line)
                for name, where in ended.keys:
                    name = RDF + "type" if name == "@type" else _resolve(name, terms)
                    positions.note(subject, name if ":" in name else terms.get("@vocab", "") + name, where)
            key = ""
        elif word == ",":
            key = "" if top is not None else key
        elif word == ":":
            key = terms.get(last, last)
        elif word.startswith('"') and top is not None and not key:
            last = json.loads(word)
            name = terms.get(last, last)
            if name not in ("@id", "@context", "@graph"):
                top.keys.append((name, line))
        elif key == "@id" and word.startswith('"') and top is not None:
            top.id = json.loads(word)
        line += text.count("\n", start, place)


def _learn(context: Any, terms: dict[str, str]) -> None:
    """Add the terms and prefixes of a context."""
    for each in context if isinstance(context, list) else [context]:
        for term, value in each.items() if isinstance(each, dict) else ():
            means = value.get("@id") if isinstance(value, dict) else value
            if isinstance(means, str):
                terms[term] = means


def _resolve(name: str, terms: dict[str, str]) -> str:
    """The IRI of a name that begins with a prefix, else the name; a prefix may be written by another."""
    for _ in range(3):
        prefix, colon, local = name.partition(":")
        if not colon or local.startswith("//") or prefix not in terms:
            break
        name = terms[prefix] + local
    return name


def _read_xml(text: str, base: str, positions: Positions) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    stack: list[str] = []
    bases = [base]

    def start(name: str, attributes: dict[str, str]) -> None:
        parent = stack[-1] if stack else ""
        bases.append(_join(bases[-1], attributes.get(f"{XML} base", "")))
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
        name = f"#{attributes[f'{RDF} ID']}" if f"{RDF} ID" in attributes else attributes.get(f"{RDF} about")
        about = "" if name is None else _join(bases[-1], name)
        if about:
            positions.first.setdefault(about, parser.CurrentLineNumber)
            if whole != RDF + "Description":
                positions.note(about, RDF + "type", parser.CurrentLineNumber)
        return f"node {about}"

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: (stack.pop(), bases.pop())
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise SyntaxError(expat.ErrorString(error.code), ("RDF/XML", error.lineno, error.offset + 1, None)) from error
