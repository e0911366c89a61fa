"""Tables in, named graphs out: the one importer, for our own data and for what partners send."""

from kg.tables.reader import Row, read_csv, read_rows
from kg.tables.source import Source, read_source
from kg.tables.statements import Importer

__all__ = ["Importer", "Row", "Source", "read_csv", "read_rows", "read_source"]
