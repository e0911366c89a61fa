"""Media types, suffixes and the names by which rdflib knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Format:
    """One serialisation: suffix, media type, rdflib's name where it is RDF, and whether it holds named graphs."""

    suffix: str
    media_type: str
    rdflib: str = ""
    quads: bool = False
    label: str = ""


TURTLE: Final = Format("ttl", "text/turtle", "turtle", label="Turtle")
NTRIPLES: Final = Format("nt", "application/n-triples", "nt", label="N-Triples")
JSONLD: Final = Format("jsonld", "application/ld+json", "json-ld", label="JSON-LD")
RDFXML: Final = Format("rdf", "application/rdf+xml", "xml", label="RDF/XML")
NQUADS: Final = Format("nq", "application/n-quads", "nquads", quads=True, label="N-Quads")
TRIG: Final = Format("trig", "application/trig", "trig", quads=True, label="TriG")
HTML: Final = Format("html", "text/html", label="Page")
JSON: Final = Format("json", "application/json", label="JSON")
CSV: Final = Format("csv", "text/csv", label="CSV")
GEOJSON: Final = Format("geojson", "application/geo+json", label="GeoJSON")
RESULTS_JSON: Final = Format("srj", "application/sparql-results+json", label="SPARQL results, JSON")
RESULTS_XML: Final = Format("srx", "application/sparql-results+xml", label="SPARQL results, XML")
RESULTS_TSV: Final = Format("tsv", "text/tab-separated-values", label="TSV")

RDF_FORMATS: Final = (TURTLE, NTRIPLES, JSONLD, RDFXML, NQUADS, TRIG)
TRIPLE_FORMATS: Final = (TURTLE, NTRIPLES, JSONLD, RDFXML)
RESULT_FORMATS: Final = (RESULTS_JSON, RESULTS_XML, CSV, RESULTS_TSV)
ALL: Final = (HTML, JSON, JSONLD, TURTLE, NTRIPLES, RDFXML, CSV, GEOJSON, NQUADS, TRIG, *RESULT_FORMATS)
BY_SUFFIX: Final = {each.suffix: each for each in ALL}
BY_MEDIA_TYPE: Final = {each.media_type: each for each in ALL}
