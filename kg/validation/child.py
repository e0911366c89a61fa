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
from typing import Any, Final, NoReturn

import pyoxigraph as ox

from kg import resources
from kg.errors import KgError
from kg.sparql.lock import close_network
from kg.validation.gate import put_context, read_text
from kg.validation.positions import find_positions

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
        end(type(error).__name__, error.what, error.advice, error.line or 0, error.column or 0, error.where)
    except MemoryError:
        end("TooLarge", "a part of the file is too long to be read.", "Divide it.")


def _write(text: str, suffix: str, base: str, limit: int) -> None:
    data = text.encode()
    graphs: set[str] = set()
    count, line, size = 0, 0, 0
    what = "JSON" if suffix == "jsonld" else "file"
    try:
        if sum(1 for _ in islice(_parse(data, suffix, base), limit + 1)) > limit:
            end("TooLarge", f"the file states more than {limit:,} triples.", "Divide it, or let us harvest it.")
        positions = find_positions(text, suffix, base)
        for quad in _parse(data, suffix, base):
            count += 1
            line = positions.take(_name(quad.subject), _name(quad.predicate)) if isinstance(quad.subject, ox.NamedNode) else 0
            name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
            graphs |= {name} if name else set()
            row = json.dumps([line, _node(quad.subject, line), _node(quad.predicate, line), _value(quad.object, line), name])
            size += len(row)
            if size > OUTPUT:
                end("TooLarge", f"what the file states has more than {OUTPUT:,} characters when it is written in full.", "Divide it.", line)
            sys.stdout.write(row + "\n")
    except SyntaxError as error:
        end("UnreadableFile", f"the {what} does not parse: {str(error.msg).removesuffix('.')}.", "Correct it at this place.",
            error.lineno or 0, error.offset or 0)
    except ValueError as error:
        end("UnreadableFile", f"the {what} does not parse: {error}.", "Correct it.", line)
    sys.stdout.write(json.dumps({"triples": count, "graphs": sorted(graphs)}) + "\n")


def _parse(data: bytes, suffix: str, base: str) -> Iterator[Any]:
    return iter(ox.parse(data, format=KINDS[suffix], base_iri=base, rename_blank_nodes=True))


def end(kind: str, what: str, advice: str, line: int = 0, column: int = 0, where: str = "") -> NoReturn:
    """Say why the file is refused, and end."""
    sys.stdout.write(json.dumps({"error": kind, "what": what, "advice": advice, "where": where, "line": line or None,
                                 "column": column or None}) + "\n")
    sys.stdout.flush()
    sys.exit(0)


def _name(term: Any) -> str:
    return str(term.value)


def _node(term: Any, line: int) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    if not isinstance(term, ox.NamedNode):
        end("UnreadableFile", "the file holds a triple term of RDF 1.2.", "Use RDF 1.1.", line)
    if not term.value.startswith(SCHEMES):
        end("Refused", f"the IRI <{term.value[:80]}> has a scheme that is not taken.", f"Use one of {', '.join(SCHEMES)}.", line)
    if sys.argv[2] == RELATIVE and term.value.startswith(RELATIVE):
        end("UnreadableFile", f"the IRI <{term.value.removeprefix(RELATIVE)[:80]}> is relative.", "Write it whole, or by prefix.", line)
    if CONTROL.search(term.value) or len(term.value) > 2000:
        end("UnreadableFile", f"the IRI <{term.value[:80]!r}> holds control characters or is too long.", "Correct it.", line)
    return f"<{term.value}>"


def _value(term: Any, line: int) -> str | list[str]:
    if not isinstance(term, ox.Literal):
        return _node(term, line)
    text, datatype = str(term.value), str(term.datatype.value)
    if len(text) > LITERAL:
        end("TooLarge", f"a text has {len(text):,} characters.", f"At most {LITERAL:,} are taken.", line)
    if CONTROL.search(text):
        end("UnreadableFile", "a text holds control characters.", "Remove them.", line)
    if datatype in REFUSED_TYPES:
        end("Refused", f"the datatype {datatype.rsplit('#', 1)[1]} is not taken.", "Send plain text.", line)
    exponent = re.search(r"[eE][-+]?(\d+)", text) if NUMBER.fullmatch(text) else None
    if NUMBER.fullmatch(text) and (len(text) > DIGITS or (exponent and (len(exponent[1]) > 4 or int(exponent[1]) > DIGITS))):
        end("TooLarge", f"a number has more than {DIGITS} digits.", "Write it shorter.", line)
    return [text, datatype, term.language or ""]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
