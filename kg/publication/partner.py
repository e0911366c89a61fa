"""What a partner publishes: its own part as a folder of static files that any web server serves and any harvester takes.

Addresses in it are relative, so that the folder may lie anywhere. The graphs bear the names that they have where they are harvested,
`graph/harvest/{source}/...`, so that they are the same there, and nobody takes them for graphs of the place itself.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from rdflib import Graph, Literal, URIRef

from kg.errors import NotFound
from kg.publication import feed
from kg.publication.catalogue import DCATAP, MEDIA, SHA256, SPDX, name_types
from kg.publication.products import digest, packed
from kg.publication.releases import LICENCE, SUMS
from kg.publication.serialisations import read_quads, write_turtle
from kg.queries import load_query
from kg.settings import Settings
from kg.store import Store
from kg.store.local import LocalStore
from kg.terms import AT, DCAT, DCT, FOAF, GRAPH, PREFIXES, RDF, RDFS, SKOS, UAEU, VOC, VOID, XSD, thing

FOLDER: Final = Path(__file__).parent
VOID_FILE, CATALOGUE_FILE, PAGE = "void.ttl", "catalogue.ttl", "index.html"
CATALOGUE, DATASET, STREAM = URIRef(f"{CATALOGUE_FILE}#catalogue"), URIRef(f"{CATALOGUE_FILE}#dataset"), "../stream"
MODEL: Final = (str(VOC), str(UAEU))
DUMPS: Final = (("nq", "application/n-quads", "RDF_N_QUADS", "N-Quads with every graph"),
                ("ttl", "text/turtle", "RDF_TURTLE", "Turtle, all graphs merged"))


@dataclass(frozen=True)
class Part:
    """What was written: the folder, how many graphs and quads it has, its files by name with their SHA-256, new members of the feed."""

    folder: Path
    graphs: int
    quads: int
    files: dict[str, str]
    members: int


def publish_part(settings: Settings, store: Store, name: str, folder: Path) -> Part:
    """Write the graphs of a source to a folder; equal data give equal dumps. Raises NotFound when there is no such source.

    Only what stands in the source's own graphs is written: what was harvested from others is theirs to publish. Terms of the model,
    concepts for instance, are no part of it: both sides have them, and a harvest takes things only.
    """
    own = {each: GRAPH[f"harvest/{str(each).removeprefix(str(GRAPH))}"] for each in store.names()
           if str(each).startswith(str(GRAPH[f"{name}/"]))}
    if not own or name in ("harvest", "contribution"):
        sources = sorted({str(each).removeprefix(str(GRAPH)).partition("/")[0] for each in store.names()} - {"harvest", "contribution"})
        raise NotFound(f"no graph of a source {name!r} is published.", advice=f"There are graphs of {', '.join(sources)}.")
    part = LocalStore()
    things = {renamed: _select_things(store.graph(each)) for each, renamed in own.items()}
    part.put_all({graph: stated for graph, stated in things.items() if len(stated)})
    folder.mkdir(parents=True, exist_ok=True)
    lines = list(part.dump())
    with packed(folder / f"{name}.nq.gz") as file:
        file.writelines(lines)
    with packed(folder / f"{name}.ttl.gz") as file:
        write_turtle(read_quads(lines), file)
    members = _write_feed(settings, part, name, folder)
    about = _describe_source(store, name)
    _write(folder / CATALOGUE_FILE, _describe_catalogue(about, name, folder))
    _write(folder / VOID_FILE, _describe_dataset(about, part, name))
    (folder / PAGE).write_text(_write_page(about, name, folder, len(lines)), encoding="utf-8")
    files = {each: digest(folder / each) for each in (*(f"{name}.{suffix}.gz" for suffix, *_ in DUMPS), CATALOGUE_FILE, VOID_FILE, PAGE)}
    (folder / SUMS).write_text("".join(f"{value}  {file}\n" for file, value in files.items()), encoding="ascii")
    return Part(folder, len(part.names()), len(lines), files, members)


def _select_things(graph: Graph) -> Graph:
    things = Graph()
    for triple in graph:
        if not str(triple[0]).startswith(MODEL):
            things.add(triple)
    return things


def _write_feed(settings: Settings, part: LocalStore, name: str, folder: Path) -> int:
    """The event stream; what it has told is remembered in `var`, the folder holds pages only."""
    memory = settings.model_copy(update={"var": settings.var / "partners" / name})
    members = feed.append(memory, part, stream=STREAM)
    (folder / "feed").mkdir(exist_ok=True)
    for path in sorted((memory.var / "feed").glob("*.trig*")):
        shutil.copyfile(path, folder / "feed" / path.name)
    return members


def _describe_source(store: Store, name: str) -> Graph:
    """What is published about the source and about who answers for it."""
    graph, source = Graph(), thing("source", name)
    for triple in store.match(source, None, None):
        graph.add(triple)
    for agent in set(graph.objects(source, DCT.publisher)):
        for predicate in (FOAF.name, SKOS.prefLabel):
            for triple in store.match(agent, predicate, None):
                graph.add((agent, FOAF.name, triple[2]))
    return graph


def _describe_catalogue(about: Graph, name: str, folder: Path) -> Graph:
    graph, source = _new(), thing("source", name)
    graph.parse(FOLDER / "codes.ttl")
    for node, kind in ((CATALOGUE, DCAT.Catalog), (DATASET, DCAT.Dataset)):
        graph.add((node, RDF.type, kind))
        for predicate in (DCT.title, DCT.description, DCT.publisher, DCT.license, DCT.issued):
            for value in about.objects(source, predicate):
                graph.add((node, predicate, value))
        if (node, DCT.description, None) not in graph:
            for title in about.objects(source, DCT.title):
                graph.add((node, DCT.description, title))
    for agent in about.objects(source, DCT.publisher):
        graph.add((agent, RDF.type, FOAF.Agent))
        for label in about.objects(agent, FOAF.name):
            graph.add((agent, FOAF.name, label))
    for licence in about.objects(source, DCT.license):
        graph.add((licence, RDF.type, DCT.LicenseDocument))
    for predicate, value in ((DCAT.theme, AT["data-theme/GOVE"]), (DCT.accessRights, AT["access-right/PUBLIC"]),
                             (DCT.identifier, Literal(name))):
        graph.add((DATASET, predicate, value))
    graph.add((CATALOGUE, DCAT.dataset, DATASET))
    for suffix, media_type, code, content in DUMPS:
        _add_file(graph, folder / f"{name}.{suffix}.gz", media_type, code, content)
    stream = URIRef("feed/" + feed.INDEX)
    _add_distribution(graph, URIRef(f"{CATALOGUE_FILE}#feed"), stream, "application/trig", "RDF_TRIG", "Event stream of versions (LDES)")
    return graph


def _add_file(graph: Graph, path: Path, media_type: str, kind: str, title: str) -> None:
    node, checksum = URIRef(f"{CATALOGUE_FILE}#{path.name}"), URIRef(f"{CATALOGUE_FILE}#sum-of-{path.name}")
    _add_distribution(graph, node, URIRef(path.name), media_type, kind, title)
    graph.add((node, DCAT.downloadURL, URIRef(path.name)))
    graph.add((node, DCAT.compressFormat, MEDIA["application/gzip"]))
    graph.add((node, DCAT.byteSize, Literal(str(path.stat().st_size), datatype=XSD.nonNegativeInteger)))
    graph.add((node, SPDX.checksum, checksum))
    for subject, predicate, value in ((checksum, RDF.type, SPDX.Checksum), (checksum, SPDX.algorithm, SHA256),
                                      (SHA256, RDF.type, SPDX.ChecksumAlgorithm),
                                      (checksum, SPDX.checksumValue, Literal(digest(path), datatype=XSD.hexBinary))):
        graph.add((subject, predicate, value))


def _add_distribution(graph: Graph, node: URIRef, address: URIRef, media_type: str, kind: str, title: str) -> None:
    graph.add((DATASET, DCAT.distribution, node))
    for predicate, value in ((RDF.type, DCAT.Distribution), (DCT.title, Literal(title, lang="en")), (DCAT.accessURL, address),
                             (DCAT.mediaType, MEDIA[media_type]), (DCT["format"], AT[f"file-type/{kind}"]), (DCT.license, URIRef(LICENCE)),
                             (DCATAP.availability, AT["planned-availability/AVAILABLE"])):
        graph.add((node, predicate, value))
    graph.add((address, RDF.type, RDFS.Resource))
    name_types(graph, MEDIA[media_type], MEDIA["application/gzip"], AT[f"file-type/{kind}"])


def _describe_dataset(about: Graph, part: LocalStore, name: str) -> Graph:
    graph, source, dataset = _new(), thing("source", name), URIRef(f"{VOID_FILE}#dataset")
    graph.add((dataset, RDF.type, VOID.Dataset))
    for predicate in (DCT.title, DCT.publisher, DCT.license):
        for value in about.objects(source, predicate):
            graph.add((dataset, predicate, value))
    queries = FOLDER / "queries"
    totals = next(iter(part.select(load_query(queries / "totals.rq").text)))
    entities = next(iter(part.select(load_query(queries / "entities.rq").text)))
    for term, number in (("triples", totals["triples"]), ("distinctSubjects", totals["subjects"]), ("distinctObjects", totals["objects"]),
                         ("properties", totals["properties"]), ("entities", entities["entities"])):
        graph.add((dataset, VOID[term], number))
    for row in part.select(load_query(queries / "classes.rq").text):
        partition = URIRef(f"{VOID_FILE}#{hashlib.sha256(row['class'].encode()).hexdigest()[:8]}")
        graph.add((dataset, VOID.classPartition, partition))
        graph.add((partition, VOID["class"], row["class"]))
        graph.add((partition, VOID.entities, row["entities"]))
    for suffix, *_ in DUMPS:
        graph.add((dataset, VOID.dataDump, URIRef(f"{name}.{suffix}.gz")))
    return graph


def _write_page(about: Graph, name: str, folder: Path, quads: int) -> str:
    source = thing("source", name)
    title = str(about.value(source, DCT.title) or name)
    publisher = about.value(source, DCT.publisher)
    who = str(about.value(publisher, FOAF.name) or publisher or "")
    files = "".join(f'<tr><td><a href="{name}.{suffix}.gz">{name}.{suffix}.gz</a><td>{escape(text)}'
                    f'<td>{(folder / f"{name}.{suffix}.gz").stat().st_size:,}\n' for suffix, _, _, text in DUMPS)
    return Template((FOLDER / "partner.html").read_text(encoding="utf-8")).substitute(
        name=name, title=escape(title), who=escape(who), publisher=escape(str(publisher or "")), files=files, quads=f"{quads:,}",
        licence=escape(str(about.value(source, DCT.license) or LICENCE)),
        description=escape(str(about.value(source, DCT.description) or "")))


def _new() -> Graph:
    graph = Graph()
    for prefix, iri in (*PREFIXES.items(), ("dcatap", str(DCATAP)), ("spdx", str(SPDX))):
        graph.bind(prefix, iri, override=True, replace=True)
    return graph


def _write(path: Path, graph: Graph) -> None:
    path.write_bytes(graph.serialize(format="turtle", encoding="utf-8"))
