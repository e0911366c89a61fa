"""What `kg check publication` looks at: every promise about what leaves the house, each with its figure."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from kg.publication import feed
from kg.publication.catalogue import describe_catalogue, view_as_2
from kg.publication.dumps import read_dump, write_dump
from kg.publication.products import NAME
from kg.publication.quality import VERSION_2, VERSION_3, find_datasets, find_violations, score_dataset
from kg.publication.releases import MANIFEST, Release, check_release, publish_release, read_releases, write_release
from kg.publication.serialisations import Triple, merge, read_quads
from kg.publication.signing import check_signature
from kg.publication.void import DATASET, describe_dataset
from kg.settings import Settings
from kg.standards import Assets
from kg.store import Store
from kg.store.local import LocalStore, parse_quads
from kg.terms import DCAT, VOID

LEAST_SCORE: Final = 351
MERGED: Final = {"ttl": "text/turtle", "jsonld": "application/ld+json", "trig": "application/trig"}


@dataclass(frozen=True)
class Check:
    """One promise: what it is, the figure that was found, and whether it is kept."""

    name: str
    figure: str
    kept: bool


def check_publication(settings: Settings, store: Store, assets: Assets) -> Iterator[Check]:
    """Every check in turn; a release and the feed are made first where they are missing."""
    release = publish_release(settings, store)
    feed.append(settings, store)
    triples = set(merge(read_quads(store.dump())))
    yield _check_round_trip(store)
    yield _check_again(store, release, read_releases(settings))
    wrong = check_release(release)
    yield Check("checksums hold", f"{len(release.files) - len(wrong)} of {len(release.files)} files", not wrong)
    signature = release.folder / f"{MANIFEST}.sig"
    if signature.exists():
        check_signature((release.folder / MANIFEST).read_bytes(), signature.read_bytes(), (release.folder / "signing-key.pem").read_bytes())
        yield Check("the manifest is signed", "Ed25519, the signature holds", True)
    for suffix, media_type in MERGED.items():
        content = gzip.decompress((release.folder / f"{NAME}.{suffix}.gz").read_bytes())
        said = {quad[:3] for quad in parse_quads(content, media_type, "file:///release")}
        yield Check(f"{suffix} says the same", f"{len(said ^ triples)} of {len(triples)} triples differ", said == triples)
    told = feed.replay(lambda address: (settings.var / "feed" / address).read_bytes())
    yield Check("the feed replays to the graph", f"{len(told ^ triples)} of {len(triples)} triples differ", told == triples)
    yield _check_void(describe_dataset(store, settings.public_base, release), triples)
    catalogue = describe_catalogue(store, settings.public_base, read_releases(settings))
    yield from _check_catalogue(catalogue, settings, assets)


def _check_round_trip(store: Store) -> Check:
    with TemporaryDirectory() as folder:
        written = write_dump(store, Path(folder) / "one")
        copy = LocalStore()
        copy.load(read_dump(written.path))
        again = write_dump(copy, Path(folder) / "two")
        same = written.path.read_bytes() == again.path.read_bytes()
    return Check("dump, load, dump", f"SHA-256 {written.sha256[:12]} and {again.sha256[:12]}, {copy.size()} quads", same)


def _check_again(store: Store, release: Release, known: list[Release]) -> Check:
    before = next((each for each in known if each.version == release.previous), None)
    with TemporaryDirectory() as folder:
        again = write_release(store, Path(folder) / "again", previous=before)
    differing = sorted({file.name for file in set(again.files) ^ set(release.files)})
    return Check("a release made again has the same bytes", f"{', '.join(differing) or 'no file'} of {len(again.files)} differs",
                 not differing)


def _check_void(graph: Graph, triples: set[Triple]) -> Check:
    """Compare the statement of VoID with a count of the lines of the dump, which asks no query."""
    typed = [(subject, value) for subject, predicate, value in triples if predicate == f"<{RDF.type}>"]
    properties = Counter(predicate for _, predicate, _ in triples)
    classes = Counter(value for _, value in typed)
    counted = {(DATASET, VOID.triples): len(triples), (DATASET, VOID.distinctSubjects): len({subject for subject, _, _ in triples}),
               (DATASET, VOID.distinctObjects): len({value for _, _, value in triples}), (DATASET, VOID.properties): len(properties),
               (DATASET, VOID.classes): len(classes), (DATASET, VOID.entities): len({subject for subject, _ in typed})}
    for kind, size, counts in ((VOID["class"], VOID.entities, classes), (VOID.property, VOID.triples, properties)):
        parts = {f"<{value}>": URIRef(str(part)) for part, value in graph.subject_objects(kind)}
        counted |= {(parts.get(name, URIRef(name[1:-1])), size): number for name, number in counts.items()}
    wrong = [node for (node, size), number in counted.items() if str(graph.value(node, size)) != str(number)]
    return Check("VoID equals counts", f"{len(counted) - len(wrong)} of {len(counted)} numbers", not wrong)


def _check_catalogue(catalogue: Graph, settings: Settings, assets: Assets) -> Iterator[Check]:
    offered = {f"{settings.public_base}data/{each.version}/{file.name}": each.folder / file.name
               for each in read_releases(settings) for file in each.files}

    def reachable(address: str) -> bool:
        return address == f"{settings.public_base}stream" or address in offered and offered[address].exists()

    addresses = {str(value) for value in catalogue.objects(None, DCAT.downloadURL)}
    there = sum(map(reachable, addresses))
    yield Check("addresses of the catalogue", f"{there} of {len(addresses)} lead to a file", there == len(addresses))
    views: dict[str, Callable[[Graph], Graph]] = {VERSION_3: lambda graph: graph, VERSION_2: view_as_2}
    violations: dict[str, list[Node]] = {}
    for profile, view in views.items():
        violations[profile] = [result.focus for result in find_violations(view(catalogue), assets, profile)]
        yield Check(f"catalogue, {profile}", f"{len(violations[profile])} violations (shapes, range, mdr)", not violations[profile])
    for dataset in find_datasets(catalogue):
        points = score_dataset(catalogue, dataset, assets, reachable, not violations[VERSION_3])
        yield Check(f"quality of {str(dataset).rsplit('/dataset/')[-1]}", f"{points} of 405, at least {LEAST_SCORE}", points >= LEAST_SCORE)
