"""The template that partners fill in: one sheet of rows, lists to choose from, help for every column, and an example."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kg.forms import Field, Form, Known
from kg.spreadsheets.reading import ASIDE
from kg.wording import say

TIMES: Final = 2
ROWS: Final = 500
SEPARATOR: Final = ";"
REQUIRED, ADVISED = PatternFill("solid", start_color="FFCC00"), PatternFill("solid", start_color="DCE6FB")
NOTES: Final = ("colours", "several", "languages", "parts", "persons")
"""What the sheet of help says besides its columns, by the keys of `wording.csv`."""


def list_columns(form: Form) -> Iterator[tuple[str, Field | None]]:
    """The columns of a template in order: id, every question, those of a part as often as the template has room, the source."""
    yield "id", None
    for field in form.fields().values():
        if not field.column.part:
            yield field.key, field
    for time in range(1, TIMES + 1):
        for field in form.fields().values():
            if field.column.part:
                yield f"{field.key}.{time}" if time > 1 else field.key, field
    yield "source_url", None


def write_csv_template(form: Form, rows: Iterable[Mapping[str, str]] = ()) -> bytes:
    """The template as CSV: the header and given rows; UTF-8 with a byte order mark, by which spreadsheets know it."""
    keys = [key for key, _ in list_columns(form)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, keys, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def write_template(form: Form, known: Known, languages: Sequence[str] = ("en",), rows: Iterable[Mapping[str, str]] = ()) -> bytes:
    """The template as .xlsx, with given rows; a list is offered, not imposed, since a new thing may be named in another row."""
    workbook = Workbook()
    sheets: list[Any] = [workbook.active, *(workbook.create_sheet(name) for name in ASIDE)]
    sheet, example, lists, words = sheets
    sheet.title = form.table.name
    columns = list(list_columns(form))
    offered: dict[str, str] = {}
    for number, (key, field) in enumerate(columns, 1):
        for each in (sheet, example):
            head = each.cell(1, number)
            _write(head, key)
            head.font = Font(bold=True)
            if field is None and key == "id" or field is not None and field.column.required:
                head.fill = REQUIRED
            elif field is not None and field.recommended:
                head.fill = ADVISED
            each.column_dimensions[get_column_letter(number)].width = 24
        _write(example.cell(2, number), _exemplify(form, key, field, known, languages))
        sheet.add_data_validation(_offer(key, field, number, _list(field, lists, offered, known, languages), languages))
    for line, row in enumerate(rows, 2):
        for number, (key, _) in enumerate(columns, 1):
            _write(sheet.cell(line, number), row.get(key, ""))
    for each in (sheet, example):
        each.freeze_panes = "B2"
    _write_help(words, form, columns, languages[0] if languages else "en")
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _list(field: Field | None, lists: Any, offered: dict[str, str], known: Known, languages: Sequence[str]) -> str:
    """The range of the sheet of lists that answers a question; each list is written once."""
    if field is None or field.kind != "choice":
        return ""
    reference = field.column.reference
    if reference not in offered:
        options = known.answers(field, languages)
        if not options:
            return ""
        column = len(offered) + 1
        for line, text in enumerate([reference, *options], 1):
            _write(lists.cell(line, column), text)
        letter = get_column_letter(column)
        lists.column_dimensions[letter].width = 32
        offered[reference] = f"lists!${letter}$2:${letter}${len(options) + 1}"
    return offered[reference]


def _offer(key: str, field: Field | None, number: int, formula: str, languages: Sequence[str]) -> DataValidation:
    letter = get_column_letter(number)
    made = DataValidation(type="list" if formula else None, formula1=formula or None, allow_blank=True, showErrorMessage=False,
                          showInputMessage=True, sqref=f"{letter}2:{letter}{ROWS + 1}")
    made.promptTitle, made.prompt = _label(key, field, languages[0])[:32], _explain(key, field, languages[0])[:255]
    return made


def _write_help(sheet: Any, form: Form, columns: Sequence[tuple[str, Field | None]], language: str) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width, sheet.column_dimensions["C"].width = 28, 28, 90
    values = {"several": SEPARATOR, "parts": f"outcome_value.{TIMES + 1}"}
    lines = [("", form.words.label(language), form.words.help(language)),
             *(("", say(f"template_{note}", language), say(f"template_{note}_help", language, values.get(note, ""))) for note in NOTES),
             *((key, _label(key, field, language), _explain(key, field, language)) for key, field in columns if "." not in key)]
    for number, line in enumerate(lines, 1):
        for column, text in enumerate(line, 1):
            cell = sheet.cell(number, column)
            _write(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=column < 3)


def _label(key: str, field: Field | None, language: str) -> str:
    return field.words.label(language) if field else say(f"template_{key}", language)


def _explain(key: str, field: Field | None, language: str) -> str:
    if field is None:
        return say(f"template_{key}_help", language)
    parts = [field.words.help(language), say("template_required", language) if field.column.required else "",
             say("template_list", language, field.column.separator.strip()) if field.column.list else ""]
    return " ".join(part for part in parts if part)


def _exemplify(form: Form, key: str, field: Field | None, known: Known, languages: Sequence[str]) -> str:
    if field is None:
        return {"id": f"my-{form.name}", "source_url": "https://example.org/page"}[key]
    if "." in key:
        return ""
    if field.kind == "choice":
        return field.column.separator.join(known.answers(field, languages)[:2 if field.column.list else 1])
    return field.column.example


def _write(cell: Any, text: str) -> None:
    """Text as text, even where it begins like a formula."""
    cell.value = text or None
    if text:
        cell.data_type = "s"
