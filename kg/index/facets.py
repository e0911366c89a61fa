"""The list of one type in memory: which things have which value of each filter, as arrays, so that a narrowed list is counted in one pass.

Over 100,000 things the same counts by SQL take some hundred times as long.
"""

from __future__ import annotations

import operator
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from kg.store.kept import keep_while_it_lives

if TYPE_CHECKING:
    from kg.index.reader import Filter, Index

MOST_VALUES: Final = 12
"""Values of one filter that a list offers."""
YEAR: Final = "year"


@dataclass(frozen=True)
class Listing:
    """The things of one type by label, numbered from 0, and the m pairs of thing and value, in both orders.

    `rows` (n) are the rows of the table of things. Thing i has the values `codes[begins[i]:begins[i + 1]]`; value j, named `values[j]`,
    belongs to the things `owners[starts[j]:starts[j + 1]]`. `codes` and `owners` are (m), `begins` (n + 1), `starts` (values + 1).
    """

    rows: NDArray[np.int64]
    numbers: dict[str, int]
    values: tuple[tuple[str, str], ...]
    codes: NDArray[np.int32]
    begins: NDArray[np.int64]
    owners: NDArray[np.int32]
    starts: NDArray[np.int64]

    def select(self, narrow: Filter, found: list[str] | None) -> NDArray[np.int64]:
        """The numbers of the things that fit, in order; `found` are the IRIs of those that have the words, None without words."""
        fits = np.ones(len(self.rows), bool)
        for pair in narrow.values:
            fits &= self._have(np.array([value == pair for value in self.values], bool))
        for compare, year in ((operator.ge, narrow.year_from), (operator.le, narrow.year_to)):
            if year is not None:
                fits &= self._have(np.array([facet == YEAR and compare(value, f"{year:04d}") for facet, value in self.values], bool))
        if found is not None:
            named = np.zeros(len(self.rows), bool)
            named[[self.numbers[iri] for iri in found if iri in self.numbers]] = True
            fits &= named
        return np.flatnonzero(fits)

    def count(self, chosen: NDArray[np.int64]) -> dict[str, list[tuple[str, int]]]:
        """The most frequent values of each filter among things, with how many of these have it."""
        found: dict[str, list[tuple[str, int]]] = {}
        for (facet, value), count in self.tally(chosen).items():
            if facet != YEAR:
                found.setdefault(facet, []).append((value, count))
        return {facet: sorted(found[facet], key=lambda each: (-each[1], each[0]))[:MOST_VALUES] for facet in sorted(found)}

    def tally(self, chosen: NDArray[np.int64]) -> dict[tuple[str, str], int]:
        """How many of some things have each value, as filter and value; those that none has are left out."""
        codes = self.codes
        if len(chosen) < len(self.rows):
            lengths = self.begins[chosen + 1] - self.begins[chosen]
            ends = np.cumsum(lengths)
            codes = codes[np.repeat(self.begins[chosen] - ends + lengths, lengths) + np.arange(ends[-1] if len(ends) else 0)]
        counts = np.bincount(codes, minlength=len(self.values))
        return {self.values[code]: int(counts[code]) for code in np.flatnonzero(counts)}

    def having(self, chosen: NDArray[np.int64], facet: str, wanted: Collection[str]) -> int:
        """How many of some things have one of these values for a filter."""
        return int(self._have(np.array([name == facet and value in wanted for name, value in self.values], bool))[chosen].sum())

    def _have(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which things have one of the wanted values."""
        fits = np.zeros(len(self.rows), bool)
        for code in np.flatnonzero(wanted):
            fits[self.owners[self.starts[code]:self.starts[code + 1]]] = True
        return fits


@keep_while_it_lives
def read_listing(index: Index, record_type: str) -> Listing:
    """The list of a type, read once from a read model; `index` is the view that all its languages share, `Index.origin`."""
    things = index.rows("SELECT rowid, iri FROM thing WHERE type = ? ORDER BY sorting, iri", record_type)
    numbers = {str(iri): number for number, (_, iri) in enumerate(things)}
    stated: list[tuple[Any, ...]] = index.rows("SELECT f.iri, f.facet, f.value FROM thing t JOIN facet f ON f.iri = t.iri WHERE t.type = ?",
                                               record_type)
    known: dict[tuple[str, str], int] = {}
    owners = np.fromiter((numbers[iri] for iri, _, _ in stated), np.int32, len(stated))
    codes = np.fromiter((known.setdefault((facet, value), len(known)) for _, facet, value in stated), np.int32, len(stated))
    codes_of, begins = _group(owners, codes, len(things))
    owners_of, starts = _group(codes, owners, len(known))
    return Listing(np.array([row for row, _ in things], np.int64), numbers, tuple(known), codes_of, begins, owners_of, starts)


def _group(keys: NDArray[np.int32], others: NDArray[np.int32], size: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The others (m) in the order of their keys, and where those of each of `size` keys begin."""
    order = np.argsort(keys, kind="stable")
    return others[order], np.searchsorted(keys[order], np.arange(size + 1))
