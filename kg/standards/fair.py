"""The FAIR metrics of FOOPS! that need no network, on the core ontology."""

from __future__ import annotations

from rdflib import VANN, Graph, URIRef

from kg.shapes import parse_turtle
from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model
from kg.terms import BASE, DCT, OWL, RDF, RDFS, SKOS, UAEU

FOOPS = "foops-metrics"
ONTOLOGY = URIRef(BASE + "ontology")
# OM3 asks for a DOI and a logo, OM4.2, VER2, CN1 and the rest of the benchmark for the network.
METADATA: dict[str, tuple[URIRef, ...]] = {
    "OM1": (DCT.title, DCT.description, DCT.license, OWL.versionIRI, DCT.creator, VANN.preferredNamespaceUri),
    "OM2": (VANN.preferredNamespacePrefix, OWL.versionInfo, DCT.created, DCT.bibliographicCitation),
    "OM4.1": (DCT.license,),
    "OM5.1": (DCT.creator, DCT.created),
    "OM5.2": (DCT.issued, DCT.publisher),
    "FIND1": (VANN.preferredNamespacePrefix,),
    "VER1": (OWL.versionIRI,),
}
TEXTS = {"VOC3": RDFS.label, "VOC4": SKOS.definition}
PERSISTENT = ("https://w3id.org/", "http://data.europa.eu/")


def check_fairness(assets: Assets, model: Model) -> CheckedSet:
    """Each offline metric of the pre-assessment benchmark holds: metadata, prefix, version, labels, definitions, reuse."""
    path = model.ontology / "uaeu.ttl"
    graph = parse_turtle(path, Graph())
    lacks = [(metric, f"the header has no {str(predicate).rsplit('/', 1)[-1].rsplit('#', 1)[-1]}")
             for metric, predicates in METADATA.items() for predicate in predicates if (ONTOLOGY, predicate, None) not in graph]
    terms = {term for term in graph.subjects(RDF.type) if str(term).startswith(str(UAEU))}
    lacks += [(metric, f"{str(term)[len(UAEU):]} has no {str(predicate).rsplit('#', 1)[-1]}")
              for metric, predicate in TEXTS.items() for term in sorted(terms, key=str) if (term, predicate, None) not in graph]
    if all(str(parent).startswith(str(UAEU)) for parent in graph.objects(None, RDFS.subClassOf)):
        lacks.append(("VOC2", "no class extends a vocabulary that is well known"))
    if not BASE.startswith(PERSISTENT):
        lacks.append(("PURL1", "the address of the ontology is not a persistent one"))
    metrics = {*METADATA, *TEXTS, "VOC2", "PURL1"}
    findings = tuple(Finding("ontology/uaeu.ttl", 1, metric, what) for metric, what in lacks)
    return CheckedSet("FAIR metrics, offline", assets.version(FOOPS), len(metrics), "metrics", findings)
