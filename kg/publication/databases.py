"""The tables of `kg.publication.tables` as one SQLite file and as Parquet, with numbers as numbers and lists as lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final

from kg.errors import NotFound
from kg.publication.tables import Field, Sheet

TYPES: Final = {"text": "TEXT", "integer": "INTEGER", "number": "REAL"}


def write_sqlite(sheets: Iterable[Sheet], path: Path) -> None:
    """One table per sheet; a field with several values is a table `{sheet}_{field}` of iri and value. Equal sheets give equal bytes."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA page_size = 4096", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN"):
        connection.execute(statement)
    for sheet in sheets:
        single = [number for number, field in enumerate(sheet.fields) if not field.many]
        key = "" if sheet.name == "labels" else " PRIMARY KEY"
        _fill(connection, sheet.name, f"iri TEXT NOT NULL{key}", [sheet.fields[number] for number in single],
              ((iri, *(_convert(sheet.fields[number], values[number]) for number in single)) for iri, values in sheet.rows))
        for number, field in enumerate(sheet.fields):
            if field.many:
                name = f"{sheet.name}_{field.name}"
                _fill(connection, name, "iri TEXT NOT NULL", [Field("value", False, type=field.type)],
                      ((iri, _convert(field, [value])) for iri, values in sheet.rows for value in values[number]))
                connection.execute(f"CREATE INDEX {_quote(f'{name}_iri')} ON {_quote(name)} (iri)")
    connection.execute("COMMIT")
    connection.close()


def has_parquet() -> bool:
    """Whether Parquet can be written: the extra `analysts` is installed."""
    return find_spec("pyarrow") is not None


def write_parquet(sheet: Sheet) -> bytes:
    """A sheet as Parquet; raises NotFound without the extra `analysts`."""
    if not has_parquet():
        raise NotFound("Parquet cannot be written.", where="pyarrow", advice="Install urban-agenda-kg[analysts].")
    import pyarrow
    from pyarrow import parquet

    kinds = {"text": pyarrow.string(), "integer": pyarrow.int64(), "number": pyarrow.float64()}
    columns = {"iri": pyarrow.array([iri for iri, _ in sheet.rows], pyarrow.string())}
    for number, field in enumerate(sheet.fields):
        kind = kinds[field.type]
        cells = [values[number] for _, values in sheet.rows]
        columns[field.name] = (pyarrow.array([[_convert(field, [value]) for value in cell] for cell in cells], pyarrow.list_(kind))
                               if field.many else pyarrow.array([_convert(field, cell) for cell in cells], kind))
    file = BytesIO()
    parquet.write_table(pyarrow.table(columns), file, compression="zstd")
    return file.getvalue()


def _fill(connection: sqlite3.Connection, name: str, key: str, fields: list[Field], rows: Iterable[tuple[object, ...]]) -> None:
    columns = "".join(f", {_quote(field.name)} {TYPES[field.type]}" for field in fields)
    connection.execute(f"CREATE TABLE {_quote(name)} ({key}{columns})")
    connection.executemany(f"INSERT INTO {_quote(name)} VALUES ({', '.join('?' * (len(fields) + 1))})", rows)


def _convert(field: Field, values: list[str]) -> str | int | float | None:
    if not values:
        return None
    return int(values[0]) if field.type == "integer" else float(values[0]) if field.type == "number" else values[0]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
