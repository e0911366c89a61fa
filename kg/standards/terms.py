"""Every reused class and property exists in its vocabulary, and every own one in the ontology."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from rdflib import DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SKOS, TIME, VANN, VOID, XSD, Graph, URIRef
from rdflib.namespace import WGS, DefinedNamespace

from kg.shapes import parse_turtle
from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model, find_line
from kg.terms import ADMS, BASE, CV, DCAT, EPO, ORG, PREFIXES, PROV, SH, UAEU

W3C, SEMIC, EPO_TERMS = "w3c-ns", "semic-core-vocabularies", "epo-term-lists"
FILES = {
    str(ORG): ((W3C, "org.ttl"),), str(PROV): ((W3C, "prov-o.ttl"),), str(DCAT): ((W3C, "dcat3.ttl"),),
    str(SH): ((W3C, "shacl.ttl"),), "http://www.w3.org/ns/person#": ((W3C, "legacy_person.ttl"),),
    str(ADMS): ((SEMIC, "adms-2.00", "releases", "2.00", "voc", "adms.ttl"), (W3C, "legacy_adms.ttl")),
    str(CV): ((SEMIC, "cpov-2.1.2", "releases", "2.1.2", "voc", "core-public-organisation-ap.ttl"),
              (SEMIC, "cpev-1.1.1", "releases", "1.1.1", "voc", "core-public-event-ap.ttl"),
              (SEMIC, "cccev-2.1.0", "releases", "2.1.0", "voc", "cccev.ttl"),
              (SEMIC, "core-location-2.1.0", "releases", "2.1.0", "voc", "core-location.ttl"),
              (SEMIC, "core-business-2.3.0", "releases", "2.3.0", "voc", "core-business-ap.ttl")),
}
BUILT_IN: tuple[type[DefinedNamespace], ...] = (DCTERMS, FOAF, OWL, RDF, RDFS, SKOS, TIME, VANN, VOID, XSD)
# rdflib writes these two with https; the vocabularies themselves are named with http.
WITH_HTTP: tuple[type[DefinedNamespace], ...] = (SDO, WGS)
# No copy of these two is at hand: the terms that we use, from their pages.
KNOWN = {"http://creativecommons.org/ns#": {"license"},
         "http://www.w3.org/2006/vcard/ns#": {"Individual", "Organization", "hasEmail"}}
IN_CODE = re.compile(r"\bUAEU(?:\.|\[\")(\w+)")
PACKAGE = Path(__file__).resolve().parents[1]
TERM = re.compile(r"(.*[#/])([^#/]+)")
PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
NAME = re.compile(r"(?<![\w<\"-])([a-z][\w-]*):([A-Za-z]\w*)")


def check_terms(assets: Assets, model: Model) -> CheckedSet:
    """Classes and properties that files, queries and named graphs use exist in their vocabulary at its named version."""
    known = _read_vocabularies(assets)
    own = parse_turtle(model.ontology / "uaeu.ttl", Graph())
    known[str(UAEU)] = {str(term)[len(UAEU):] for term in own.subjects(RDF.type) if str(term).startswith(str(UAEU))}
    seen: set[str] = set()
    findings: list[Finding] = []
    for file, path, term in _used(model):
        match = TERM.fullmatch(term)
        if not match or (match[1].startswith(BASE) and match[1] != str(UAEU)):
            continue
        seen.add(term)
        if match[2] not in known.get(match[1], ()):
            rule = "unknown term" if match[1] in known else "unknown vocabulary"
            findings.append(Finding(file, find_line(path, term) if path else 0, rule, f"{term} is declared nowhere"))
    versions = f"W3C {assets.version(W3C)[:12]}, SEMIC {assets.version(SEMIC)[:12]}, ePO {_epo_version(assets)}"
    return CheckedSet("Terms exist", versions, len(seen), "terms", tuple(dict.fromkeys(findings)))


def _used(model: Model) -> Iterator[tuple[str, Path | None, str]]:
    """Each class and property with the file, or graph, that uses it."""
    for path in model.files:
        if path.parent.name != "ui":
            for term in _terms_of(parse_turtle(path, Graph())):
                yield f"{path.parent.name}/{path.name}", path, term
    for path in sorted([*model.ontology.rglob("*.rq"), *PACKAGE.rglob("*.rq")]):
        text = path.read_text(encoding="utf-8")
        prefixes = PREFIXES | dict(PREFIX.findall(text))
        for prefix, name in NAME.findall(re.sub(r'"[^"]*"|<[^>]*>|#.*', "", text)):
            if _is_vocabulary(prefixes.get(prefix, "")):
                yield f"{path.parent.name}/{path.name}", path, prefixes[prefix] + name
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in IN_CODE.findall(path.read_text(encoding="utf-8")):
            yield f"{path.parent.name}/{path.name}", path, f"{UAEU}{name}"
    for name, graph in model.graphs.items():
        for term in _terms_of(graph):
            yield str(name).removeprefix(BASE), None, term


def _terms_of(graph: Graph) -> set[str]:
    used = {str(predicate) for predicate in graph.predicates(unique=True)}
    for predicate in (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, SH.path, SH["class"], SH.targetClass, SH.inversePath):
        used |= {str(value) for value in graph.objects(None, predicate) if isinstance(value, URIRef)}
    return {term for term in used if not re.search(r"#_\d+$", term)}


def _is_vocabulary(namespace: str) -> bool:
    return namespace.endswith("#") or namespace in (str(CV), str(DCTERMS), str(FOAF))


@lru_cache(maxsize=2)
def _read_vocabularies(assets: Assets) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {namespace: set(names) for namespace, names in KNOWN.items()}
    for vocabulary in BUILT_IN:
        known[str(vocabulary)] = {str(term)[len(str(vocabulary)):] for term in dir(vocabulary)}
    for vocabulary in WITH_HTTP:
        base = str(vocabulary)
        known[base.replace("https:", "http:")] = {str(term)[len(base):] for term in dir(vocabulary)}
    for namespace, files in FILES.items():
        graph = Graph()
        for parts in files:
            graph.parse(assets.path(*parts))
        known[namespace] = {str(term)[len(namespace):] for term in graph.subjects() if str(term).startswith(namespace)}
    terms = json.loads(assets.path(EPO_TERMS, "src", "assets", "epo-terms-v5.json").read_text(encoding="utf-8"))
    known[str(EPO)] = {name for value in terms.values() if isinstance(value, list) for name in value}
    return known


def _epo_version(assets: Assets) -> str:
    terms = json.loads(assets.path(EPO_TERMS, "src", "assets", "epo-terms-v5.json").read_text(encoding="utf-8"))
    return str(terms["version"])
