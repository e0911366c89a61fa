"""The build: sources and journal in, store, read model and synergies out, all of one data version.

Deleting everything in `var` but the journal and building again gives the same canonical N-Quads.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph

from kg import resources
from kg.contributions.replay import replay
from kg.errors import BrokenRow, UnreadableFile
from kg.index import build_index
from kg.journal import open_journal
from kg.settings import Settings
from kg.shapes import Table, load_shapes, load_tables, parse_turtle, read_graph
from kg.store import Store
from kg.store.local import LocalStore
from kg.store.open import open_store
from kg.synergies import compute_synergies
from kg.tables import Importer, Row, Source, read_csv, read_source
from kg.tables.values import Registry
from kg.terms import (
    DCT,
    GRAPH,
    ID,
    ONTOLOGY_GRAPH,
    PROV,
    PROVENANCE_GRAPH,
    RDF,
    SHAPES_GRAPH,
    SKOS,
    SYNERGIES_GRAPH,
    UAEU,
    VOC,
    VOCABULARY_GRAPH,
    thing,
)

Progress = Callable[[str, int, int], None]
DECISIONS = "same.csv"


@dataclass(frozen=True)
class Built:
    """What a build made: its data version and the count of quads and of named graphs."""

    version: str
    quads: int
    graphs: int


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def build(settings: Settings, progress: Progress = silent) -> Built:
    """Make store, read model and synergies from the sources; nothing is replaced when a row is broken.

    Raises BrokenRow or UnreadableFile with file, row, column and what to do, StoreLocked when the store is in use.
    """
    graphs = read_sources(settings.data or resources.data(), progress)
    journal = open_journal(settings)
    put, dropped = replay(journal.changes(), lambda name: graphs.get(name, Graph()))
    journal.close()
    graphs = {name: graph for name, graph in (graphs | put).items() if name not in dropped}
    if settings.store:
        whole, store = LocalStore(), open_store(settings)
        whole.put_all(graphs)
        built = _finish(whole, settings, progress)
        progress("store", 0, 1)
        store.load(b"".join(whole.dump()))
        progress("store", 1, 1)
        store.close()
        return built
    folder, fresh = settings.var / "store", settings.var / "store.new"
    held = LocalStore(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    local = LocalStore(fresh)
    progress("store", 0, 1)
    local.put_all(graphs)
    progress("store", 1, 1)
    built = _finish(local, settings, progress)
    local.optimise()
    local.close()
    held.close()
    shutil.rmtree(folder)
    fresh.rename(folder)
    return built


def _finish(store: Store, settings: Settings, progress: Progress) -> Built:
    ranked = compute_synergies(store, progress)
    store.replace({name: ranked[name] for name in (SYNERGIES_GRAPH, PROVENANCE_GRAPH)})
    progress("index", 0, 1)
    build_index(store, settings.var / "index.sqlite")
    progress("index", 1, 1)
    return Built(store.version(), store.size(), len(store.names()))


def read_sources(folder: Path, progress: Progress = silent) -> dict[URIRef, Graph]:
    """Every named graph that ontology, vocabularies, shapes and the sources of a folder state."""
    tables = load_tables()
    registry = Registry()
    ontology = read_graph(resources.ontology())
    vocabulary = read_graph(resources.ontology() / "voc")
    graphs = {ONTOLOGY_GRAPH: ontology, VOCABULARY_GRAPH: vocabulary, SHAPES_GRAPH: name_nodes(load_shapes()),
              GRAPH["rules"]: read_graph(resources.ontology() / "rules")}
    _register_concepts(registry, vocabulary)
    sources = [read_source(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    if not sources:
        raise UnreadableFile("there is no source.", where=folder.name, advice="Add a folder with tables and source.ttl.")
    for source in sources:
        for path in sorted(source.folder.glob("*.ttl")):
            if path.name != "source.ttl":
                graph = parse_turtle(path, Graph())
                graphs[GRAPH[f"{source.name}/{path.stem}"]] = graph
                _register_concepts(registry, graph)
    importer = Importer(tables, registry)
    decisions = Graph()
    for source in sources:
        _decide(registry, source, decisions)
    rows = {source.name: list(_rows(source, tables)) for source in sources}
    for source in sources:
        importer.register(source, rows[source.name])
    for number, source in enumerate(sources, 1):
        importer.read(source, rows[source.name])
        progress("tables", number, len(sources))
    for source in sources:
        importer.provenance += source.description
    _describe_files(importer.provenance, sources)
    graphs.update(importer.graphs)
    if decisions:
        graphs[GRAPH["reference/decisions"]] = decisions
    graphs[PROVENANCE_GRAPH] = importer.provenance
    return graphs


def find_rows(folder: Path) -> dict[URIRef, tuple[tuple[str, int], ...]]:
    """Where each record of the tables of a folder is written: `source/file.csv` and the line."""
    tables, registry = load_tables(), Registry()
    found: dict[URIRef, list[tuple[str, int]]] = {}
    sources = [read_source(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    for source in sources:
        _decide(registry, source, Graph())
    importer = Importer(tables, registry)
    for source in sources:
        for row in _rows(source, tables):
            found.setdefault(importer.subject(source.name, tables[row.table], row.id), []).append((row.where, row.line))
    return {subject: tuple(places) for subject, places in found.items()}


def _rows(source: Source, tables: dict[str, Table]) -> Iterator[Row]:
    for path in sorted(source.folder.glob("*.csv")):
        if path.name == DECISIONS:
            continue
        if path.stem not in tables:
            raise UnreadableFile(f"no table is called {path.stem!r}.", where=f"{source.name}/{path.name}",
                                 advice=f"Known tables are {', '.join(tables)}.")
        yield from read_csv(path, tables[path.stem])


def _decide(registry: Registry, source: Source, decisions: Graph) -> None:
    path = source.folder / DECISIONS
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not all(row.get(key) for key in ("type", "source", "id", "kept", "reason")):
                raise BrokenRow("a decision lacks type, source, id, kept or reason.", where=f"{source.name}/{DECISIONS}",
                                advice="Fill all five cells.")
            registry.decide(row["type"], row["source"], row["id"], row["kept"])
            kept = ID[row["kept"]] if "/" in row["kept"] else thing(row["type"], row["kept"])
            if row["id"] != row["kept"]:
                replaced = thing(row["type"], row["id"])
                decisions.add((replaced, DCT.isReplacedBy, kept))
            note = f"{row['source']} calls it {row['id']}: {row['reason']}"
            decisions.add((kept, SKOS.changeNote, Literal(note, lang="en")))


def _register_concepts(registry: Registry, graph: Graph) -> None:
    for iri in set(graph.subjects(SKOS.prefLabel)):
        if isinstance(iri, URIRef):
            head, _, _ = str(iri).rpartition("/")
            kind = head.removeprefix(str(VOC))
            reference = f"voc/{kind}" if head.startswith(str(VOC)) else f"at:{head.rsplit('/', 1)[-1]}"
            labels = [str(label) for label in graph.objects(iri, SKOS.prefLabel)]
            registry.add_iri(iri, reference, labels)


def _describe_files(provenance: Graph, sources: Iterable[Source]) -> None:
    for source in sources:
        names = [path.stem for path in source.folder.glob("*.ttl") if path.name != "source.ttl"]
        if (source.folder / DECISIONS).exists():
            names.append("decisions")
        for name in names:
            graph = GRAPH[f"{source.name}/{name}"]
            provenance.add((graph, RDF.type, PROV.Entity))
            provenance.add((graph, DCT.isPartOf, source.iri))
            provenance.add((graph, UAEU.support, VOC["support/cited"]))
            for predicate in (DCT.license, DCT.issued):
                for value in source.description.objects(source.iri, predicate):
                    provenance.add((graph, predicate, value))
    for graph in (ONTOLOGY_GRAPH, VOCABULARY_GRAPH, SHAPES_GRAPH):
        provenance.add((graph, RDF.type, PROV.Entity))


def name_nodes(graph: Graph) -> Graph:
    """The graph with an IRI in place of each blank node, made of what the node states (RDF 1.1, section 3.5).

    Published graphs have no blank nodes, so that sorted N-Quads are canonical.
    """
    canonical = to_canonical_graph(graph)
    named = Graph()
    for triple in canonical:
        named.add(tuple(thing("node", str(term).lower()) if isinstance(term, BNode) else term for term in triple))  # type: ignore[arg-type]
    return named
