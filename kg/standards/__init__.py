"""Conformance of ontology, concept schemes, shapes and data with the official assets of the standards folder.

Each set names what was checked, with which version of the official asset, and every finding with file, line and rule.
The assets are read where `KG_STANDARDS` points to and are no part of the product.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from kg.errors import NotFound
from kg.standards.assets import Assets
from kg.standards.codes import check_codes
from kg.standards.concepts import check_concepts, check_reference_concepts
from kg.standards.fair import check_fairness
from kg.standards.findings import CheckedSet, Finding, Model
from kg.standards.published import check_published
from kg.standards.questions import check_questions
from kg.standards.style import check_controls, check_ontology_style, check_shapes_style, check_test_bed
from kg.standards.terms import check_terms
from kg.standards.texts import check_texts

__all__ = ["Assets", "CheckedSet", "Finding", "Model", "check_standards", "find_assets"]

CHECKS: tuple[Callable[[Assets, Model], CheckedSet], ...] = (
    check_ontology_style, check_shapes_style, check_test_bed, check_texts, check_controls, check_concepts,
    check_reference_concepts, check_terms, check_codes, check_published, check_questions, check_fairness)


def find_assets() -> Assets:
    """The standards folder that `KG_STANDARDS` names, ../shared/standards without it; raises NotFound."""
    folder = Path(os.environ.get("KG_STANDARDS") or "../shared/standards")
    if not (folder / "semic-style-guide-validator").is_dir():
        raise NotFound("the standards folder is not here.", where="KG_STANDARDS",
                       advice="Set KG_STANDARDS to the folder of the official assets.")
    return Assets(folder)


def check_standards(assets: Assets, model: Model) -> Iterator[CheckedSet]:
    """Every set in turn."""
    for check in CHECKS:
        yield check(assets, model)
