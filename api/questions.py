"""A form as a page shows it: every question with its rows, its list and the remarks on it; it works without script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kg.forms import Field, Form, Known, Part
from kg.forms.known import Option
from kg.remarks import Remark
from kg.tables import split_key

MOST_CHECKS: Final = 30


@dataclass(frozen=True)
class Entry:
    """One row of a question: the name that is sent, what stands in it, and its language where it has one."""

    name: str
    value: str
    language: str = ""


@dataclass(frozen=True)
class Question:
    """A question as it is shown: `shape` is select, checks, typed, long or text; `suggestions` names the list that is searched."""

    key: str
    label: str
    help: str
    example: str
    shape: str
    required: bool
    recommended: bool
    several: bool
    entries: tuple[Entry, ...]
    chosen: frozenset[str]
    options: tuple[Option, ...]
    suggestions: str
    input_mode: str
    remarks: tuple[Remark, ...]

    @property
    def anchor(self) -> str:
        """The id of its first input."""
        return self.key.replace(".", "-")

    @property
    def invalid(self) -> bool:
        """Whether something has to be corrected here."""
        return any(each.severity == "Violation" for each in self.remarks)


@dataclass(frozen=True)
class Section:
    """Questions of one part, the first, second and so on; of a whole group where `name` is empty."""

    name: str
    label: str
    help: str
    number: int
    last: bool
    questions: tuple[Question, ...]


class Asking:
    """A form with what was filled in so far; `add` is the question or part of which one more is wanted."""

    def __init__(self, form: Form, known: Known, pairs: Iterable[tuple[str, str]] = (), *, remarks: Sequence[Remark] = (), add: str = "",
                 language: str = "en") -> None:
        self.form, self.known, self.remarks, self.add, self.language = form, known, remarks, add, language
        self.values: dict[str, list[str]] = {}
        self.languages: dict[str, str] = {}
        for name, value in pairs:
            if name.endswith("@"):
                self.languages[name[:-1]] = value
            elif value.strip():
                self.values.setdefault(name, []).append(value)

    def groups(self) -> list[tuple[str, str, str, list[Section]]]:
        """Name, label, help and sections of each group, in order."""
        return [(group.name, group.words.label(self.language), group.words.help(self.language), list(self._sections(group.items)))
                for group in self.form.groups]

    def lists(self) -> dict[str, list[str]]:
        """What is searched while typing, each list once."""
        return {_name_list(field): self.known.answers(field, (self.language,))
                for field in self.form.fields().values() if self._shape(field) == "typed"}

    def elsewhere(self) -> list[Remark]:
        """Remarks that belong to no question of the form."""
        return [each for each in self.remarks if split_key(each.key)[0] not in self.form.fields() and each.key != "source_url"]

    def label(self, key: str) -> str:
        """The question of a key in words, empty where none has it."""
        field = self.form.fields().get(split_key(key)[0])
        return field.words.label(self.language) if field else ""

    def anchor(self, key: str) -> str:
        """Where a remark leads to."""
        return key.replace(".", "-") if key else "form"

    def _sections(self, items: Iterable[Field | Part]) -> Iterable[Section]:
        plain = [item for item in items if isinstance(item, Field)]
        if plain:
            yield Section("", "", "", 1, True, tuple(self._ask(field, 1) for field in plain))
        for part in (item for item in items if isinstance(item, Part)):
            keys = {field.key for field in part.fields}
            times = max((split_key(key)[1] for key in self.values if split_key(key)[0] in keys), default=1) + (self.add == part.name)
            for time in range(1, times + 1):
                yield Section(part.name, part.words.label(self.language), part.words.help(self.language), time, time == times,
                              tuple(self._ask(field, time) for field in part.fields))

    def _shape(self, field: Field) -> str:
        if field.kind != "choice":
            return "long" if field.kind == "long" else "text"
        if not field.column.list:
            return "select" if field.heads else "typed"
        return "checks" if field.heads and len(self.known.options(field)) <= MOST_CHECKS else "typed"

    def _ask(self, field: Field, time: int) -> Question:
        key, shape = f"{field.key}.{time}" if time > 1 else field.key, self._shape(field)
        options = tuple(self.known.options(field, (self.language,))) if field.kind == "choice" else ()
        given = self.values.get(key, [])
        entries = self._enter(field, key, [self._show(field, value, options) for value in given] if shape == "typed" else given)
        remarks = tuple(each for each in self.remarks if each.key == key or (not field.column.part and split_key(each.key)[0] == field.key))
        mode = {"date": "numeric", "number": "decimal", "address": "url"}.get(field.kind, "text")
        return Question(
            key, field.words.label(self.language), field.words.help(self.language), field.column.example, shape, field.column.required,
            field.recommended, shape in ("typed", "text") and field.column.list or self._speaks(field), entries, frozenset(given),
            options if shape in ("select", "checks") else (),
            _name_list(field) if shape == "typed" else "", mode, remarks)

    def _enter(self, field: Field, key: str, given: list[str]) -> tuple[Entry, ...]:
        more = self.add == key
        if not self._speaks(field):
            return tuple(Entry(key, value) for value in [*(given or [""]), *([""] if more and given else [])])
        entries = [Entry(key, given[0] if given else "", self.languages.get(key, "en" if given else self.language))]
        others = sorted((split_key(name)[1], name) for name in self.values if name != key and split_key(name)[0] == field.key)
        entries += [Entry(name, self.values[name][0], self.languages.get(name, "en")) for _, name in others]
        if more:
            entries.append(Entry(f"{key}.{max((number for number, _ in others), default=1) + 1}", "", ""))
        return tuple(entries)

    def _speaks(self, field: Field) -> bool:
        """Whether the question can be answered in several languages, each in a row of its own."""
        return field.kind in ("text", "long") and not field.column.part and not field.column.list

    def _show(self, field: Field, value: str, options: tuple[Option, ...]) -> str:
        codes = {option.value: answer for option, answer in zip(options, self.known.answers(field, (self.language,)), strict=True)}
        return codes.get(value, value)


def _name_list(field: Field) -> str:
    return field.column.reference.replace(":", "-").replace("/", "-")
