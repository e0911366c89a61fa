"""The read model: labels, filters and text search in SQLite, rebuilt from the store for each data version."""

from kg.index.builder import build_index, refresh_index
from kg.index.places import place_list, place_things
from kg.index.reader import FACETS, LISTS, Filter, Hit, Index, Page, Thing
from kg.index.synergies import Between, Pair, browse_synergies, find_pair, synergy_values

__all__ = ["FACETS", "LISTS", "Between", "Filter", "Hit", "Index", "Page", "Pair", "Thing", "browse_synergies", "build_index",
           "find_pair", "place_list", "place_things", "refresh_index", "synergy_values"]
