"""Spreadsheets: the template is what the reader takes, faults name sheet, row and column, hostile workbooks are refused."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook

from kg.build import Built
from kg.errors import KgError, TooLarge, UnreadableFile
from kg.forms import Known, load_forms, load_known, state_rows
from kg.forms.statements import Triple
from kg.resources import data
from kg.shapes import load_tables
from kg.spreadsheets import read_spreadsheet, write_csv_template, write_template
from kg.spreadsheets.templates import list_columns
from kg.store.local import LocalStore
from kg.terms import DCT
from kg.wording import LANGUAGES

FORMS, TABLES = load_forms(), load_tables()
PRACTICE = FORMS["practice"]


@pytest.fixture(scope="module")
def known(store: LocalStore) -> Known:
    return load_known(store)


@pytest.fixture(scope="module")
def published(store: LocalStore, built: Built) -> set[Triple]:
    return {triple for name in store.names() if "/graph/procurement/" in name for triple in store.graph(name)}


def save(workbook: Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def fill(*rows: tuple[object, ...], title: str = "practices") -> bytes:
    workbook = Workbook()
    workbook.active.title = title
    for row in rows:
        workbook.active.append(row)
    return save(workbook)


def real_row() -> dict[str, str]:
    with (data() / "procurement" / "practices.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["outcome_value"] and row["initiatives"])
    kept = {key for key, _ in list_columns(PRACTICE)}
    return {key: cell for key, cell in row.items() if key in kept}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_template_filled_with_a_real_practice_states_what_the_table_states(known: Known, published: set[Triple], form: str) -> None:
    row = real_row()
    content = write_template(PRACTICE, known, rows=[row]) if form == "xlsx" else write_csv_template(PRACTICE, [row])
    read = read_spreadsheet(content, TABLES, table="practices")
    stated = state_rows(TABLES, read.rows, known, read.faults)
    assert not stated.faults and len(stated.subjects) == 1
    assert {triple for triple in stated.graph if triple[1] != DCT.source} <= published
    assert {place.key for place in stated.places.values()} == {key for key, cell in row.items() if cell}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_help_of_a_template_is_in_the_language_that_was_asked_for(known: Known, language: str) -> None:
    english, other = ([[cell.value for cell in row] for row in load_workbook(io.BytesIO(write_template(PRACTICE, known, (each,))))["help"]]
                      for each in ("en", language))
    assert len(english) == len(other) and not [mine for mine, theirs in zip(english, other, strict=True) if mine[2] == theirs[2]]


@pytest.mark.parametrize("name", FORMS)
def test_a_template_has_lists_help_and_an_example_that_can_be_read(known: Known, name: str) -> None:
    workbook = load_workbook(io.BytesIO(write_template(FORMS[name], known)))
    assert workbook.sheetnames == [FORMS[name].table.name, "example", "lists", "help"]
    sheet = workbook[FORMS[name].table.name]
    header = [cell.value for cell in sheet[1]]
    assert header == [key for key, _ in list_columns(FORMS[name])] and sheet.max_row == 1
    choices = [each for each in sheet.data_validations.dataValidation if each.type == "list"]
    assert len(choices) == sum(field is not None and field.kind == "choice" and bool(known.options(field)) for _, field in list_columns(FORMS[name]))
    explained = {row[0].value for row in workbook["help"].iter_rows()}
    assert {key for key in header if "." not in key} <= explained
    rows = [["" if cell is None else str(cell) for cell in row] for row in workbook["example"].iter_rows(values_only=True)]
    read = read_spreadsheet(fill(*map(tuple, rows), title=FORMS[name].table.name), TABLES)
    stated = state_rows(TABLES, read.rows, known, read.faults)
    assert not stated.faults, [str(fault) for fault in stated.faults]


def test_the_empty_template_says_that_it_is_empty(known: Known) -> None:
    with pytest.raises(UnreadableFile, match="no row"):
        read_spreadsheet(write_template(PRACTICE, known), TABLES)


def test_each_fault_has_sheet_row_and_column(known: Known) -> None:
    content = fill(("id", "name", "city", "nonsense", "year"), ("a", "A", "haarlm", "x", "2021"), ("b", "=1+1", "haarlem", "", datetime(2021, 5, 31)),
                   ("Not an id", "C", "haarlm", None, None), ("d", "D", "haarlem", None, "May 2021"), ("a", "A again", None, None, None))
    read = read_spreadsheet(content, TABLES)
    faults = state_rows(TABLES, read.rows, known, read.faults).faults
    assert {(fault.where, fault.line, fault.column) for fault in faults} == {
        ("practices", 1, 4), ("practices", 2, 3), ("practices", 3, 2), ("practices", 4, 1), ("practices", 4, 3), ("practices", 5, 5), ("practices", 6, 1)}
    assert all(fault.advice for fault in faults)


def test_every_statement_knows_its_cell(known: Known) -> None:
    read = read_spreadsheet(fill(("id", "name", "year"), ("a", "A", 2021.0)), TABLES)
    stated = state_rows(TABLES, read.rows, known, read.faults)
    assert set(stated.places) == set(stated.graph)
    places = {(place.where, place.line, place.column, place.key) for place in stated.places.values()}
    assert places == {("practices", 2, 1, "id"), ("practices", 2, 2, "name"), ("practices", 2, 3, "year")}


def test_rows_of_two_sheets_may_name_each_other(known: Known) -> None:
    workbook = Workbook()
    workbook.active.title = "practices"
    for row in (("id", "name", "contracting_authorities"), ("p", "P", "City of Nowhere Yet")):
        workbook.active.append(row)
    sheet = workbook.create_sheet("public-organisations")
    for row in (("id", "name"), ("nowhere-yet", "City of Nowhere Yet")):
        sheet.append(row)
    read = read_spreadsheet(save(workbook), TABLES)
    assert not state_rows(TABLES, read.rows, known, read.faults).faults


@pytest.mark.parametrize(("encoding", "name"), [("latin-1", "Latin-1"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16")])
def test_csv_in_another_encoding_is_called_by_its_name(encoding: str, name: str) -> None:
    with pytest.raises(UnreadableFile, match=name) as caught:
        read_spreadsheet("id;name\r\nzz;Café\r\n".encode(encoding), TABLES, "practices.csv")
    assert "UTF-8" in caught.value.advice


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_country_is_read(known: Known, delimiter: str) -> None:
    content = delimiter.join(("id", "name")) + "\r\n" + delimiter.join(("a", "Repas @fr")) + "\r\n"
    read = read_spreadsheet(content.encode("utf-8-sig"), TABLES, "practices.csv")
    assert [row.cells for row in read.rows] == [{"id": "a", "name": "Repas @fr"}] and not read.faults


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 2**20))
    return stream.getvalue()


def change(content: bytes, name: str, text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, text)
    return stream.getvalue()


GOOD = fill(("id", "name"), ("a", "A"))
LAUGHS = ('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
          '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>')
HOSTILE: dict[str, tuple[Callable[[], bytes], type[KgError]]] = {
    "zip bomb": (bomb, TooLarge),
    "macros by part": (lambda: change(GOOD, "xl/vbaProject.bin", "x"), UnreadableFile),
    "macros by type": (lambda: change(GOOD, "[Content_Types].xml", "<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"), UnreadableFile),
    "entities": (lambda: change(GOOD, "xl/worksheets/sheet1.xml", LAUGHS), UnreadableFile),
    "broken XML": (lambda: change(GOOD, "xl/worksheets/sheet1.xml", "<worksheet>"), UnreadableFile),
    "no workbook part": (lambda: change(GOOD, "xl/workbook.xml", ""), UnreadableFile),
    "other zip": (lambda: change(GOOD, "[Content_Types].xml", ""), UnreadableFile),
    "cut off": (lambda: GOOD[:len(GOOD) // 2], UnreadableFile),
    "old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, UnreadableFile),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), UnreadableFile),
    "nothing": (lambda: b"", UnreadableFile),
    "unknown sheet": (lambda: fill(("id", "name"), ("a", "A"), title="Tabelle1"), UnreadableFile),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_good_workbook_is_refused_in_words(name: str) -> None:
    make, kind = HOSTILE[name]
    with pytest.raises(kind) as caught:
        read_spreadsheet(make(), TABLES)
    assert caught.value.advice


def test_a_far_row_and_too_many_rows_are_named_not_cut() -> None:
    workbook = Workbook()
    workbook.active.title = "practices"
    workbook.active.append(("id", "name"))
    workbook.active["A1048576"] = "far"
    assert any("more than" in fault.what for fault in read_spreadsheet(save(workbook), TABLES).faults)
    many = "id,name\n" + "".join(f"a{number},A\n" for number in range(10_001))
    assert any("more than" in fault.what for fault in read_spreadsheet(many.encode(), TABLES, "practices.csv").faults)


def test_text_that_looks_like_a_formula_is_written_as_text(known: Known) -> None:
    workbook = load_workbook(io.BytesIO(write_template(PRACTICE, known, rows=[{"id": "a", "name": "=HYPERLINK(1)"}])))
    assert workbook["practices"]["B2"].data_type == "s"
