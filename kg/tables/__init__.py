"""Tables in, named graphs out: the one importer, for our own data and for what partners send."""

from kg.tables.reader import Place, Row, read_csv, read_rows, split_key
from kg.tables.source import Source, read_source
from kg.tables.statements import Importer

__all__ = ["Importer", "Place", "Row", "Source", "read_csv", "read_rows", "read_source", "split_key"]
