"""The files of a release: what each one is called, holds and how it is written from canonical N-Quads."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.publication.databases import has_parquet, write_parquet, write_sqlite
from kg.publication.serialisations import Writer, merge, read_quads, write_jsonld, write_trig, write_turtle
from kg.publication.tables import Sheet, make_sheets, write_csv
from kg.terms import FEATURES_GRAPH, ONTOLOGY_GRAPH, SHAPES_GRAPH, SYNERGIES_GRAPH, VOCABULARY_GRAPH

NAME: Final = "urban-agenda-kg"
LEVEL: Final = 6
MADE: Final = (1980, 1, 1, 0, 0, 0)
SPECIFICATION: Final = frozenset(f"<{name}>" for name in (ONTOLOGY_GRAPH, VOCABULARY_GRAPH, SHAPES_GRAPH))
SYNERGIES: Final = frozenset(f"<{name}>" for name in (SYNERGIES_GRAPH, FEATURES_GRAPH))


@dataclass(frozen=True)
class Product:
    """A file of a release: title, media type, code in the EU file-type table, and the part of the data that it holds."""

    file: str
    title: str
    media_type: str
    file_type: str
    part: str = "graph"

    @property
    def packed(self) -> str:
        """The media type of the packing: gzip (RFC 6713) or zip."""
        return "application/gzip" if self.file.endswith(".gz") else "application/zip"


PRODUCTS: Final = {each.file: each for each in (
    Product(f"{NAME}.nq.gz", "Canonical N-Quads with every named graph", "application/n-quads", "RDF_N_QUADS"),
    Product(f"{NAME}.trig.gz", "TriG with every named graph and its provenance", "application/trig", "RDF_TRIG"),
    Product(f"{NAME}.ttl.gz", "Turtle, all graphs merged", "text/turtle", "RDF_TURTLE"),
    Product(f"{NAME}.jsonld.gz", "JSON-LD, all graphs merged", "application/ld+json", "JSON_LD"),
    Product(f"{NAME}-csv.zip", "Tables as CSV, one per type", "text/csv", "CSV"),
    Product(f"{NAME}.sqlite.gz", "Tables as one SQLite database", "application/vnd.sqlite3", "SQL"),
    Product(f"{NAME}-parquet.zip", "Tables as Parquet, one per type", "application/vnd.apache.parquet", "OCTET"),
    Product("specification.ttl.gz", "Ontology, concept schemes and shapes as Turtle", "text/turtle", "RDF_TURTLE", "specification"),
    Product("synergies.ttl.gz", "Synergies with their evidence as Turtle", "text/turtle", "RDF_TURTLE", "synergies"),
)}


def write_graphs(source: Path, folder: Path) -> None:
    """The RDF files of a release, from a file of canonical N-Quads."""
    _pack(source, folder / f"{NAME}.nq.gz")
    for suffix, write in (("trig", write_trig), ("ttl", write_turtle), ("jsonld", write_jsonld)):
        _write(source, folder / f"{NAME}.{suffix}.gz", write)
    for name, graphs in (("specification", SPECIFICATION), ("synergies", SYNERGIES)):
        _write(source, folder / f"{name}.ttl.gz", write_turtle, graphs)


def write_tables(source: Path, folder: Path) -> None:
    """The tables of a release: CSV, SQLite and, where the extra `analysts` is installed, Parquet."""
    with source.open("rb") as lines:
        sheets = list(make_sheets(merge(read_quads(lines))))
    _zip(folder / f"{NAME}-csv.zip", ((f"{sheet.name}.csv", write_csv(sheet)) for sheet in sheets), zipfile.ZIP_DEFLATED)
    database = folder / f"{NAME}.sqlite"
    write_sqlite(sheets, database)
    _pack(database, folder / f"{NAME}.sqlite.gz")
    database.unlink()
    if has_parquet():
        _zip(folder / f"{NAME}-parquet.zip", _write_parquet(sheets), zipfile.ZIP_STORED)


def packed(path: Path) -> gzip.GzipFile:
    """A gzip file without name and time, so that equal content gives equal bytes."""
    return _Gzip(path)


class _Gzip(gzip.GzipFile):
    """Closes the file it writes to as well; gzip leaves one that it was given open."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        super().__init__("", "wb", LEVEL, self._file, mtime=0)

    def close(self) -> None:
        super().close()
        self._file.close()


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(source: Path, path: Path) -> None:
    with source.open("rb") as plain, packed(path) as file:
        shutil.copyfileobj(plain, file, 1 << 20)


def _write(source: Path, path: Path, write: Writer, graphs: frozenset[str] = frozenset()) -> None:
    with source.open("rb") as lines, packed(path) as file:
        write((quad for quad in read_quads(lines) if not graphs or quad[3] in graphs), file)


def _write_parquet(sheets: list[Sheet]) -> Iterator[tuple[str, bytes]]:
    return ((f"{sheet.name}.parquet", write_parquet(sheet)) for sheet in sheets)


def _zip(path: Path, files: Iterable[tuple[str, bytes]], method: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, MADE)
            entry.compress_type, entry.external_attr = method, 0o644 << 16
            archive.writestr(entry, content, compresslevel=LEVEL)
