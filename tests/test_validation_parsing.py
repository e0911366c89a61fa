"""What strangers send is read in a process that may be lost: refused in words, or taken exactly as written."""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import process_time

import pytest
from rdflib import BNode, Graph, Literal, URIRef

from kg.errors import KgError, TooLarge
from kg.validation.engine import validate_graph as judge
from kg.validation.parsing import Parsed, parse
from kg.wording import LANGUAGES, reword

CASES = Path(__file__).parent / "cases" / "hostile_rdf"
csv.field_size_limit(sys.maxsize)
EX = "http://ex.org/"


def read_cases(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pack(text: str, form: str) -> tuple[bytes, str]:
    form, _, encoding = form.partition("-")
    data = text.encode(encoding or "utf-8")
    return (gzip.compress(data) if form.endswith(".gz") else data), f"file.{form}"


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"@context": {"name": "http://ex.org/name"}}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()


@pytest.mark.parametrize("case", read_cases("refused.csv"), ids=lambda case: case["name"])
def test_hostile_input_is_refused_in_words_and_fetches_nothing(case: dict[str, str], listener: tuple[int, list[str]]) -> None:
    port, asked = listener
    times = int(case["times"])
    text = (case["head"] + case["unit"] * times + case["middle"] + case["unit_end"] * times).replace("PORT", str(port))
    begun = process_time()
    with pytest.raises(KgError) as caught:
        parse(*pack(text, case["format"]))
    assert process_time() - begun < 2, "the work is done by the process that may be lost, not by the one that serves"
    assert caught.value.status == int(case["status"])
    assert case["says"].casefold() in str(caught.value).casefold() and caught.value.advice
    assert not asked
    said = [reword(caught.value, language) for language in LANGUAGES]
    assert len({each.what for each in said}) == len({each.advice for each in said}) == len(LANGUAGES)


@pytest.mark.parametrize("case", read_cases("taken.csv"), ids=lambda case: case["name"])
def test_what_is_right_is_taken_exactly_as_written(case: dict[str, str]) -> None:
    parsed = parse(*pack(case["text"], case["format"]))
    assert len(parsed.graph) == int(case["triples"])
    assert sorted(str(value) for value in parsed.graph.objects()) == sorted(filter(None, case["values"].split("|")))


def test_our_own_context_needs_no_network() -> None:
    text = b'{"@context": "https://w3id.org/uaeu-kg/context.jsonld", "@id": "http://ex.org/s", "@type": "ProcurementInitiative"}'
    assert len(parse(text, "application/ld+json").graph) == 1


DOCUMENTS = {
    "ttl": '@prefix ex: <http://ex.org/> .\n# a comment . with ; marks\nex:s a ex:T ;\n  ex:p """two\nlines""" , "b, c; d." ;\n  ex:q [ ex:r 1 ;\n'
           "    ex:t 2 ] .\n<http://ex.org/z> ex:p ( 1 2 ) .\n",
    "trig": 'PREFIX ex: <http://ex.org/>\nGRAPH ex:g {\n  ex:s a ex:T ;\n  ex:p "x" .\n}\nex:z ex:p ex:o .\n',
    "nt": '<http://ex.org/s> <http://ex.org/p> "a" .\n\n<http://ex.org/s> <http://ex.org/p> "b" .\n',
    "jsonld": '{\n "@context": {"p": "http://ex.org/p"},\n "@id": "http://ex.org/s",\n "@type": "http://ex.org/T",\n "p": "x"\n}\n',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://ex.org/">\n<ex:T rdf:about="http://ex.org/s">\n'
           "  <ex:p>x</ex:p>\n  <ex:q>\n  y</ex:q>\n</ex:T>\n</rdf:RDF>\n",
}
EXPECTED = {
    "ttl": [("s", "type", "T", 3), ("s", "p", "two\nlines", 4), ("s", "p", "b, c; d.", 5), ("_", "r", "1", 6), ("_", "t", "2", 6)],
    "trig": [("s", "type", "T", 3), ("s", "p", "x", 4), ("z", "p", "o", 6)],
    "nt": [("s", "p", "a", 1), ("s", "p", "b", 3)],
    "jsonld": [("s", "type", "T", 4), ("s", "p", "x", 5)],
    "rdf": [("s", "type", "T", 2), ("s", "p", "x", 3), ("s", "q", "\n  y", 4)],
}


def places(parsed: Parsed) -> set[tuple[str, str, str, int]]:
    def short(term: object) -> str:
        return "_" if isinstance(term, BNode) else str(term).removeprefix(EX).rsplit("#", 1)[-1]

    return {(short(s), short(p), short(o), line) for (s, p, o), line in parsed.places.items()}


