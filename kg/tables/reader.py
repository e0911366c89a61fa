"""Rows of tables with their place: file, line or sheet, and column."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import BrokenRow, UnreadableFile
from kg.shapes import PROVENANCE_COLUMNS, Table
from kg.terms import is_reference
from kg.wording import break_row

MAX_CELL = 100_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBERED = re.compile(r"(\w+)\.([2-9]|[1-9]\d)")
Fault = Callable[[BrokenRow], None]


@dataclass(frozen=True)
class Place:
    """Where a statement was written: file or sheet, line, column from 1, and the key of the column."""

    where: str
    line: int
    column: int
    key: str


@dataclass(frozen=True)
class Row:
    """One record as it was written: the filled cells by column, where it stands, and the number of each column."""

    table: str
    where: str
    line: int
    cells: dict[str, str]
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The reference that the source gives the record."""
        return self.cells["id"]

    def place(self, key: str) -> Place:
        """Where the cell of a column stands."""
        return Place(self.where, self.line, self.numbers.get(key, 0), key)


def split_key(key: str) -> tuple[str, int]:
    """A column and which time it stands: `outcome_value.2` is the value of the second outcome (2 to 99)."""
    match = _NUMBERED.fullmatch(key)
    return (match[1], int(match[2])) if match else (key, 1)


def refuse(error: BrokenRow) -> None:
    """What is done with a fault where nobody collects them."""
    raise error


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


def read_rows(header: list[str], lines: Iterable[tuple[int, list[str]]], table: Table, where: str, fault: Fault = refuse) -> Iterator[Row]:
    """Rows from a header and numbered lines; an unknown column, a ragged row or a bad id is handed to `fault`, which raises it.

    Where it does not, a row with a bad id goes on as `row-` and its line.
    """
    known = [*PROVENANCE_COLUMNS, *table.columns]
    for number, key in enumerate(header, 1):
        if key in PROVENANCE_COLUMNS or split_key(key)[0] in table.columns:
            if header.index(key) + 1 < number:
                fault(break_row("column-twice", key, where=where, line=1, column=number))
        else:
            fault(break_row("column-not-known", key, table.name, ", ".join(known), where=where, line=1, column=number))
    if "id" not in header:
        fault(break_row("no-id-column", where=where, line=1))
        return
    numbers = {key: number for number, key in enumerate(header, 1)}
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(header):
            fault(break_row("ragged-row", str(len(cells)), str(len(header)), where=where, line=line))
            continue
        filled = {key: cell.strip() for key, cell in zip(header, cells, strict=True) if cell.strip()}
        identifier = filled.get("id", "")
        if not is_reference(identifier):
            fault(break_row("no-id", identifier, where=where, line=line, column=numbers["id"]))
        elif identifier in seen:
            fault(break_row("id-twice", identifier, str(seen[identifier]), where=where, line=line, column=numbers["id"]))
        if identifier in seen or not is_reference(identifier):
            identifier = filled["id"] = f"row-{line}"  # so that the other faults of the row are found
        seen[identifier] = line
        yield Row(table.name, where, line, filled, numbers)
