"""What is refused before a parser sees it: sizes, packed files, encodings, document types, depth (design of validation, section 4).

A parser of RDF/XML aborts its process on an entity bomb and a parser of Turtle recurses, so these are found by looking at the text.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from pathlib import PurePath
from typing import Final

from kg.encodings import decode
from kg.errors import TooLarge, UnreadableFile
from kg.wording import make_error

SIZE: Final = 32 * 1024 * 1024
RATIO: Final = 100
DEPTH: Final = 100
FORMATS: Final = {"ttl": "text/turtle", "trig": "application/trig", "nt": "application/n-triples", "nq": "application/n-quads",
                  "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
"""The formats that enter, by the suffix of a file."""
ALSO: Final = {"turtle": "ttl", "json": "jsonld", "xml": "rdf", "owl": "rdf", "n3": "ttl"}
_TYPES: Final = {media_type: suffix for suffix, media_type in FORMATS.items()} | {
    "application/x-turtle": "ttl", "application/json": "jsonld", "application/xml": "rdf", "text/xml": "rdf", "text/plain": "nt"}
# Every alternative that has begun ends at the latest where the text does, and gives nothing back, so that each scan is linear
_TURTLE: Final = re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\\?\Z)|\'\'\'(?:[^\'\\]++|\\.|\'(?!\'\'))*+(?:\'\'\'|\\?\Z)'
                            r'|"(?:[^"\\\n]++|\\.)*+"?|\'(?:[^\'\\\n]++|\\.)*+\'?|\\.'
                            r"|<[^<>\"{}|^`\\\s]*+>|#[^\n]*+|([\[({])|[\])}]", re.DOTALL)
_JSON: Final = re.compile(r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|([\[{])|[\]}]|[:,]', re.DOTALL)
_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
                         r"|<(/?)[^!?<>](?:[^\"'<>]++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+(?:>|\Z|(?=<))", re.DOTALL)


def find_format(name: str) -> str:
    """The suffix of the format that a media type or file name stands for; raises UnreadableFile with those that enter."""
    asked = name.partition(";")[0].strip().casefold()
    if "/" in asked and asked in _TYPES:
        return _TYPES[asked]
    suffix = PurePath(asked.removesuffix(".gz")).suffix.lstrip(".") or asked
    suffix = ALSO.get(suffix, suffix)
    if suffix not in FORMATS:
        raise make_error(UnreadableFile, "format-not-taken", name[:80], ", ".join(FORMATS.values()), where="format")
    return suffix


def read_text(data: bytes, suffix: str) -> str:
    """The text of a file, unpacked, without byte order mark; raises TooLarge or UnreadableFile with the reason in words."""
    text = decode(unpack(data))
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        raise make_error(UnreadableFile, "text-controls", where="encoding")
    start = text.lstrip()[:200].casefold()
    if start.startswith(("<!doctype html", "<html")):
        raise make_error(UnreadableFile, "web-page")
    if suffix == "rdf":
        _check_xml(text)
    elif suffix in ("ttl", "trig"):
        _check_turtle(text)
    return text


def unpack(data: bytes) -> bytes:
    """The bytes of a gzip stream, or the bytes as they are; raises TooLarge past `SIZE` or `RATIO`, UnreadableFile for an archive."""
    if len(data) > SIZE:
        raise make_error(TooLarge, "file-too-large", f"{len(data):,}", f"{SIZE:,}")
    if data[:4] == b"PK\x03\x04":
        raise make_error(UnreadableFile, "archive")
    if data[:2] != b"\x1f\x8b":
        return data
    limit = min(SIZE, len(data) * RATIO)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise make_error(UnreadableFile, "gzip-broken", str(error)) from error
    if len(content) > limit:
        raise make_error(TooLarge, "gzip-bomb", f"{limit:,}")
    return content


def _check_turtle(text: str) -> None:
    depth = 0
    for mark in _TURTLE.finditer(text):
        depth += 1 if mark[1] else -1 if mark[0] in ("]", ")", "}") else 0
        _check_depth(depth, text, mark.start(), "brackets")


def _check_depth(depth: int, text: str, place: int, what: str) -> None:
    if depth > DEPTH:
        raise make_error(TooLarge, f"nested-{what}", str(DEPTH), line=text.count("\n", 0, place) + 1)


def _check_xml(text: str) -> None:
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise make_error(UnreadableFile, "document-type", where="RDF/XML")
    declared = re.match(r"""<\?xml[^>]{0,200}?encoding=["']([^"']{1,40})["']""", text)
    if declared and declared[1].casefold() not in ("utf-8", "utf8", "us-ascii"):
        raise make_error(UnreadableFile, "says-encoding", declared[1][:20], where="encoding")
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[1] is not None:
            depth += -1 if tag[1] else 0 if tag[0].endswith("/>") else 1
            _check_depth(depth, text, tag.start(), "elements")


def put_context(text: str, addresses: frozenset[str], context: object) -> str:
    """JSON-LD with our own context in the place of its address, so that nothing is fetched and lines stay.

    Raises UnreadableFile for a context that would have to be fetched, TooLarge for brackets nested too deep. It reads the text as it
    stands and builds nothing of it, since millions of empty objects fit into a small file.
    """
    whole, parts, done = json.dumps(context), list[str](), 0
    lists: list[bool] = []
    last, named = "", False
    for token in _JSON.finditer(text):
        opens = named and last == ":"
        if token[2]:
            lists.append(token[2] == "[" and opens)
            _check_depth(len(lists), text, token.start(), "brackets")
        elif token[0] in ("]", "}"):
            lists[-1:] = []
        elif token[1] and (opens or (lists and lists[-1] and last in ("[", ","))):
            address = _unquote(token[1])
            if address not in addresses:
                raise make_error(UnreadableFile, "context-fetched", address[:100], min(addresses), where="JSON-LD",
                                 line=text.count("\n", 0, token.start()) + 1)
            parts += text[done:token.start()], whole
            done = token.end()
        elif token[1]:
            named = len(token[1]) < 100 and _unquote(token[1]) == "@context"
        last = token[0][:1]
    return "".join((*parts, text[done:]))


def _unquote(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token