@pytest.mark.parametrize("form", DOCUMENTS)
def test_every_statement_knows_its_line(form: str) -> None:
    parsed = parse(DOCUMENTS[form].encode(), f"x.{form}")
    assert set(EXPECTED[form]) <= places(parsed), places(parsed)
    assert all(parsed.places.values())


WAYS = {
    "ttl": '@base <http://ex.org/> .\n@prefix : <> .\n\n<s> a :T ;\n  :p "x" .\nBASE <http://ex.org/deep/>\n<../z> :p "y" .\n',
    "jsonld": '{\n "@context": [{"ex": "http://ex.org/", "id": "@id",\n  "name": {"@id": "ex:p"}, "T": "ex:T"}],\n "@graph": [\n  {"@id": "ex:s",\n   "@type": "T",\n'
              '   "ex:q": {"id": "ex:z"},\n   "name": "x"},\n  {\n   "name": "y",\n   "id": "ex:z"\n  }\n ]\n}\n',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://ex.org/" xml:base="http://ex.org/">\n\n<ex:T rdf:about="s">\n'
           '  <ex:p>x</ex:p>\n</ex:T>\n<ex:T rdf:about="/z">\n  <ex:p>y</ex:p>\n</ex:T>\n</rdf:RDF>\n',
}
WRITTEN = {
    "ttl": [("s", "type", "T", 4), ("s", "p", "x", 5), ("z", "p", "y", 7)],
    "jsonld": [("s", "type", "T", 6), ("s", "q", "z", 7), ("s", "p", "x", 8), ("z", "p", "y", 10)],
    "rdf": [("s", "type", "T", 3), ("s", "p", "x", 4), ("z", "type", "T", 6), ("z", "p", "y", 7)],
}


@pytest.mark.parametrize("form", WAYS)
def test_short_names_and_bases_hide_no_line(form: str) -> None:
    parsed = parse(WAYS[form].encode(), f"x.{form}")
    assert places(parsed) == set(WRITTEN[form])
    if form == "jsonld":
        assert parsed.line(URIRef(EX + "z")) == 10, "a reference is not where the record is described"


def test_a_missing_property_points_at_the_first_line_of_the_record() -> None:
    parsed = parse(DOCUMENTS["ttl"].encode(), "text/turtle")
    subject = URIRef(EX + "s")
    assert parsed.line(subject, URIRef(EX + "none")) == 3
    assert parsed.line(subject, URIRef(EX + "p"), Literal("b, c; d.")) == 5
    assert parsed.line(URIRef(EX + "unknown")) == 0


def test_millions_of_empty_objects_cost_the_serving_process_nothing() -> None:
    begun = process_time()
    assert not parse(b"[" + b"{}," * 1_000_000 + b"{}]", "x.jsonld").graph
    assert process_time() - begun < 1


def test_a_long_chain_of_nodes_gets_the_line_of_what_refers_to_it() -> None:
    links = "".join(f"_:b{number} <http://ex.org/p> _:b{number + 1} .\n" for number in range(20_000))
    begun = process_time()
    parsed = parse(f"<http://ex.org/s> <http://ex.org/p> _:b0 .\n{links}".encode(), "x.nt")
    assert process_time() - begun < 10 and set(parsed.places.values()) == {1}
    assert all(parsed.line(subject) == 1 for subject in parsed.graph.subjects()) and process_time() - begun < 10


def test_a_prefix_does_not_blow_up_what_is_read() -> None:
    long = "x" * 1900
    text = f"@prefix p: <http://ex.org/{long}> .\n" + "".join(f"p:a p:b p:{number} .\n" for number in range(40_000))
    with pytest.raises(TooLarge, match="written in full"):
        parse(text.encode(), "x.ttl")


def test_a_syntax_error_has_line_and_column() -> None:
    with pytest.raises(KgError) as caught:
        parse(b"<http://ex.org/s> <http://ex.org/p>\n  .", "x.ttl")
    assert caught.value.line == 2 and caught.value.column


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(TooLarge):
        parse(b" " * (33 * 1024 * 1024), "x.nt")


def test_imports_and_comments_of_data_cause_no_request(listener: tuple[int, list[str]]) -> None:
    port, asked = listener
    address = f"http://127.0.0.1:{port}/model"
    text = f"<http://ex.org/o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <{address}> .\n" \
           f"<http://ex.org/s> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <{address}> ; <http://www.w3.org/ns/shacl#shapesGraph> <{address}> ."
    graph = parse(text.encode(), "text/turtle").graph
    assert len(graph) == 4 and judge(graph, Graph()).conforms
    shapes = Graph().parse(data=f"<http://ex.org/o> a <http://www.w3.org/2002/07/owl#Ontology> ; "
                                f"<http://www.w3.org/2002/07/owl#imports> <{address}> .", format="turtle")
    assert judge(graph, shapes).conforms
    assert not asked
