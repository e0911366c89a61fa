"""Published data against the application profiles of the SEMIC Core Vocabularies."""

from __future__ import annotations

from rdflib import Graph

from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model
from kg.terms import BASE, SHAPES_GRAPH
from kg.validation.engine import VIOLATION, validate_graph

SEMIC = "semic-core-vocabularies"
PROFILES = {
    "CPOV 2.1.2": "cpov-2.1.2/releases/2.1.2/shacl/core-public-organisation-ap-SHACL.ttl",
    "CPEV 1.1.1": "cpev-1.1.1/releases/1.1.1/shacl/core-public-event-ap-SHACL.ttl",
    "CCCEV 2.1.0": "cccev-2.1.0/releases/2.1.0/shacl/cccev-ap-SHACL.ttl",
    "Core Location 2.1.0": "core-location-2.1.0/releases/2.1.0/shacl/core-location-ap-SHACL.ttl",
    "Core Business 2.3.0": "core-business-2.3.0/releases/2.3.0/shacl/core-business-ap-SHACL.ttl",
}


def check_published(assets: Assets, model: Model) -> CheckedSet:
    """The union of the named graphs against CPOV, CPEV, CCCEV, Core Location and Core Business: no violation."""
    published = Graph()
    for name, graph in model.graphs.items():
        if name != SHAPES_GRAPH:
            published += graph
    findings = [Finding(str(result.focus).removeprefix(BASE), 0, f"{profile}, {result.component}",
                        f"{result.path}: {result.message() or result.value}")
                for profile, path in PROFILES.items()
                for result in validate_graph(published, assets.graph(SEMIC, path)).results if result.severity == VIOLATION]
    return CheckedSet("Core Vocabularies, data", ", ".join(PROFILES), len(published), "triples", tuple(findings))
