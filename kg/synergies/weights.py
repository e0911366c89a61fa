"""Weights as matrices: from what things share, give and need to the rows whose inner product is the score.

The same numbers as the published features (`kg.synergies.features`), for many things at once; a test holds both together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from kg.synergies.ladder import settle

DIGITS = 6
ROLES = ("shares", "gives", "needs")
ANSWERS = {"shares": "shares", "gives": "needs", "needs": "gives"}
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Kind:
    """One rule over many things: its share of the weights, and by role who (row) has what (feature of the rule)."""

    share: float
    features: int
    roles: Mapping[str, tuple[Array, Array]]


def weigh(items: int, kinds: list[Kind]) -> tuple[csr_matrix, csr_matrix]:
    """Query and target rows, shape (items, features of all kinds by role): shares meet shares, gives meet needs."""
    incidences = [{role: _incidence(items, kind.features, *kind.roles[role]) for role in ROLES if role in kind.roles} for kind in kinds]
    unions = [sum(roles.values(), csr_matrix((items, kind.features))).astype(bool).astype(np.float64)
              for kind, roles in zip(kinds, incidences, strict=True)]
    contents = [_content(union) for union in unions]
    lengths = [np.sqrt(union @ content ** 2) for union, content in zip(unions, contents, strict=True)]
    longest = max(float(length.max()) for length in lengths)
    parts: dict[str, list[csr_matrix]] = {"queries": [], "targets": []}
    for kind, roles, content, length in zip(kinds, incidences, contents, lengths, strict=True):
        norm = np.maximum(np.round(np.sqrt(length * longest), DIGITS), 10.0 ** -DIGITS)
        for role in roles:
            for end, its in (("queries", role), ("targets", ANSWERS[role])):
                rows = roles[its].tocoo()
                value = math.sqrt(kind.share) * content[rows.col] / norm[rows.row]
                parts[end].append(csr_matrix((value, (rows.row, rows.col)), shape=rows.shape))
    queries, targets = (hstack(parts[end], format="csr") for end in ("queries", "targets"))
    for matrix in (queries, targets):
        matrix.eliminate_zeros()
        matrix.sort_indices()
    return queries, targets


def _incidence(items: int, features: int, rows: Array, columns: Array) -> csr_matrix:
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(items, features)).astype(bool).astype(np.float64)


def _content(union: csr_matrix) -> Array:
    """Information content in bits of each feature; none for what one thing alone, or everything, has."""
    items, holders = union.shape[0], np.asarray(union.sum(axis=0)).ravel()
    whole, part = settle(items), settle(holders)
    return np.where((holders > 1) & (part < whole), np.round(np.log2(whole / part), DIGITS), 0.0)
