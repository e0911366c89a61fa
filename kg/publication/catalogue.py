"""The catalogue (DCAT-AP 3.0.1), its 2.1.1 view, and the dataset in the words of schema.org."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from rdflib import Graph, Literal, Namespace, URIRef

from kg.publication.products import PRODUCTS, Product
from kg.publication.releases import LICENCE, File, Release
from kg.queries import load_query
from kg.store import Store
from kg.terms import AT, BASE, DCAT, DCT, FOAF, OWL, PREFIXES, RDF, SKOS, XSD

DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
MEDIA: Final = Namespace("https://www.iana.org/assignments/media-types/")
SHA256: Final = URIRef("https://spdx.org/rdf/terms#checksumAlgorithm_sha256")
CATALOGUE: Final = URIRef(BASE + "catalogue")
SERIES: Final = URIRef(BASE + "dataset/releases")
MAINTAINERS: Final = URIRef(BASE + "id/agent/maintainers")
CONTACT: Final = URIRef(BASE + "contact")
ONTOLOGY: Final = URIRef(BASE + "ontology")
LDES: Final = URIRef("https://w3id.org/ldes/specification")
PARTS: Final = ("graph", "specification", "synergies")
FOLDER: Final = Path(__file__).parent


def describe_catalogue(store: Store, base: str, releases: list[Release]) -> Graph:
    """The catalogue of the releases, newest first, and of the services at the public address `base`."""
    graph = Graph()
    for name in ("catalogue", "codes"):
        graph.parse(FOLDER / f"{name}.ttl")
    for prefix, iri in (*PREFIXES.items(), ("dcatap", str(DCATAP)), ("spdx", str(SPDX)), ("vcard", str(VCARD))):
        graph.bind(prefix, iri, override=True, replace=True)
    first = str(store.select(load_query(FOLDER / "queries" / "span.rq").text).rows[0][0] or "")
    _add_contact(graph, base)
    page(graph, CATALOGUE, FOAF.homepage, base)
    if releases:
        graph.add((CATALOGUE, DCT.issued, _date(releases[-1].issued)))
        graph.add((CATALOGUE, DCT.modified, _date(releases[0].issued)))
        for part in PARTS:
            _add_dataset(graph, URIRef(f"{BASE}dataset/{part}"), releases[0], part, base, first)
        _add_feed(graph, releases[0], base)
        _add_series(graph, releases, base, first)
    for name, address, description in (("sparql", "sparql", "sparql"), ("api", "", "openapi.json")):
        service = URIRef(f"{BASE}service/{name}")
        graph.add((service, DCAT.endpointURL, URIRef(base + address)))
        graph.add((service, DCAT.endpointDescription, URIRef(base + description)))
        graph.add((service, DCAT.contactPoint, CONTACT))
        graph.add((service, DCT.publisher, MAINTAINERS))
        graph.add((service, DCT.license, URIRef(LICENCE)))
        graph.add((service, DCT.accessRights, AT["access-right/PUBLIC"]))
        graph.add((service, DCAT.theme, AT["data-theme/GOVE"]))
        for part in PARTS if releases else ():
            graph.add((service, DCAT.servesDataset, URIRef(f"{BASE}dataset/{part}")))
    return graph


def view_as_2(catalogue: Graph) -> Graph:
    """The catalogue for harvesters of DCAT-AP 2.1.1: sizes are decimals, checksums SHA-1 alone and so left out, no series."""
    graph = Graph()
    for prefix, iri in catalogue.namespaces():
        graph.bind(prefix, iri, override=True, replace=True)
    dropped = {node for kind in (SPDX.Checksum, DCAT.DatasetSeries) for node in catalogue.subjects(RDF.type, kind)}
    for s, p, o in catalogue:
        if s in dropped or o in dropped or p in (DCAT.inSeries, DCAT.prev):
            continue
        graph.add((s, p, Literal(str(o), datatype=XSD.decimal) if p == DCAT.byteSize else o))
    return graph


def describe_for_search(catalogue: Graph) -> dict[str, Any]:
    """The whole graph as a schema.org Dataset, as search engines read it."""
    dataset = URIRef(BASE + "dataset/graph")
    return {"@context": "https://schema.org/", "@type": "Dataset", "@id": str(dataset), "name": str(catalogue.value(dataset, DCT.title)),
            "description": str(catalogue.value(dataset, DCT.description)), "version": str(catalogue.value(dataset, OWL.versionInfo)),
            "license": "https://creativecommons.org/licenses/by/4.0/", "isAccessibleForFree": True,
            "dateModified": str(catalogue.value(dataset, DCT.modified)), "url": str(catalogue.value(dataset, DCAT.landingPage)),
            "keywords": sorted(str(word) for word in catalogue.objects(dataset, DCAT.keyword)),
            "creator": {"@type": "Organization", "name": str(catalogue.value(MAINTAINERS, FOAF.name))},
            "spatialCoverage": {"@type": "Place", "name": "Europe"},
            "distribution": [{"@type": "DataDownload", "name": str(catalogue.value(each, DCT.title)),
                              "contentUrl": str(catalogue.value(each, DCAT.downloadURL)),
                              "encodingFormat": str(catalogue.value(each, DCAT.mediaType)).removeprefix(str(MEDIA))}
                             for each in sorted(catalogue.objects(dataset, DCAT.distribution), key=str)]}


def _add_dataset(graph: Graph, dataset: URIRef, release: Release, part: str, base: str, first: str) -> None:
    for title in ("title", "description"):
        for text in list(graph.objects(URIRef(f"{BASE}dataset/{part}"), DCT[title])):
            graph.add((dataset, DCT[title], text))
    for word in list(graph.objects(URIRef(f"{BASE}dataset/{part}"), DCAT.keyword)):
        graph.add((dataset, DCAT.keyword, word))
    period = URIRef(f"{dataset}/period")
    for predicate, value in (
            (RDF.type, DCAT.Dataset), (DCT.publisher, MAINTAINERS), (DCT.creator, MAINTAINERS), (DCAT.contactPoint, CONTACT),
            (DCT.identifier, Literal(str(dataset))), (OWL.versionInfo, Literal(release.version)), (DCAT.version, Literal(release.version)),
            (DCT.issued, _date(release.issued)), (DCT.modified, _date(release.issued)), (DCAT.theme, AT["data-theme/REGI"]),
            (DCAT.theme, AT["data-theme/GOVE"]), (DCT.accrualPeriodicity, AT["frequency/IRREG"]), (DCT.language, AT["language/ENG"]),
            (DCT.accessRights, AT["access-right/PUBLIC"]), (DCT.spatial, AT["continent/EUROPE"]), (DCT.temporal, period),
            (DCT.conformsTo, ONTOLOGY)):
        graph.add((dataset, predicate, value))
    page(graph, dataset, DCAT.landingPage, base + "data")
    graph.add((period, RDF.type, DCT.PeriodOfTime))
    if first:
        graph.add((period, DCAT.startDate, Literal(first, datatype=XSD.gYear)))
    graph.add((period, DCAT.endDate, _date(release.issued)))
    for file in release.files:
        if file.name in PRODUCTS and PRODUCTS[file.name].part == part:
            _add_distribution(graph, dataset, release, PRODUCTS[file.name], file, base)


def _add_distribution(graph: Graph, dataset: URIRef, release: Release, product: Product, file: File, base: str) -> None:
    node, checksum = URIRef(f"{dataset}/{file.name}"), URIRef(f"{dataset}/{file.name}/checksum")
    media, packing, kind = MEDIA[product.media_type], MEDIA[product.packed], AT[f"file-type/{product.file_type}"]
    address, title = URIRef(f"{base}data/{release.version}/{file.name}"), Literal(product.title, lang="en")
    packed = DCAT.compressFormat if file.name.endswith(".gz") else DCAT.packageFormat
    for predicate, value in (
            (RDF.type, DCAT.Distribution), (DCT.title, title), (DCT.description, title),
            (DCAT.accessURL, address), (DCAT.downloadURL, address), (DCT["format"], kind), (DCAT.mediaType, media), (packed, packing),
            (DCT.license, URIRef(LICENCE)), (DCT.rights, AT["access-right/PUBLIC"]),
            (DCATAP.availability, AT["planned-availability/STABLE"]),
            (DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger)), (SPDX.checksum, checksum),
            (DCT.issued, _date(release.issued)), (DCT.modified, _date(release.issued)), (DCT.language, AT["language/ENG"]),
            (DCT.conformsTo, ONTOLOGY)):
        graph.add((node, predicate, value))
    graph.add((dataset, DCAT.distribution, node))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SHA256))
    graph.add((SHA256, RDF.type, SPDX.ChecksumAlgorithm))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))
    name_types(graph, media, packing, kind)


def _add_feed(graph: Graph, release: Release, base: str) -> None:
    dataset, node = URIRef(BASE + "dataset/graph"), URIRef(BASE + "dataset/graph/feed")
    title = Literal("Event stream of versions (LDES)", lang="en")
    for predicate, value in (
            (RDF.type, DCAT.Distribution), (DCT.title, title), (DCT.description, title), (DCAT.accessURL, URIRef(base + "stream")),
            (DCAT.downloadURL, URIRef(base + "stream")), (DCT["format"], AT["file-type/RDF_TRIG"]),
            (DCAT.mediaType, MEDIA["application/trig"]),
            (DCT.license, URIRef(LICENCE)), (DCT.rights, AT["access-right/PUBLIC"]), (DCT.issued, _date(release.issued)),
            (DCT.modified, _date(release.issued)), (DCATAP.availability, AT["planned-availability/AVAILABLE"]), (DCT.conformsTo, LDES)):
        graph.add((node, predicate, value))
    graph.add((dataset, DCAT.distribution, node))
    name_types(graph, MEDIA["application/trig"], MEDIA["application/gzip"], AT["file-type/RDF_TRIG"])


def _add_series(graph: Graph, releases: list[Release], base: str, first: str) -> None:
    graph.add((SERIES, DCAT.contactPoint, CONTACT))
    graph.add((SERIES, DCT.issued, _date(releases[-1].issued)))
    graph.add((SERIES, DCT.modified, _date(releases[0].issued)))
    for place, release in enumerate(releases):
        node = URIRef(f"{BASE}dataset/graph/{release.version}")
        _add_dataset(graph, node, release, "graph", base, first)
        graph.add((CATALOGUE, DCAT.dataset, node))
        graph.add((node, DCAT.inSeries, SERIES))
        for before in releases[place + 1:place + 2]:
            graph.add((node, DCAT.prev, URIRef(f"{BASE}dataset/graph/{before.version}")))


def _add_contact(graph: Graph, base: str) -> None:
    graph.add((CONTACT, RDF.type, VCARD.Kind))
    graph.add((CONTACT, RDF.type, VCARD.Organization))
    graph.add((CONTACT, VCARD.fn, Literal("Maintainers of urban-agenda-kg")))
    graph.add((CONTACT, VCARD.hasURL, URIRef(base + "about")))


def page(graph: Graph, subject: URIRef, predicate: URIRef, address: str) -> None:
    """Say that something has a page."""
    graph.add((subject, predicate, URIRef(address)))
    graph.add((URIRef(address), RDF.type, FOAF.Document))


def name_types(graph: Graph, media: URIRef, packing: URIRef, kind: URIRef) -> None:
    """Say of the codes of a file's type what they are."""
    for each in (media, packing):
        graph.add((each, RDF.type, DCT.MediaType))
    for each in (DCT.MediaTypeOrExtent, SKOS.Concept):
        graph.add((kind, RDF.type, each))
    graph.add((kind, SKOS.inScheme, AT["file-type"]))
    graph.add((kind, SKOS.prefLabel, Literal(str(kind).rsplit("/", 1)[-1].replace("_", " "), lang="en")))


def _date(day: str) -> Literal:
    return Literal(day, datatype=XSD.date)
