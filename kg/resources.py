"""Where ontology, shapes and data lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE = Path(__file__).resolve().parent
ROOT: Final = _PACKAGE.parent
"""The folder from which a process of our own is started, as `python -m kg.…`."""


def folder(name: str) -> Path:
    """The folder of that name: `ontology`, `shapes` or `data`."""
    packaged = _PACKAGE / "_resources" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def ontology() -> Path:
    """The folder of the ontology, its concept schemes, rules and questions."""
    return folder("ontology")


def shapes() -> Path:
    """The folder of the SHACL shapes and of the overlay that makes forms and tables of them."""
    return folder("shapes")


def data() -> Path:
    """The folder of the sources' tables."""
    return folder("data")
