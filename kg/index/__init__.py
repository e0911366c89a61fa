"""The read model: labels, filters and text search in SQLite, rebuilt from the store for each data version."""

from kg.index.builder import build_index
from kg.index.reader import FACETS, LISTS, Filter, Hit, Index, Page, Thing

__all__ = ["FACETS", "LISTS", "Filter", "Hit", "Index", "Page", "Thing", "build_index"]
