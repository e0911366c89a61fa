"""The four ways to take a source: files, the catalogue that leads to files, an event stream, a SPARQL endpoint.

Each gives graphs by name as the source names them; every byte is parsed in the process that may be lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from kg.errors import Gone, KgError, StoreFailed, TooLarge, UnreadableFile
from kg.formats import NQUADS, NTRIPLES, RESULTS_JSON, TRIG
from kg.harvest.answers import read_column
from kg.harvest.memory import Memory, Taken
from kg.harvest.sources import TREE, Source
from kg.queries import load_query
from kg.shapes import load_shapes, load_tables
from kg.store.bindings import bind, bind_rows
from kg.terms import DCAT, RDF, SH, slug
from kg.validation.gate import find_format
from kg.validation.parsing import TRIPLES, Parsed, parse

LDES: Final = Namespace("https://w3id.org/ldes#")
AS: Final = Namespace("https://www.w3.org/ns/activitystreams#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
QUERIES: Final = Path(__file__).parent / "queries"
PAGES: Final = 10_000
AT_ONCE: Final = 100
Graphs = dict[str, Graph]


def take(source: Source, memory: Memory) -> Graphs:
    """The graphs of a source by name, "" for what has none; raises KgError with the reason in words."""
    return WAYS[source.way](source, memory)


def _take_files(source: Source, memory: Memory) -> Graphs:
    """Every file of a source; one that was withdrawn ends alone, and the last one with its source."""
    found: Graphs = {}
    gone: list[Gone] = []
    for address in source.addresses:
        try:
            parsed = _parse(memory.take(address), address)
        except Gone as error:
            gone.append(error)
        else:
            _add(found, parsed, "" if len(source.addresses) == 1 else slug(Path(urlsplit(address).path).name))
    if len(gone) == len(source.addresses):
        raise gone[0]
    return found


def _take_catalogue(source: Source, memory: Memory) -> Graphs:
    """Each dataset of a catalogue by the distribution that says most: named graphs first, then any format of RDF that enters."""
    address = source.addresses[0]
    catalogue = _parse(memory.take(address), address).graph
    found: Graphs = {}
    for dataset in sorted(set(catalogue.subjects(RDF.type, DCAT.Dataset)), key=str):
        best = min(_rank(catalogue, dataset), default=None)
        if best is None:
            continue
        _, file, distribution = best
        taken = memory.take(file)
        _compare(catalogue, distribution, taken)
        parsed = _parse(taken, file, str(catalogue.value(distribution, DCAT.mediaType) or "").rpartition("media-types/")[2])
        _add(found, parsed, slug(str(dataset).rstrip("/").rpartition("/")[2]))
    if not found:
        raise UnreadableFile(f"the catalogue {address} leads to no file of RDF.",
                             advice="Give a distribution dcat:downloadURL and dcat:mediaType.")
    return found


def _rank(catalogue: Graph, dataset: Node) -> Iterator[tuple[int, str, Node]]:
    order = (NQUADS.suffix, TRIG.suffix, NTRIPLES.suffix)
    for distribution in catalogue.objects(dataset, DCAT.distribution):
        for file in catalogue.objects(distribution, DCAT.downloadURL):
            stated = str(catalogue.value(distribution, DCAT.mediaType) or "").rpartition("media-types/")[2]
            suffix = _find_suffix(stated) or _find_suffix(urlsplit(str(file)).path)
            if suffix:
                yield order.index(suffix) if suffix in order else len(order), str(file), distribution


def _find_suffix(name: str) -> str:
    try:
        return find_format(name)
    except UnreadableFile:
        return ""


def _compare(catalogue: Graph, distribution: Node, taken: Taken) -> None:
    """Raise UnreadableFile when a file differs from the SHA-256 that the catalogue states."""
    for checksum in catalogue.objects(distribution, SPDX.checksum):
        stated = catalogue.value(checksum, SPDX.checksumValue)
        if str(catalogue.value(checksum, SPDX.algorithm)).endswith("sha256") and str(stated).casefold() != hashlib.sha256(
                taken.content).hexdigest():
            raise UnreadableFile(f"{taken.address} differs from the checksum of its catalogue.", advice="It is asked again the next time.")


def _take_stream(source: Source, memory: Memory) -> Graphs:
    """The last version of each thing of an event stream (LDES on TREE), whichever graph or version object tells it."""
    versions: dict[Node, tuple[str, Graph | None]] = {}
    for parsed in _read_pages(source.addresses[0], memory):
        graph = parsed.parts.get("", Graph())
        for stream, member in parsed.graph.subject_objects(TREE.member):
            of = parsed.graph.value(stream, LDES.versionOfPath) or AS.object
            at = parsed.graph.value(stream, LDES.timestampPath) or AS.published
            thing, time = graph.value(member, of), str(graph.value(member, at) or "")
            if not isinstance(thing, URIRef) or not time:
                raise UnreadableFile(f"the member <{member}> of the stream lacks its object or its time.", advice="Tell the publisher.")
            if thing in versions and versions[thing][0] > time:
                continue
            ended = (member, RDF.type, AS.Delete) in graph
            stated = parsed.parts.get(str(member)) or _read_version(graph, member, thing, {of, at})
            versions[thing] = (time, None if ended else stated)
        _check_size(sum(len(version) for _, version in versions.values() if version is not None))
    found = Graph()
    for _, version in versions.values():
        found += version if version is not None else Graph()
    return {"": found}


def _read_version(graph: Graph, member: Node, thing: URIRef, marks: set[Node]) -> Graph:
    """A version object as statements on the thing that it is a version of."""
    stated = Graph()
    for predicate, value in graph.predicate_objects(member):
        if predicate not in marks and not str(predicate).startswith((str(AS), str(LDES), str(TREE))):
            stated.add((thing, predicate, value))
    return stated


def _read_pages(view: str, memory: Memory) -> Iterator[Parsed]:
    """The view of a stream and every page that it leads to; how to read its members is said in the view."""
    waiting, seen, said = [view], set[str](), Graph()
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        if len(seen) > PAGES:
            raise TooLarge(f"the stream has more than {PAGES:,} pages.", advice="Publish a dump beside it.")
        parsed = _parse(memory.take(address), address)
        waiting += sorted({str(node) for node in parsed.graph.objects(None, TREE.node)} - seen)
        for predicate in (LDES.versionOfPath, LDES.timestampPath):
            for triple in (*said.triples((None, predicate, None)), *parsed.graph.triples((None, predicate, None))):
                said.add(triple)
                parsed.graph.add(triple)
        yield parsed


def _take_endpoint(source: Source, memory: Memory) -> Graphs:
    """The things of our classes and what an endpoint states about them, page by page; what it harvested itself stays there."""
    address, found = source.addresses[0], Graph()
    for kind in sorted(_find_classes()):
        after = ""
        while things := _ask_things(address, memory, kind, after):
            if str(things[0]) <= after:
                raise StoreFailed(f"{address} gives the same page again.", advice="Tell the publisher.")
            after = str(things[-1])
            for start in range(0, len(things), AT_ONCE):
                rows = [(thing,) for thing in things[start:start + AT_ONCE]]
                answer = memory.query(address, bind_rows(load_query(QUERIES / "described.rq").text, ("thing",), rows), NTRIPLES.media_type)
                found += parse(answer, NTRIPLES.media_type).graph
                _check_size(len(found))
    return {"": found}


def _ask_things(address: str, memory: Memory, kind: URIRef, after: str) -> list[URIRef]:
    query = bind(load_query(QUERIES / "things.rq").text, {"class": kind, "after": Literal(after)})
    return [URIRef(each) for each in read_column(memory.query(address, query, RESULTS_JSON.media_type), address)]


def _find_classes() -> set[URIRef]:
    """The classes of the records that have a table."""
    shapes = load_shapes()
    return {kind for table in load_tables().values() if "/" not in table.record_type
            for kind in shapes.objects(table.shape, SH.targetClass) if isinstance(kind, URIRef)}


def _parse(taken: Taken, address: str, stated: str = "") -> Parsed:
    """Read a body by the format that its server, the catalogue or its name says; an unknown one is refused."""
    said = taken.media_type.partition(";")[0].strip().casefold()
    generic = said in ("", "application/octet-stream", "application/gzip", "application/x-gzip", "text/plain", "binary/octet-stream")
    form = said if not generic else _find_suffix(urlsplit(address).path) or stated or _find_suffix(urlsplit(taken.address).path) or said
    try:
        return parse(taken.content, form, base=taken.address)
    except KgError as error:
        raise type(error)(error.what, where=address, advice=error.advice, line=error.line, column=error.column) from error


def _add(found: Graphs, parsed: Parsed, name: str) -> None:
    for own, graph in parsed.parts.items():
        found[own or name] = found.get(own or name, Graph()) + graph
    _check_size(sum(map(len, found.values())))


def _check_size(triples: int) -> None:
    """Raise TooLarge when a source as a whole states more than a file may."""
    if triples > TRIPLES:
        raise TooLarge(f"it states more than {TRIPLES:,} triples.", advice="Divide it into several sources.")


WAYS: Final[dict[str, Callable[[Source, Memory], Graphs]]] = {
    "dump": _take_files, "catalogue": _take_catalogue, "stream": _take_stream, "endpoint": _take_endpoint}
