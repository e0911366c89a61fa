"""What was filled into a form as a row of its table, and the row as statements."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rdflib import URIRef

from kg.errors import BrokenRow, Invalid
from kg.forms.known import Known
from kg.forms.model import Form
from kg.forms.statements import Stated, answer_survey, state_rows
from kg.shapes import Table
from kg.tables import Row, split_key
from kg.tables.reader import CONTROL, MAX_CELL
from kg.terms import is_reference, slug
from kg.wording import break_row, make_error

APART: Final = "\x1f"
WHOLE: Final = ("id", "source_url")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z0-9-]+)?")


@dataclass(frozen=True)
class Answers:
    """A form that was filled in: what it states, about which record, and the faults by the key of their field."""

    stated: Stated
    subject: URIRef
    identifier: str
    title: str
    faults: Mapping[str, tuple[BrokenRow, ...]]


def read_form(form: Form, pairs: Iterable[tuple[str, str]], known: Known) -> Answers:
    """Read the pairs of a form (application/x-www-form-urlencoded, in order); raises Invalid for a field that it has not.

    A field of a list stands once per value; `key.2` is the same field of a second part or in a second language, and `key@` the
    language of `key` (BCP 47, English without it). `id` is the record that was read before; without one it is made of the title.
    """
    values, languages = _gather(form, pairs)
    header = [*WHOLE, *(key for key in values if key not in WHOLE)]
    numbers = {key: number for number, key in enumerate(header, 1)}
    cells: dict[str, str] = {}
    faults: list[BrokenRow] = []
    for key, given in values.items():
        if any(CONTROL.search(each) for each in given):
            faults.append(break_row("control-characters", where=form.name, line=1, column=numbers[key]))
            continue
        tag = languages.get(key, "")
        if tag and not _LANGUAGE.fullmatch(tag):
            faults.append(break_row("no-language", tag, where=form.name, line=1, column=numbers[key]))
            continue
        cells[key] = APART.join(f"{each} @{tag}" if tag else each for each in given)
    title = cells.get(form.title, "").rpartition(" @")[0] if languages.get(form.title) else cells.get(form.title, "")
    cells["id"] = identifier = _identify(form, cells, title)
    stated = state_rows({form.table.name: _part_lists(form.table)}, [Row(form.table.name, form.name, 1, cells, numbers)], known, faults)
    if form.survey is not None:
        answer_survey(stated, form.survey)
    by_field: dict[str, tuple[BrokenRow, ...]] = {}
    for fault in stated.faults:
        key = header[fault.column - 1] if fault.column else ""
        by_field[key] = (*by_field.get(key, ()), fault)
    return Answers(stated, next(iter(stated.subjects)), identifier, title, by_field)


def _gather(form: Form, pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, str]]:
    fields = form.fields()
    values: dict[str, list[str]] = {}
    languages: dict[str, str] = {}
    for name, text in pairs:
        key, mark, rest = name.partition("@")
        if (key not in WHOLE and split_key(key)[0] not in fields) or rest:
            raise make_error(Invalid, "no-such-field", name[:80], form.name, ", ".join((*WHOLE, *fields)), where=name)
        if len(text) > MAX_CELL:
            raise make_error(Invalid, "field-too-long", name, f"{len(text):,}", f"{MAX_CELL:,}", where=name)
        written = text.replace("\r\n", "\n").strip()
        if mark:
            languages[key] = written
        elif written:
            values.setdefault(key, []).append(written)
    for key, given in values.items():
        field = fields.get(split_key(key)[0])
        if len(given) > 1 and (field is None or not field.column.list):
            raise make_error(Invalid, "field-often", key, str(len(given)), where=key)
    return values, languages


def _identify(form: Form, cells: Mapping[str, str], title: str) -> str:
    given = cells.get("id", "")
    if given:
        if not is_reference(given):
            raise make_error(Invalid, "form-no-id", given[:80], where="id")
        return given
    digest = hashlib.sha256("\n".join(f"{key}={cells[key]}" for key in sorted(cells)).encode()).hexdigest()[:6]
    return "-".join(part for part in (slug(title)[:60].strip("-"), digest) if part)


def _part_lists(table: Table) -> Table:
    """The table with lists parted by a sign that no answer holds, since a name may hold a semicolon."""
    return replace(table, columns={key: replace(column, separator=APART) for key, column in table.columns.items()})
