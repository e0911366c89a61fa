"""The process that reads what strangers send: one gibibyte, 20 seconds of processor, no network, and an end with its parent.

It reads a file on standard input, lets it pass the gate, and writes one JSON array per triple: line, subject, predicate, object, name
of its graph. A node is its IRI in angle brackets or a label after `_:`; a literal is an array of text, datatype and language. The
last line is an object that says how it went. This is, with the store and the workers, the third place that knows pyoxigraph, since
only its parsers stand up to hostile input (design of validation, section 7).
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox

from kg import resources
from kg.errors import KgError, Refused, TooLarge, UnreadableFile, write_error
from kg.sparql.lock import close_network
from kg.validation.gate import put_context, read_text
from kg.validation.positions import find_positions
from kg.wording import make_error

MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 20
RELATIVE: Final = "https://contribution.invalid/"
"""The address of a document that has none, so that a relative IRI is found."""
OUTPUT: Final = 128 * 1024 * 1024
"""The most that is written out: a prefix makes long addresses of few characters."""
LITERAL: Final = 100_000
DIGITS: Final = 1000
SCHEMES: Final = ("https:", "http:", "mailto:", "urn:")
REFUSED_TYPES: Final = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML", "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral")
NUMBER: Final = re.compile(r"\s*[-+]?\d*\.?\d*(?:[eE][-+]?\d+)?\s*")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
KINDS: Final = {"ttl": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG, "nt": ox.RdfFormat.N_TRIPLES, "nq": ox.RdfFormat.N_QUADS,
                "jsonld": ox.RdfFormat.JSON_LD, "rdf": ox.RdfFormat.RDF_XML}


def main(suffix: str, base: str, limit: int, contexts: Sequence[str]) -> None:
    """Read standard input and write what it states on standard output; `contexts` are the addresses of our JSON-LD context."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    close_network()
    try:
        text = read_text(sys.stdin.buffer.read(), suffix)
        if suffix == "jsonld":
            own = json.loads((resources.ontology() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
            text = put_context(text, frozenset(contexts), own)
        _write(text, suffix, base, limit)
    except KgError as error:
        _refuse(error)
    except MemoryError:
        _refuse(make_error(TooLarge, "part-too-long"))


def _write(text: str, suffix: str, base: str, limit: int) -> None:
    data = text.encode()
    graphs: set[str] = set()
    line: int | None = None
    count, size = 0, 0
    code = "no-json" if suffix == "jsonld" else "no-syntax"
    try:
        if sum(1 for _ in islice(_parse(data, suffix, base), limit + 1)) > limit:
            raise make_error(TooLarge, "too-many-triples", f"{limit:,}")
        positions = find_positions(text, suffix, base)
        for quad in _parse(data, suffix, base):
            count += 1
            line = (positions.take(_name(quad.subject), _name(quad.predicate)) or None) if isinstance(quad.subject, ox.NamedNode) else None
            name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
            graphs |= {name} if name else set()
            row = json.dumps([line or 0, _node(quad.subject, line), _node(quad.predicate, line), _value(quad.object, line), name])
            size += len(row)
            if size > OUTPUT:
                raise make_error(TooLarge, "written-in-full", f"{OUTPUT:,}", line=line)
            sys.stdout.write(row + "\n")
    except SyntaxError as error:
        raise make_error(UnreadableFile, code, str(error.msg).removesuffix("."), line=error.lineno or None,
                         column=error.offset or None) from error
    except ValueError as error:
        raise make_error(UnreadableFile, code, str(error).removesuffix("."), line=line) from error
    sys.stdout.write(json.dumps({"triples": count, "graphs": sorted(graphs)}) + "\n")


def _parse(data: bytes, suffix: str, base: str) -> Iterator[Any]:
    return iter(ox.parse(data, format=KINDS[suffix], base_iri=base, rename_blank_nodes=True))


def _refuse(error: KgError) -> None:
    sys.stdout.write(json.dumps(write_error(error)) + "\n")


def _name(term: Any) -> str:
    return str(term.value)


def _node(term: Any, line: int | None) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    if not isinstance(term, ox.NamedNode):
        raise make_error(UnreadableFile, "triple-term", line=line)
    if not term.value.startswith(SCHEMES):
        raise make_error(Refused, "scheme", term.value[:80], ", ".join(SCHEMES), line=line)
    if sys.argv[2] == RELATIVE and term.value.startswith(RELATIVE):
        raise make_error(UnreadableFile, "relative-iri", term.value.removeprefix(RELATIVE)[:80], line=line)
    if CONTROL.search(term.value) or len(term.value) > 2000:
        raise make_error(UnreadableFile, "no-iri", term.value[:80], line=line)
    return f"<{term.value}>"


def _value(term: Any, line: int | None) -> str | list[str]:
    if not isinstance(term, ox.Literal):
        return _node(term, line)
    text, datatype = str(term.value), str(term.datatype.value)
    if len(text) > LITERAL:
        raise make_error(TooLarge, "text-too-long", f"{len(text):,}", f"{LITERAL:,}", line=line)
    if CONTROL.search(text):
        raise make_error(UnreadableFile, "text-controls", line=line)
    if datatype in REFUSED_TYPES:
        raise make_error(Refused, "datatype-not-taken", datatype.rsplit("#", 1)[1], line=line)
    exponent = re.search(r"[eE][-+]?(\d+)", text) if NUMBER.fullmatch(text) else None
    if NUMBER.fullmatch(text) and (len(text) > DIGITS or (exponent and (len(exponent[1]) > 4 or int(exponent[1]) > DIGITS))):
        raise make_error(TooLarge, "too-many-digits", str(DIGITS), line=line)
    return [text, datatype, term.language or ""]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
