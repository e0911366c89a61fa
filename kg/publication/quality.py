"""Checks of the catalogue with official assets: shapes of DCAT-AP, and the metadata quality score of the European data portal.

The score is that of the first methodology (405 points, `mqa-dqv`), computed without network: an address counts as reachable when
`reachable` says so. Two lists of file types that the portal calls non-proprietary and machine-readable are its own, shortened to ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rdflib import Graph, Namespace, URIRef

from kg.standards.assets import Assets
from kg.terms import AT, DCAT, DCT, RDF
from kg.validation.engine import VIOLATION, ValidationResult, validate_graph

PV: Final = Namespace("https://piveau.eu/ns/voc#")
VERSION_3, VERSION_2 = "dcat-ap-3.0.1", "dcat-ap-2.1.1"
FILES: Final = {
    VERSION_3: tuple(f"releases/3.0.1/html/shacl/{name}.ttl" for name in ("shapes", "range", "mdr-vocabularies.shape")),
    VERSION_2: tuple(f"releases/2.1.1/dcat-ap_2.1.1_shacl_{name}.ttl" for name in ("shapes", "range", "mdr-vocabularies.shape")),
}
OPEN: Final = frozenset({"RDF_N_QUADS", "RDF_TRIG", "RDF_TURTLE", "JSON_LD", "CSV", "SQL"})


def find_violations(catalogue: Graph, assets: Assets, profile: str) -> list[ValidationResult]:
    """What breaks the shapes, the classes of values and the code lists of a version of DCAT-AP."""
    return [result for path in FILES[profile] for result in validate_graph(catalogue, assets.graph(profile, path)).results
            if result.severity == VIOLATION]


def score_dataset(catalogue: Graph, dataset: URIRef, assets: Assets, reachable: Callable[[str], bool], valid: bool) -> int:
    """The points of a dataset; what is asked of distributions counts when it holds for every one of them."""
    metrics = assets.graph("mqa-dqv", "src/main/resources/piveau-dqv-vocabulary.ttl")
    files = list(catalogue.objects(dataset, DCAT.distribution))

    def has(predicate: URIRef) -> bool:
        return catalogue.value(dataset, predicate) is not None

    def each(predicate: URIRef, test: Callable[[str], bool] = lambda value: True) -> bool:
        return bool(files) and all((value := catalogue.value(file, predicate)) is not None and test(str(value)) for file in files)

    def of_kind(value: str) -> bool:
        return value.removeprefix(str(AT["file-type/"])) in OPEN

    aligned = each(DCT["format"], lambda value: value.startswith(str(AT["file-type/"]))) and each(
        DCAT.mediaType, lambda value: "iana.org/assignments/media-types/" in value)
    outcomes = {
        "keywordAvailability": has(DCAT.keyword), "categoryAvailability": has(DCAT.theme), "spatialAvailability": has(DCT.spatial),
        "temporalAvailability": has(DCT.temporal), "accessUrlStatusCode": each(DCAT.accessURL, reachable),
        "downloadUrlAvailability": each(DCAT.downloadURL), "downloadUrlStatusCode": each(DCAT.downloadURL, reachable),
        "formatAvailability": each(DCT["format"]), "mediaTypeAvailability": each(DCAT.mediaType),
        "formatMediaTypeVocabularyAlignment": aligned, "formatMediaTypeNonProprietary": each(DCT["format"], of_kind),
        "formatMediaTypeMachineInterpretable": each(DCT["format"], of_kind), "dcatApCompliance": valid,
        "licenceAvailability": each(DCT.license), "knownLicence": each(DCT.license, lambda value: value.startswith(str(AT["licence/"]))),
        "accessRightsAvailability": has(DCT.accessRights),
        "accessRightsVocabularyAlignment": str(catalogue.value(dataset, DCT.accessRights)).startswith(str(AT["access-right/"])),
        "contactPointAvailability": has(DCAT.contactPoint), "publisherAvailability": has(DCT.publisher),
        "rightsAvailability": each(DCT.rights), "byteSizeAvailability": each(DCAT.byteSize), "dateIssuedAvailability": each(DCT.issued),
        "dateModifiedAvailability": each(DCT.modified)}
    asked = {str(metric).removeprefix(str(PV)) for metric in metrics.subjects(PV.trueScore)}
    assert asked == set(outcomes), asked ^ set(outcomes)
    points = (metrics.value(PV[name], PV.trueScore if held else PV.falseScore) for name, held in outcomes.items())
    return sum(int(str(each)) for each in points if each is not None)


def find_datasets(catalogue: Graph) -> list[URIRef]:
    """The datasets of a catalogue, by IRI."""
    return sorted(URIRef(str(node)) for node in catalogue.subjects(RDF.type, DCAT.Dataset))
