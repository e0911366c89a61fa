"""Rows of tables with their place: file, line or sheet, and column."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BrokenRow, UnreadableFile
from kg.shapes import PROVENANCE_COLUMNS, Table
from kg.terms import is_reference

MAX_CELL = 100_000


@dataclass(frozen=True)
class Row:
    """One record as it was written: the filled cells by column, and where it stands."""

    table: str
    where: str
    line: int
    cells: dict[str, str]

    @property
    def id(self) -> str:
        """The reference that the source gives the record."""
        return self.cells["id"]


def read_csv(path: Path, table: Table) -> Iterator[Row]:
    """Rows of a CSV file (RFC 4180, UTF-8); raises UnreadableFile or BrokenRow with file, row and column."""
    csv.field_size_limit(MAX_CELL)
    where = "/".join(path.parts[-2:])
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            yield from read_rows(header, ((reader.line_num, cells) for cells in reader), table, where)
        except csv.Error as error:
            raise UnreadableFile(f"this is no CSV: {error}.", where=where, line=reader.line_num,
                                 advice="Save the table as CSV (comma, double quotes) in UTF-8.") from error
        except UnicodeDecodeError as error:
            raise UnreadableFile("this is not UTF-8.", where=where, advice="Save the table as CSV in UTF-8.") from error


def read_rows(header: list[str], lines: Iterable[tuple[int, list[str]]], table: Table, where: str) -> Iterator[Row]:
    """Rows from a header and numbered lines; raises BrokenRow for an unknown column, a ragged row or a bad id."""
    known = [*PROVENANCE_COLUMNS, *table.columns]
    for number, key in enumerate(header, 1):
        if key not in known:
            raise BrokenRow(f"the column {key!r} is not known in the table {table.name}.", where=where, line=1, column=number,
                            advice=f"Known columns are {', '.join(known)}.")
        if header.count(key) > 1:
            raise BrokenRow(f"the column {key!r} stands twice.", where=where, line=1, column=number, advice="Keep one.")
    if "id" not in header:
        raise BrokenRow("there is no column 'id'.", where=where, line=1, advice="Give each row a short id of its own.")
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise BrokenRow(f"the row has {len(cells)} cells, the header {len(header)}.", where=where, line=line,
                            advice="Put quotes around cells that hold a comma.")
        filled = {key: cell.strip() for key, cell in zip(header, cells, strict=True) if cell.strip()}
        identifier = filled.get("id", "")
        if not is_reference(identifier):
            raise BrokenRow(f"{identifier!r} is no id.", where=where, line=line, column=header.index("id") + 1,
                            advice="Use lower-case letters, digits and dashes, such as 'school-meals-turin'.")
        if identifier in seen:
            raise BrokenRow(f"the id {identifier!r} stands already in line {seen[identifier]}.", where=where, line=line,
                            column=header.index("id") + 1, advice="Give each row an id of its own.")
        seen[identifier] = line
        yield Row(table.name, where, line, filled)
