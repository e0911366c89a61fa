"""Names of things: namespaces, prefixes and the shapes of our own IRIs (domain model, section 4)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rdflib import Literal, Namespace, URIRef
from rdflib.term import Node

BASE: Final = "https://w3id.org/uaeu-kg/"
UAEU: Final = Namespace(BASE + "ontology#")
UASH: Final = Namespace(BASE + "shapes#")
UI: Final = Namespace(BASE + "shapes/ui#")
ID: Final = Namespace(BASE + "id/")
VOC: Final = Namespace(BASE + "voc/")
GRAPH: Final = Namespace(BASE + "graph/")
CV: Final = Namespace("http://data.europa.eu/m8g/")
EPO: Final = Namespace("http://data.europa.eu/a4g/ontology#")
AT: Final = Namespace("http://publications.europa.eu/resource/authority/")
NUTS: Final = Namespace("http://data.europa.eu/nuts/code/")
CPV: Final = Namespace("http://data.europa.eu/cpv/cpv/")
ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
GEO: Final = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
ORG: Final = Namespace("http://www.w3.org/ns/org#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCT: Final = Namespace("http://purl.org/dc/terms/")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
TIME: Final = Namespace("http://www.w3.org/2006/time#")
VOID: Final = Namespace("http://rdfs.org/ns/void#")

PREFIXES: Final[dict[str, str]] = {
    "uaeu": str(UAEU), "uash": str(UASH), "id": str(ID), "voc": str(VOC), "graph": str(GRAPH),
    "cv": str(CV), "epo": str(EPO), "at": str(AT), "nuts": str(NUTS), "cpv": str(CPV), "adms": str(ADMS),
    "geo": str(GEO), "org": str(ORG), "prov": str(PROV), "dcat": str(DCAT), "dct": str(DCT), "foaf": str(FOAF),
    "skos": str(SKOS), "rdf": str(RDF), "rdfs": str(RDFS), "owl": str(OWL), "xsd": str(XSD), "sh": str(SH),
    "time": str(TIME), "void": str(VOID),
}

ONTOLOGY_GRAPH: Final = GRAPH["ontology"]
VOCABULARY_GRAPH: Final = GRAPH["vocabulary"]
SHAPES_GRAPH: Final = GRAPH["shapes"]
PROVENANCE_GRAPH: Final = GRAPH["provenance"]
FEATURES_GRAPH: Final = GRAPH["features"]
SYNERGIES_GRAPH: Final = GRAPH["synergies"]

_REFERENCE = re.compile(r"[a-z0-9][a-z0-9._-]*")


def write_term(term: Node) -> str:
    """A term as N-Triples and SPARQL write it, with its text as it is: rdflib makes INF of inf, and breaks a text by its last quote."""
    if not isinstance(term, Literal):
        return term.n3()
    text = str(term).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"^^<{term.datatype}>' if term.datatype else f'"{text}"'


def shorten(iri: str) -> str:
    """An IRI by its prefix, for people to read; any other text as it is."""
    return next((f"{prefix}:{iri[len(head):]}" for prefix, head in PREFIXES.items() if iri.startswith(head)), iri)


def thing(record_type: str, reference: str) -> URIRef:
    """The IRI of a real thing: `BASE id/{type}/{ref}`."""
    return ID[f"{record_type}/{reference}"]


def concept(scheme: str, code: str) -> URIRef:
    """The IRI of a concept: `BASE voc/{scheme}/{code}`."""
    return VOC[f"{scheme}/{code}"]


def split_iri(iri: str) -> tuple[str, str]:
    """Type and reference of one of our things; ("", "") when the IRI is not ours."""
    if not iri.startswith(str(ID)):
        return "", ""
    record_type, _, reference = iri[len(str(ID)):].partition("/")
    return record_type, reference


def is_reference(text: str) -> bool:
    """Whether the text can stand as the last part of an IRI: lower-case letters, digits, dot, dash, underscore."""
    return _REFERENCE.fullmatch(text) is not None


def slug(text: str) -> str:
    """Lower case, without accents, one dash for each run of other characters: the code of a label."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O").replace("ł", "l").replace("Ł", "L"))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
