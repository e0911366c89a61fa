"""The feed: replayed from its first page it gives the published graph, pages never change, and other clients read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rdflib import Dataset, Graph, Literal, URIRef

from kg.errors import Invalid
from kg.publication.feed import INDEX, STREAM, append, read_version, replay
from kg.publication.serialisations import merge, read_quads
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.terms import GRAPH, SKOS, thing
from kg.validation.engine import validate_graph

TREE, AS = "https://w3id.org/tree#", "https://www.w3.org/ns/activitystreams#"


def put(store: LocalStore, name: str, **labels: str) -> None:
    graph = Graph()
    for city, label in labels.items():
        graph.add((thing("city", city), SKOS.prefLabel, Literal(label, lang="nl")))
    store.put(GRAPH[name], graph)


def union(store: LocalStore) -> set[tuple[str, str, str]]:
    return set(merge(read_quads(store.dump())))


def told(settings: Settings) -> set[tuple[str, str, str]]:
    return replay(lambda address: (settings.var / "feed" / address).read_bytes())


def read_all(settings: Settings) -> Graph:
    pages, graph = Dataset(), Graph()
    for path in sorted((settings.var / "feed").glob("*.trig")):
        pages.parse(path, format="trig")
    for subject, predicate, value, _ in pages.quads():
        graph.add((subject, predicate, value))
    return graph


def test_create_update_and_delete_are_told_and_pages_stay(tmp_path: Path) -> None:
    settings, store = read_settings({}, var=tmp_path), LocalStore()
    put(store, "one", gent="Gent", brugge="Brugge")
    put(store, "two", gent="Gent")
    assert append(settings, store) == 2 and told(settings) == union(store)
    pages = {path.name: path.read_bytes() for path in (tmp_path / "feed").glob("*.trig") if path.name != INDEX}
    put(store, "one", gent="Gent ", aalst="Aalst")
    assert append(settings, store, datetime(2000, 1, 1, tzinfo=UTC)) == 3
    assert append(settings, store) == 0
    assert told(settings) == union(store) and read_version(settings) == store.version()
    for name, content in pages.items():
        assert (tmp_path / "feed" / name).read_bytes() == content
    graph = read_all(settings)
    kinds = [str(kind).removeprefix(AS) for member in graph.objects(URIRef(STREAM), URIRef(TREE + "member"))
             for kind in graph.objects(member, URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"))]
    assert sorted(kinds) == ["Create", "Create", "Create", "Delete", "Update"]
    times = sorted({str(time) for time in graph.objects(None, URIRef(AS + "published"))})
    assert len(times) == 2 and all(datetime.fromisoformat(time).tzinfo for time in times)


def test_members_and_stream_keep_the_shape_and_the_terms_are_known(tmp_path: Path) -> None:
    settings, store = read_settings({}, var=tmp_path), LocalStore()
    put(store, "one", gent="Gent")
    append(settings, store)
    store.drop(GRAPH["one"])
    append(settings, store)
    graph = read_all(settings)
    shapes = Graph().parse(tmp_path / "feed" / INDEX, format="turtle")
    members = list(graph.objects(URIRef(STREAM), URIRef(TREE + "member")))
    for member in members:
        shapes.add((URIRef(STREAM + "#shape"), URIRef("http://www.w3.org/ns/shacl#targetNode"), member))
    assert len(members) == 2 and validate_graph(graph, shapes).results == ()
    folder = Path(os.environ.get("KG_STANDARDS") or "../shared/standards") / "ldes-tree"
    if not folder.is_dir():
        pytest.skip("KG_STANDARDS names no folder with the vocabularies of LDES and TREE")
    known = {str(subject) for file in ("ldes/vocabulary.ttl", "tree/tree.ttl") for subject in Graph().parse(folder / file).subjects()}
    used = {str(term) for triple in graph.triples((None, None, None)) for term in triple
            if str(term).startswith((TREE, "https://w3id.org/ldes#"))}
    assert used and used <= known


def test_a_doubled_member_is_refused(tmp_path: Path) -> None:
    settings, store = read_settings({}, var=tmp_path), LocalStore()
    put(store, "one", gent="Gent")
    append(settings, store)
    page = next(path for path in (tmp_path / "feed").glob("*.trig") if path.name != INDEX)
    shutil.copyfile(page, page.with_name("again.trig"))
    with (tmp_path / "feed" / INDEX).open("a") as file:
        file.write('<> tree:relation [ tree:node <again.trig> ; tree:value "2099-01-01T00:00:00Z" ] .\n')
    with pytest.raises(Invalid, match="twice"):
        told(settings)


def test_an_existing_client_reads_it_from_a_plain_file_server(tmp_path: Path) -> None:
    found = shutil.which("npm") and subprocess.run(["npm", "root", "--global"], capture_output=True, text=True).stdout.strip()
    client = Path(os.environ.get("NODE_PATH") or found or "") / "ldes-client" / "dist" / "lib" / "client.js"
    if not client.exists():
        pytest.skip("ldes-client is not here: npm install --global ldes-client, or NODE_PATH names the folder it is in")
    settings, store = read_settings({}, var=tmp_path), LocalStore()
    put(store, "one", gent="Gent", brugge="Brugge")
    append(settings, store)
    put(store, "one", gent="Gand", aalst="Aalst")
    append(settings, store)
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {
        "log_message": lambda *_: None, "extensions_map": {".trig": "application/trig"}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "feed")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = tmp_path / "read.mjs"
    script.write_text(READER.replace("CLIENT", json.dumps(str(client))), encoding="utf-8")
    answer = subprocess.run(["node", str(script), f"http://127.0.0.1:{server.server_port}/{INDEX}"], capture_output=True, text=True,
                            timeout=60)
    server.shutdown()
    assert answer.returncode == 0, answer.stderr[-2000:]
    members = json.loads(answer.stdout)
    graph: dict[str, list[list[str]]] = {}
    for member in sorted(members, key=lambda each: each["time"]):
        graph[member["object"]] = member["triples"]
    found = {(triple[0], triple[2]) for triples in graph.values() for triple in triples}
    assert len(members) == 5
    assert found == {(str(thing("city", "gent")), "Gand"), (str(thing("city", "aalst")), "Aalst")}


READER = """
const { replicateLDES } = await import(CLIENT);
const AS = "https://www.w3.org/ns/activitystreams#", members = [];
for await (const m of replicateLDES({ url: process.argv[2] }).stream()) {
  const of = name => m.quads.find(q => q.subject.value === m.id.value && q.predicate.value === AS + name)?.object.value;
  members.push({ time: of("published"), object: of("object"),
    triples: m.quads.filter(q => q.graph.value === m.id.value).map(q => [q.subject.value, q.predicate.value, q.object.value]) });
}
console.log(JSON.stringify(members));
process.exit(0);
"""
