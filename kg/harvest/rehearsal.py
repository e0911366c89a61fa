"""A source of ours taken back by a copy that lacks its things: what `kg publish --source` writes and `kg harvest` reads, end to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

from rdflib.term import Node

from kg.contributions import Contributions, Publisher
from kg.harvest.harvest import harvest
from kg.harvest.report import Outcome
from kg.harvest.sources import read_sources
from kg.journal import open_journal
from kg.publication.checks import Check
from kg.publication.dumps import read_dump
from kg.publication.partner import CATALOGUE_FILE, publish_part
from kg.settings import read_settings
from kg.store import Store
from kg.store.local import LocalStore
from kg.terms import GRAPH, RDF, SYNERGIES_GRAPH

LIST: Final = Template("""
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .

[] a dcat:Catalog ;
  dct:identifier "$name" ;
  dct:title "A source of ours"@en ;
  dct:publisher <${address}publisher> ;
  dct:license <http://publications.europa.eu/resource/authority/licence/CC_BY_4_0> ;
  dcat:distribution [ dcat:downloadURL <$address$catalogue> ] .
<${address}publisher> foaf:name "A source of ours"@en .
""")
OWN: Final = "procurement"
"""The source of ours that is taken back: the one with the most graphs."""
DERIVED: Final = f"<{SYNERGIES_GRAPH}>".encode()
Statement = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Rehearsal:
    """What was published, what the copy holds after the harvest, both without names of graphs, and what the harvest says of itself."""

    published: frozenset[Statement]
    taken: frozenset[Statement]
    outcome: Outcome


def rehearse(store: Store, name: str, folder: Path) -> Rehearsal:
    """Publish a source to a folder, serve it on the loopback network, and harvest it into a copy; nothing of ours is touched.

    The copy is the graph without all statements about the things of the source. Raises NotFound when there is no such source.
    """
    part = publish_part(read_settings({}, var=folder / "here"), store, name, folder / "public")
    published = LocalStore()
    published.load(read_dump(part.folder / f"{name}.nq.gz"))
    things = {subject for graph in published.names() for subject in published.graph(graph).subjects(RDF.type)}
    with _serve(part.folder) as address:
        settings = read_settings({}, var=folder / "there", harvest_private=(address,))
        settings.var.mkdir()
        copy, journal = _copy_without(store, frozenset(f"<{thing}>".encode() for thing in things)), open_journal(settings)
        listed = folder / "sources.ttl"
        listed.write_text(LIST.substitute(name=name, address=address, catalogue=CATALOGUE_FILE), encoding="utf-8")
        contributions = Contributions(copy, journal, Publisher(settings, copy, journal).follow)
        outcome, = harvest(read_sources(listed), settings, lambda: nullcontext(contributions))
        journal.close()
    head = str(GRAPH[f"harvest/{name}/"])
    return Rehearsal(_merge(published, head), _merge(copy, head), outcome)


def check_harvest(store: Store, name: str = OWN) -> Check:
    """The promise that a source of ours, published and harvested, is what it was."""
    with TemporaryDirectory(prefix="kg-rehearsal-") as folder:
        found = rehearse(store, name, Path(folder))
    differing = len(found.published ^ found.taken)
    figure = (f"the source {name}, published, served and harvested into a copy without its things: {differing} of "
              f"{len(found.published)} statements differ; {found.outcome.sentence}")
    return Check("harvest of ourselves", figure, found.outcome.state == "published" and not differing)


def _copy_without(store: Store, things: frozenset[bytes]) -> LocalStore:
    """The store without what is stated about some things, and without what was worked out from them."""
    copy = LocalStore()
    copy.load(b"".join(line for line in store.dump()
                       if line.partition(b" ")[0] not in things and not line.rstrip(b" .\n").endswith(DERIVED)))
    return copy


def _merge(store: Store, head: str) -> frozenset[Statement]:
    return frozenset(triple for name in store.names() if str(name).startswith(head) for triple in store.graph(name))


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    """The folder on the loopback network, at the address that is given, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder; requests are not written to the terminal of the check."""

    def log_message(self, format: str, *values: object) -> None:
        """Write nothing."""
