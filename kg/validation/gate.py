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

from kg.errors import TooLarge, UnreadableFile

SIZE: Final = 32 * 1024 * 1024
RATIO: Final = 100
DEPTH: Final = 100
FORMATS: Final = {"ttl": "text/turtle", "trig": "application/trig", "nt": "application/n-triples", "nq": "application/n-quads",
                  "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
"""The formats that enter, by the suffix of a file."""
ALSO: Final = {"turtle": "ttl", "json": "jsonld", "xml": "rdf", "owl": "rdf", "n3": "ttl"}
_TYPES: Final = {media_type: suffix for suffix, media_type in FORMATS.items()} | {
    "application/x-turtle": "ttl", "application/json": "jsonld", "application/xml": "rdf", "text/xml": "rdf", "text/plain": "nt"}
_QUIET: Final = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
                           r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
                           r"|<[^<>\"{}|^`\\\s]*>|#[^\n]*", re.DOTALL)
_TAG: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/?)[^!?>][^>]*?(/?)>", re.DOTALL)


def find_format(name: str) -> str:
    """The suffix of the format that a media type or file name stands for; raises UnreadableFile with those that enter."""
    asked = name.partition(";")[0].strip().casefold()
    if "/" in asked and asked in _TYPES:
        return _TYPES[asked]
    suffix = PurePath(asked.removesuffix(".gz")).suffix.lstrip(".") or asked
    suffix = ALSO.get(suffix, suffix)
    if suffix not in FORMATS:
        raise UnreadableFile(f"{name[:80]!r} is no format of RDF that enters here.", where="format",
                             advice=f"Send one of {', '.join(FORMATS.values())}, or a spreadsheet (.xlsx, .csv).")
    return suffix


def read_text(data: bytes, suffix: str) -> str:
    """The text of a file, unpacked, without byte order mark; raises TooLarge or UnreadableFile with the reason in words."""
    text = _decode(unpack(data))
    start = text.lstrip()[:200].casefold()
    if start.startswith(("<!doctype html", "<html")):
        raise UnreadableFile("this is a web page, not RDF.", advice="Save the data file itself, not the page that shows it.")
    if suffix == "rdf":
        _check_xml(text)
    elif suffix == "jsonld":
        _check_depth(text, re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL), "[{", "]}")
    elif suffix in ("ttl", "trig"):
        _check_depth(text, _QUIET, "[({", "])}")
    return text


def unpack(data: bytes) -> bytes:
    """The bytes of a gzip stream, or the bytes as they are; raises TooLarge past `SIZE` or `RATIO`, UnreadableFile for an archive."""
    if len(data) > SIZE:
        raise TooLarge(f"the file has {len(data):,} bytes.", advice=f"Send at most {SIZE:,}; divide it, or let us harvest it.")
    if data[:4] == b"PK\x03\x04":
        raise UnreadableFile("this is an archive or a workbook.", advice="Send the RDF file itself, or a workbook as .xlsx.")
    if data[:2] != b"\x1f\x8b":
        return data
    limit = min(SIZE, len(data) * RATIO)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"the gzip stream is broken: {error}.", advice="Pack the file again.") from error
    if len(content) > limit:
        raise TooLarge(f"the gzip stream unpacks to more than {limit:,} bytes.", advice="Send the file unpacked, or divide it.")
    return content


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile("the text is in UTF-16.", where="encoding", advice="Save it as UTF-8.")
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise UnreadableFile("the text is not UTF-8; it looks like Latin-1 or Windows-1252.", where="encoding", line=line,
                             advice="Save it as UTF-8.") from error
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        raise UnreadableFile("the text holds control characters.", where="encoding", advice="Remove them.")
    return text


def _check_depth(text: str, quiet: re.Pattern[str], opening: str, closing: str) -> None:
    depth = 0
    for mark in re.finditer(f"[{re.escape(opening + closing)}]", quiet.sub(lambda found: "\n" * found[0].count("\n"), text)):
        depth += 1 if mark[0] in opening else -1
        if depth > DEPTH:
            raise TooLarge(f"brackets are nested more than {DEPTH} deep.", line=text[:mark.start()].count("\n") + 1,
                           advice="Give the inner nodes names of their own.")


def _check_xml(text: str) -> None:
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableFile("the file has a document type declaration, which may hold entities.", where="RDF/XML",
                             advice="Remove <!DOCTYPE ...>, and write names in full.")
    declared = re.match(r"""<\?xml[^>]*encoding=["']([^"']+)["']""", text)
    if declared and declared[1].casefold() not in ("utf-8", "utf8", "us-ascii"):
        raise UnreadableFile(f"the file says that it is in {declared[1][:20]}.", where="encoding", advice="Save it as UTF-8.")
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[1] is None:
            continue
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > DEPTH:
            raise TooLarge(f"elements are nested more than {DEPTH} deep.", line=text[:tag.start()].count("\n") + 1,
                           advice="Give the inner nodes names of their own.")


def put_context(text: str, addresses: frozenset[str], context: object) -> str:
    """JSON-LD with our own context in the place of its address, so that nothing is fetched and lines stay; raises UnreadableFile."""
    try:
        _check_contexts(json.loads(text, parse_constant=_refuse_constant), addresses)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise UnreadableFile(f"the JSON does not parse: {error}.", where="JSON-LD", line=line,
                             advice="Correct it at this place.") from error
    whole = json.dumps(context)
    for address in addresses:
        quoted = re.escape(json.dumps(address))
        text = re.sub(rf'("@context"\s*:\s*(?:\[[^\]]*?)?){quoted}', lambda found: found[1] + whole, text)
    return text


def _check_contexts(value: object, addresses: frozenset[str]) -> None:
    for each in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        _check_contexts(each, addresses)
    contexts = value.get("@context") if isinstance(value, dict) else None
    for each in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(each, str) and each not in addresses:
            raise UnreadableFile(f"the context {each[:100]!r} would have to be fetched.", where="JSON-LD",
                                 advice=f"Write the context into the file, or use ours: {min(addresses)}.")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
