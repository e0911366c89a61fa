"""The embedded store: the only room of the library that knows pyoxigraph, beside the processes that answer and parse for strangers."""

from kg.store.local.quads import parse_quads, read_lines, write_lines
from kg.store.local.store import LocalStore
from kg.store.local.terms import normalise

__all__ = ["LocalStore", "normalise", "parse_quads", "read_lines", "write_lines"]
