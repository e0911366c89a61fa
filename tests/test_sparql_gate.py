"""What the gate reads from a query: form, SERVICE targets, dataset clauses, and the place of an error."""

from __future__ import annotations

import pytest

from kg.errors import QuerySyntax, Refused
from kg.sparql.clauses import number_services
from kg.sparql.formats import ASK, GRAPH, SELECT, choose, named
from kg.sparql.gate import inspect
from kg.sparql.lock import close_network


@pytest.mark.parametrize(("text", "form"), [
    ("SELECT * WHERE {}", "SELECT"), ("ask {}", "ASK"), ("BASE <urn:x>\nPREFIX a: <urn:a#> # c\n DESCRIBE a:b", "DESCRIBE"),
    ("# SELECT\nCONSTRUCT WHERE {}", "CONSTRUCT"), ("\\u0053ELECT * WHERE {}", "SELECT")])
def test_form(text: str, form: str) -> None:
    assert inspect(text).form == form


@pytest.mark.parametrize(("text", "services"), [
    ("SELECT * { SERVICE <urn:x> { ?s ?p ?o } }", ("urn:x",)), ("SELECT * { SERVICE ?v { ?s ?p ?o } }", ("v",)),
    ("PREFIX s: <urn:x#> SELECT * { SERVICE s:x { ?s ?p ?o } SERVICE <urn:y> {} }", ("urn:x#x", "urn:y")),
    ("BASE <http://a/b/> PREFIX s: <c#> SELECT * { SERVICE <ok> {} SERVICE s:d\\-e {} }", ("http://a/b/ok", "http://a/b/c#d-e")),
    ("PREFIX r: <urn:r#> SELECT * { ?s r:p '#' . SERVICE <urn:x> { ?s ?p ?o } }", ("urn:x",)),
    ("SELECT * { ?s ?p 'SERVICE <urn:x> {}' }", ()), ("SELECT * { ?service ?p ?o } # SERVICE <urn:x>", ())])
def test_services(text: str, services: tuple[str, ...]) -> None:
    found = inspect(text).services
    assert tuple("" if each in ("", "v") else each for each in found) == tuple("" if each in ("", "v") else each for each in services)


def test_dataset_and_volatile() -> None:
    seen = inspect("SELECT * FROM <urn:a> FROM NAMED <urn:b> WHERE {}")
    assert seen.dataset and seen.default_graphs == ("urn:a",) and seen.named_graphs == ("urn:b",)
    assert inspect("SELECT (NOW() AS ?x) WHERE {}").volatile and not inspect("SELECT ?nowhere WHERE {}").volatile


@pytest.mark.parametrize(("text", "graphs"), [
    ("PREFIX g: <urn:g/> SELECT * FROM g:a FROM NAMED g:b {}", ("urn:g/a", "urn:g/b")),
    ("# c\nBASE <http://a/b/> SELECT * FROM <c> FROM NAMED <> {}", ("http://a/b/c", "http://a/b/")),
    ("BASE <http://a/b/> PREFIX : <x/> ASK FROM : FROM NAMED :%41 {}", ("http://a/b/x/", "http://a/b/x/%41")),
    ("SELECT * FROM <graph/a> FROM NAMED <urn:b> {}", ("https://w3id.org/uaeu-kg/graph/a", "urn:b"))])
def test_names_of_graphs_are_resolved(text: str, graphs: tuple[str, str]) -> None:
    seen = inspect(text)
    assert (*seen.default_graphs, *seen.named_graphs) == graphs


def test_a_graph_with_a_prefix_that_nobody_declared_has_a_place() -> None:
    with pytest.raises(QuerySyntax) as caught:
        inspect("SELECT *\nFROM g:a {}")
    assert (caught.value.line, caught.value.column) == (2, 6)


@pytest.mark.parametrize(("text", "makes"), [
    ("CONSTRUCT { ?s ?p [ <urn:q> ?o ] } WHERE { ?s ?p ?o }", True), ("CONSTRUCT { _:x ?p ?o } { ?s ?p ?o }", True),
    ("PREFIX a: <urn:a> CONSTRUCT { ?s ?p (1 2) } { ?s ?p ?o }", True), ("CONSTRUCT WHERE { ?s ?p [] }", True),
    ("CONSTRUCT { ?s ?p '[ (' , <urn:[> } { ?s ?p [] }", False), ("CONSTRUCT { ?s ?p ?o # [ _:x (\n } { _:x ?p ?o }", False),
    ("DESCRIBE ?s WHERE { ?s ?p [] }", False)])
def test_templates_that_make_blank_nodes(text: str, makes: bool) -> None:
    assert inspect(text).volatile is makes


def test_a_graph_beside_a_service_is_seen_but_not_one_within() -> None:
    assert inspect("SELECT * { GRAPH ?g { ?s ?p ?o } SERVICE <urn:x> { ?s ?p ?o } }").graphs
    assert not inspect("SELECT * { ?s ?p ?o SERVICE <urn:x> { GRAPH ?g { ?s ?p ?o } } }").graphs


def test_updates_and_errors() -> None:
    with pytest.raises(Refused):
        inspect("PREFIX a: <urn:a> INSERT DATA {}")
    with pytest.raises(QuerySyntax) as caught:
        inspect("PREFIX a: <urn:a#>\nSELECT * FROM <urn:b#>\nWHERE { ?s ?p }")
    assert caught.value.line == 3


def test_clauses_as_text() -> None:
    text = "SELECT * { SERVICE SILENT <urn:x> { ?s ?p '}' # }\n { ?a ?b ?c } } SERVICE<urn:y>{} }"
    numbered, clauses = number_services(text)
    assert [each.address for each in clauses] == ["urn:x", "urn:y"]
    assert clauses[0].pattern == "{ ?s ?p '}' # }\n { ?a ?b ?c } }" and clauses[1].pattern == "{}"
    assert "<urn:kg:service:1>" in numbered and "urn:y" not in numbered


def test_choice() -> None:
    assert choose("text/csv;q=0.1, application/sparql-results+xml", SELECT).media_type.endswith("xml")  # type: ignore[union-attr]
    assert choose("image/png", ASK) is None and choose("", GRAPH).format.suffix == "ttl"  # type: ignore[union-attr]
    assert choose("*/*;q=0, text/turtle;q=nonsense", GRAPH) is None
    assert named("json-ld,rdf+xml")[0].suffix == "jsonld" and named("strange") == ()


def test_the_lock_refuses_sockets() -> None:
    import os

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        import socket

        said = close_network()
        try:
            socket.socket()
            said = said or "a socket was made"
        except PermissionError:
            said = "locked"
        os.write(writer, said.encode())
        os._exit(0)
    os.waitpid(child, 0)
    said = os.read(reader, 200).decode()
    assert said == "locked" or "filter" in said
