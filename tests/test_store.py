"""The embedded store: whole graphs in, sorted quads out, one writer, errors in words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from engines import run_oxigraph, run_virtuoso
from rdflib import XSD, Graph, Literal, URIRef

from kg.errors import Invalid, NotFound, QuerySyntax, StoreFailed, StoreLocked
from kg.store import Store
from kg.store.bindings import bind, bind_rows, hide, loosen, split_template
from kg.store.local import LocalStore
from kg.store.remote import RemoteStore

A, P = URIRef("urn:a"), URIRef("urn:p")
ONE, TWO = URIRef("urn:g:1"), URIRef("urn:g:2")


def graph(*values: str) -> Graph:
    made = Graph()
    for value in values:
        made.add((A, P, Literal(value, lang="en")))
    return made


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_oxigraph(tmp_path_factory.mktemp("engine")) as address:
        yield address


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_virtuoso(tmp_path_factory.mktemp("engine")) as address:
        yield address


@pytest.fixture(params=["embedded", "oxigraph", "virtuoso"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "embedded":
        made: Store = LocalStore()
    else:
        made = RemoteStore(request.getfixturevalue(request.param))
        made.put_all({})
    made.put(ONE, graph("x", "y"))
    made.put(TWO, graph("y", "z"))
    return made


def test_the_union_of_graphs_is_the_default_graph(store: Store) -> None:
    answer = store.select("SELECT ?o WHERE { ?s ?p ?o } ORDER BY ?o")
    assert [str(row["o"]) for row in answer] == ["x", "y", "z"]
    assert answer.variables == ("o",)


def test_put_replaces_a_graph_as_a_whole(store: Store) -> None:
    before = store.version()
    store.put(ONE, graph("w"))
    assert sorted(str(o) for o in store.graph(ONE).objects()) == ["w"]
    assert store.version() != before
    store.put(ONE, graph("x", "y"))
    assert store.version() == before


def test_dump_and_load_give_an_identical_store(store: Store) -> None:
    lines = b"".join(store.dump())
    assert lines.splitlines() == sorted(set(lines.splitlines()))
    other = LocalStore()
    other.load(lines)
    assert other.version() == store.version() and other.names() == [ONE, TWO]


def test_terms_are_bound_never_text(store: Store) -> None:
    hostile = Literal('" } DROP ALL # WHERE {')
    assert not store.ask("ASK WHERE { ?s ?p ?o }", {"o": hostile})
    assert store.ask("ASK WHERE { ?s ?p ?o }", {"o": Literal("x", lang="en")})
    count = store.select("SELECT (COUNT(?o) AS ?n) WHERE { ?s ?p ?o }", {"s": A})
    assert str(count.rows[0][0]) == "3"


def test_bind_finds_the_clause_past_comments_and_strings() -> None:
    text = '# WHERE {\nSELECT ?s WHERE { ?s ?p "WHERE {" }'
    assert bind(text, {"s": A}) == '# WHERE {\nSELECT ?s WHERE { VALUES (?s) { (<urn:a>) }  ?s ?p "WHERE {" }'
    with pytest.raises(Invalid, match="WHERE"):
        bind("ASK { ?s ?p ?o }", {"s": A})


def test_graphs_of_the_adapter_are_hidden_from_variables_alone() -> None:
    text = 'SELECT ?graph ?x WHERE { ?graph ?x "GRAPH ?g" # GRAPH ?h\n . GRAPH ?graph { ?s ?p ?o } GRAPH <urn:a> { ?s ?p ?o } }'
    assert hide(text, [ONE]) == text.replace(". GRAPH ?graph", ". FILTER(?graph NOT IN (<urn:g:1>)) GRAPH ?graph")


def test_a_named_graph_becomes_a_variable_where_an_engine_finds_it_by_none_else() -> None:
    text = ("PREFIX graph: <urn:g#> # GRAPH <urn:c>\nSELECT ?graph WHERE { GRAPH graph:a { ?s ?p graph:b } MINUS { graph<urn:a>{ ?s ?p ?o } } "
            "GRAPH ?graph { ?s ?p ?o } FILTER(?graph NOT IN (graph:a, graph:b)) }")
    assert loosen(text) == (text.replace("GRAPH graph:a", "FILTER(?named1 = graph:a) GRAPH ?named1")
                            .replace("graph<urn:a>", "FILTER(?named2 = <urn:a>) GRAPH ?named2"))


def test_a_graph_is_found_by_its_name(store: Store) -> None:
    query = f"SELECT ?o WHERE {{ GRAPH {ONE.n3()} {{ ?s ?p ?o }} FILTER NOT EXISTS {{ GRAPH {TWO.n3()} {{ ?s ?p ?o }} }} ?s ?p ?o }}"
    assert [str(row["o"]) for row in store.select(query)] == ["x"]


def test_a_template_is_filled_with_rows() -> None:
    text = ('PREFIX a: <urn:a#> # CONSTRUCT { ?x a:p ?y }\nCONSTRUCT { ?s a:p "}" ; a:q [ a:r ?o ] } # }\n'
            'WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 3')
    parts = split_template(text)
    assert parts and parts[1] == ("s", "o")
    assert parts[0] == 'PREFIX a: <urn:a#> # CONSTRUCT { ?x a:p ?y }\nSELECT ?s ?o  # }\nWHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 3'
    made = LocalStore().construct(bind_rows(parts[2], ("s", "o"), [(A, Literal("x", lang="en")), (A, None)]))
    assert len(made) == 4 and len(set(made.objects(A, URIRef("urn:a#q")))) == 2
    assert split_template("CONSTRUCT WHERE { ?s ?p ?o }") is split_template("DESCRIBE <urn:a>") is None


def test_constructs_are_the_same_everywhere(store: Store) -> None:
    found = store.construct("CONSTRUCT { ?o ?p ?s . ?s ?p ?o } WHERE { ?s ?p ?o }", {"o": Literal("y", lang="en")})
    assert set(found) == {(A, P, Literal("y", lang="en"))}
    assert len(store.construct("CONSTRUCT { <urn:x> <urn:p> 5 } WHERE { ?s ?p ?o }")) == 1


@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <urn:a>"])
def test_what_has_no_template_is_not_asked_elsewhere_where_half_of_the_answer_would_not_be_noticed(store: Store, query: str) -> None:
    if isinstance(store, LocalStore):
        assert len(store.construct(query)) == 3
        return
    with pytest.raises(Invalid, match="template"):
        store.construct(query)


def test_syntax_error_has_line_and_column(store: Store) -> None:
    with pytest.raises(QuerySyntax) as caught:
        store.select("SELECT ?s WHERE {\n  ?s ?p }")
    assert caught.value.line == 2
    # Virtuoso says the line alone.
    assert caught.value.column or "Virtuoso" in str(caught.value)


def test_the_wrong_form_is_refused(store: Store) -> None:
    with pytest.raises(Invalid, match="SELECT"):
        store.select("ASK WHERE { ?s ?p ?o }")


def test_a_second_process_is_told_that_the_store_is_locked(tmp_path: Path) -> None:
    holder = LocalStore(tmp_path / "store")
    code = ("import sys; from pathlib import Path; from kg.errors import StoreLocked; from kg.store.local import LocalStore\n"
            "try: LocalStore(Path(sys.argv[1]))\nexcept StoreLocked as error: print(error); sys.exit(7)")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 7, done.stderr
    assert "another process" in done.stdout
    holder.close()


def test_a_lock_is_an_error_of_ours() -> None:
    assert issubclass(StoreLocked, Exception) and StoreLocked.status == 503


def test_a_snapshot_is_read_by_others(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(ONE, graph("x"))
    store.snapshot(tmp_path / "copy")
    store.put(ONE, graph("y"))
    copy = LocalStore(tmp_path / "copy", read_only=True)
    assert [str(row["o"]) for row in copy.select("SELECT ?o WHERE { ?s ?p ?o }")] == ["x"]


def test_an_engine_that_is_away_is_said_to_be_away() -> None:
    store = RemoteStore("http://127.0.0.1:9/query", timeout=2)
    with pytest.raises(StoreFailed, match="no answer"):
        store.select("SELECT ?s WHERE { ?s ?p ?o }")
    with pytest.raises(StoreFailed, match="no answer"):
        store.put(ONE, graph("x"))


def test_a_triple_of_two_graphs_stays_until_the_last_is_dropped(store: Store) -> None:
    query = 'SELECT ?s WHERE { ?s <urn:p> "y"@en }'
    assert len(store.select(query)) == 1
    store.drop(ONE)
    assert len(store.select(query)) == 1 and not store.ask('ASK WHERE { ?s ?p "x"@en }')
    store.drop(TWO)
    assert len(store.select(query)) == 0 and store.size() == 0


def test_a_change_of_several_graphs_is_counted_in_the_version_at_once(store: Store) -> None:
    before = store.version()
    three = URIRef("urn:g:3")
    store.replace({ONE: graph("x", 'a "quoted" \\ text\nof two lines'), three: graph("x")}, (TWO,))
    assert store.names() == [ONE, three]
    followed = store.version()
    fresh = LocalStore()
    fresh.load(b"".join(store.dump()))
    assert fresh.version() == followed != before
    assert len(store.select("SELECT ?o WHERE { ?s ?p ?o }")) == 2


def test_a_number_in_another_form_does_not_change_the_version(store: Store) -> None:
    numbers = Graph()
    for value in ("4.0", "04", "4.50"):
        numbers.add((A, P, Literal(value, datatype=XSD.decimal, normalize=False)))
    store.put(ONE, numbers)
    followed = store.version()
    fresh = LocalStore()
    fresh.load(b"".join(store.dump()))
    assert fresh.version() == followed


def test_every_engine_ends_in_the_same_bytes(store: Store) -> None:
    other = LocalStore()
    other.put(ONE, graph("x", "y"))
    other.put(TWO, graph("y", "z"))
    assert b"".join(store.dump()) == b"".join(other.dump()) and store.version() == other.version() and store.size() == other.size()


@pytest.mark.parametrize("body, media_type", [(b'{"head": {"vars": ["s"]}, "results": ', "application/sparql-results+json"),
                                              (b"<html>", "text/html"), (b'{"rows": []}', "application/sparql-results+json")])
def test_an_engine_that_answers_something_else_is_not_believed(body: bytes, media_type: str) -> None:
    with answering(body, media_type) as address:
        store = RemoteStore(address, timeout=2)
        for ask, query in ((store.select, "SELECT ?s WHERE { ?s ?p ?o }"), (store.ask, "ASK WHERE { ?s ?p ?o }"),
                           (store.construct, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")):
            with pytest.raises(StoreFailed):
                ask(query)
        with pytest.raises(StoreFailed):
            store.put(ONE, graph("x"))


@contextmanager
def answering(body: bytes, media_type: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/query"
    server.shutdown()


@pytest.mark.parametrize("mark", [*' <>"{}|^`\\', "\n", "\x00"])
def test_an_address_that_is_no_iri_names_nothing(mark: str) -> None:
    with pytest.raises(NotFound, match="nothing has this address"):
        bind("SELECT * WHERE { ?s ?p ?o }", {"s": URIRef(f"https://w3id.org/uaeu-kg/id/city/a{mark}")})


def test_a_large_change_is_made_in_pieces_and_ends_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {ONE: graph(*map(str, range(40))), TWO: graph(*map(str, range(30, 60)))}
    then = {ONE: graph(*map(str, range(20, 50))), TWO: graph(*map(str, range(55, 80)))}
    whole, pieces, expected = LocalStore(), LocalStore(), LocalStore()
    expected.put_all(then)
    for store in (whole, pieces):
        store.put_all(first)
        store.version()
    whole.replace(then)
    transactions: list[str] = []
    update = pieces._store.update

    class Engine:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def update(self, text: str) -> None:
            transactions.append(text)
            update(text)

        def __contains__(self, quad: object) -> bool:
            return quad in engine

    engine = pieces._store
    monkeypatch.setattr("kg.store.local.store.PIECE", 7)
    monkeypatch.setattr("kg.store.local.quads.PIECE", 7)
    with monkeypatch.context() as watched:
        watched.setattr(pieces, "_store", Engine())
        pieces.replace(then)
    assert max(text.count("\n") for text in transactions) <= 7 + 2 and len(transactions) > 5
    for store in (whole, pieces):
        assert list(store.dump()) == list(expected.dump()) and store.version() == expected.version()
        rows = store.select("SELECT ?o WHERE { ?s ?p ?o }").rows
        assert sorted(rows) == sorted(expected.select("SELECT ?o WHERE { ?s ?p ?o }").rows)
    pieces.replace({}, [ONE, TWO])
    assert pieces.names() == [] and not list(pieces.match(None, None, None))
