"""Every external code in ontology and data is official: authority tables, NUTS, CPV, EuroVoc, SDG."""

from __future__ import annotations

import re
from functools import lru_cache

from rdflib import Graph, URIRef

from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model, find_line
from kg.terms import AT, BASE, CPV, NUTS, VOCABULARY_GRAPH

EFORMS, TABLES, TED = "eforms-sdk-codelists", "eu-authority-tables", "ted-code-to-iri"
EUROVOC = "http://eurovoc.europa.eu/"
SDG = "http://metadata.un.org/sdg/"
GOALS = {f"{SDG}{number}" for number in range(1, 18)}
OFFICIAL = (str(AT), str(NUTS), str(CPV), EUROVOC, SDG)
_IRI = re.compile(r"http://(?:publications\.europa\.eu/resource/authority|eurovoc\.europa\.eu|data\.europa\.eu/(?:nuts|cpv))/[\w./-]+")
_LIST = re.compile(r"Identifier=\"listId\">([^<]+)<")
_CODE = re.compile(r"ColumnRef=\"code\">\s*<SimpleValue>([^<]+)<")


def check_codes(assets: Assets, model: Model) -> CheckedSet:
    """Codes that the named graphs use stand in an official table; 0 unknown."""
    official = read_codes(assets)
    seen: set[str] = set()
    findings = []
    for name, graph in sorted(model.graphs.items()):
        for term in {term for triple in graph for term in triple if isinstance(term, URIRef)}:
            if str(term).startswith(OFFICIAL):
                seen.add(str(term))
                if str(term) not in official:
                    findings.append(_finding(str(name), str(term), model))
    version = f"eForms SDK {assets.version(EFORMS)}"
    return CheckedSet("Codes are official", version, len(seen), "codes", tuple(dict.fromkeys(findings)))


@lru_cache(maxsize=2)
def read_codes(assets: Assets) -> frozenset[str]:
    """The IRIs of all official codes and tables at hand."""
    codes: set[str] = set(GOALS)
    for path in assets.files(EFORMS, "codelists", suffix=".gc"):
        text = path.read_text(encoding="utf-8")
        table = next((match for match in _LIST.findall(text) if match), "")
        base = str(NUTS) if path.name.startswith("nuts") else str(CPV) if path.name.startswith("cpv") else f"{table}/"
        codes.add(table)
        codes |= {base + code for code in _CODE.findall(text)}
    for asset, suffix in ((TABLES, ".rdf"), (TED, ".json")):
        for path in assets.files(asset, suffix=suffix):
            codes |= set(_IRI.findall(path.read_text(encoding="utf-8")))
    for path in assets.files(TABLES):
        codes |= {str(term) for term in Graph().parse(path).subjects()}
    return frozenset(codes)


def _finding(graph: str, term: str, model: Model) -> Finding:
    if graph == str(VOCABULARY_GRAPH):
        for path in sorted((model.ontology / "voc").glob("*.ttl")):
            if term in path.read_text(encoding="utf-8"):
                return Finding(f"voc/{path.name}", find_line(path, term), "unknown code", f"{term} stands in no official table")
    return Finding(graph.removeprefix(BASE), 0, "unknown code", f"{term} stands in no official table")
