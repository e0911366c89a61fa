"""A workbook or CSV file as rows, each with its place; nothing is evaluated, and every fault is named by sheet, row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import DEFUSEDXML, load_workbook

from kg.encodings import decode, is_text
from kg.errors import BrokenRow, UnreadableFile
from kg.shapes import Table
from kg.spreadsheets.archive import check_workbook
from kg.tables import Row, read_rows
from kg.tables.reader import CONTROL, MAX_CELL
from kg.wording import break_row, make_error

ASIDE: Final = ("example", "lists", "help")
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 300
DELIMITERS: Final = (",", ";", "\t")
ZIP: Final = b"PK"


@dataclass(frozen=True)
class Spreadsheet:
    """What a file holds: rows of tables, and what cannot be read."""

    rows: tuple[Row, ...]
    faults: tuple[BrokenRow, ...]


def read_spreadsheet(data: bytes, tables: Mapping[str, Table], name: str = "", table: str = "") -> Spreadsheet:
    """Read an .xlsx workbook or a CSV file in UTF-8 (RFC 4180; comma, semicolon or tab).

    A sheet has the name of its table, or `table` names it; `name` is the file's. Raises UnreadableFile or TooLarge when there is
    nothing to read; a fault in a cell is kept with its place. It needs no store and runs where a parser may fail.
    """
    faults: list[BrokenRow] = []
    sheets = _read_workbook(data, name or "workbook", tables, table, faults) if data.startswith(ZIP) or not is_text(data) \
        else _read_csv(data, name or "table", table, faults)
    rows: list[Row] = []
    for title, of, lines in sheets:
        if of not in tables:
            raise make_error(UnreadableFile, "no-such-table" if of else "no-table-named", of, ", ".join(tables), where=title)
        _, header = next(lines, (1, []))
        while header and not header[-1]:
            header.pop()
        width = len(header)
        rows += read_rows(header, ((line, _fit(cells, width)) for line, cells in lines), tables[of], title, faults.append)
    if not rows and not faults:
        raise make_error(UnreadableFile, "no-row", where=name or "table")
    return Spreadsheet(tuple(rows), tuple(faults))


Lines = Iterator[tuple[int, list[str]]]


def _read_workbook(data: bytes, name: str, tables: Mapping[str, Table], table: str,
                   faults: list[BrokenRow]) -> list[tuple[str, str, Lines]]:
    if not DEFUSEDXML:
        raise UnreadableFile("workbooks cannot be read safely here.", where=name, advice="Install defusedxml, or send CSV.")
    check_workbook(data, name)
    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheets = [sheet for sheet in workbook.worksheets if sheet.title not in ASIDE]
        held: list[tuple[str, str, Lines]] = []
        for sheet in sheets:
            of = sheet.title if sheet.title in tables or len(sheets) > 1 else table
            held.append((sheet.title, of, iter(list(_read_sheet(sheet, faults)))))
        return held
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        # openpyxl raises errors of all these kinds for parts that are missing or broken; XML errors are SyntaxErrors
        raise make_error(UnreadableFile, "workbook-broken", where=name) from error


def _read_sheet(sheet: Any, faults: list[BrokenRow]) -> Lines:
    sheet.reset_dimensions()
    for line, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        if line > MOST_ROWS + 1:
            faults.append(break_row("too-many-rows", str(MOST_ROWS), str(MOST_COLUMNS), where=sheet.title, line=line))
            return
        texts = []
        for column, cell in enumerate(cells, 1):
            text, wrong = _read_cell(cell)
            if wrong:
                faults.append(break_row(wrong, str(cell.value), where=sheet.title, line=line, column=column))
            texts.append(text)
        yield line, texts


def _read_cell(cell: Any) -> tuple[str, str]:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return "", ""
    if kind == "f":
        return "", "formula"
    if kind == "e":
        return "", "error-value"
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value)), ""
    text = str(value).replace("\r\n", "\n")
    if len(text) > MAX_CELL or CONTROL.search(text):
        return "", "control-characters"
    return text, ""


def _read_csv(data: bytes, name: str, table: str, faults: list[BrokenRow]) -> list[tuple[str, str, Lines]]:
    text = decode(data, name)
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    return [(name, table or name.rpartition("/")[2].removesuffix(".csv"), _read_lines(text, delimiter, name, faults))]


def _read_lines(text: str, delimiter: str, name: str, faults: list[BrokenRow]) -> Lines:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        for cells in reader:
            count += 1
            if count > MOST_ROWS + 1 or len(cells) > MOST_COLUMNS:
                faults.append(break_row("too-many-rows", str(MOST_ROWS), str(MOST_COLUMNS), where=name, line=reader.line_num))
                return
            for column, cell in enumerate(cells, 1):
                if CONTROL.search(cell):
                    faults.append(break_row("control-characters", where=name, line=reader.line_num, column=column))
            yield reader.line_num, [CONTROL.sub("", cell) for cell in cells]
    except csv.Error as error:
        faults.append(break_row("no-csv", str(error), where=name, line=reader.line_num))


def _fit(cells: list[str], width: int) -> list[str]:
    """A row as wide as the header where what is missing or over is empty; any other stays as it is, and is a fault."""
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    return cells + [""] * (width - len(cells))
