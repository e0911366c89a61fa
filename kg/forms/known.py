"""What a form may refer to: the published things and concepts, by id, by name, and by likeness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process
from rdflib import Literal, URIRef

from kg.forms.model import Field
from kg.queries import load_query
from kg.store import Store
from kg.tables.values import Registry
from kg.terms import AT, CPV, NUTS, VOC, slug, split_iri

QUERY: Final = Path(__file__).parent / "known.rq"
LIKENESS: Final = 88
AT_ONCE: Final = 500
"""The most names that are compared in one go: the table of their likeness is in memory."""


@dataclass(frozen=True)
class Option:
    """One answer of a list: what is sent for it, and what people read."""

    value: str
    label: str


@dataclass(frozen=True)
class Like:
    """A published thing with a name that is nearly the same, and how much, 0 to 100."""

    iri: str
    label: str
    likeness: int


class Known:
    """The names of everything published, at one data version."""

    def __init__(self, names: Iterable[tuple[URIRef, Literal, bool]]) -> None:
        self.registry = Registry()
        self._labels: dict[URIRef, dict[str, str]] = defaultdict(dict)
        self._of: dict[str, list[URIRef]] = defaultdict(list)
        self._alone: set[tuple[str, str]] = set()
        meant: dict[tuple[str, str], set[URIRef]] = defaultdict(set)
        for iri, label, main in sorted(names, key=lambda name: (name[0], not name[2], name[1].language or "", str(name[1]))):
            for reference in _references(iri):
                meant[reference, str(label).casefold()].add(iri)
                if iri not in self._labels:
                    self.registry.add_iri(iri, reference)
                    self._of[reference].append(iri)
            if main or not self._labels[iri]:
                self._labels[iri].setdefault(label.language or "", str(label))
        for (reference, text), things in meant.items():
            if len(things) == 1:
                self.registry.add_iri(next(iter(things)), reference, (text,))
                self._alone.add((reference, text))

    def label(self, iri: URIRef, languages: Sequence[str] = ("en",)) -> str:
        """The name of a thing: in the first of the languages that has one, else in English, else in any."""
        labels = self._labels[iri]
        return next((labels[each] for each in (*languages, "en", "") if each in labels), "") or min(labels.values(), default=str(iri))

    def things(self, reference: str) -> list[URIRef]:
        """The things of a type, or the concepts of a list such as `voc/theme`; "any" and "iri" are no type."""
        return self._of.get(reference, [])

    def options(self, field: Field, languages: Sequence[str] = ("en",)) -> list[Option]:
        """The answers of a list, by name; what is sent is the code."""
        things = [each for head in field.heads for each in self._of[_reference(head)]] if field.heads else self._of[field.column.reference]
        options = [Option(_code(each, field), self.label(each, languages)) for each in things]
        often = Counter(option.label for option in options)
        apart = (each if often[each.label] == 1 else Option(each.value, f"{each.label} ({each.value})") for each in options)
        return sorted(apart, key=lambda option: slug(option.label))

    def code(self, field: Field, iri: URIRef) -> str:
        """What is sent for a thing in answer to a field: its code, or the whole IRI where there is no list."""
        return _code(iri, field) if field.kind == "choice" and iri in self._labels else str(iri)

    def answers(self, field: Field, languages: Sequence[str] = ("en",)) -> list[str]:
        """What may be typed for a field: the names, and the code where a name is not enough to tell things apart."""
        return [option.label if (field.column.reference, option.label.casefold()) in self._alone
                and field.column.separator.strip() not in option.label else option.value for option in self.options(field, languages)]

    def find_like(self, record_type: str, name: str, limit: int = 3) -> list[Like]:
        """Published things of a type whose name is nearly this one: perhaps they are the same."""
        return next(self.find_all_like(record_type, (name,), limit))

    def find_all_like(self, record_type: str, names: Sequence[str], limit: int = 3) -> Iterator[list[Like]]:
        """The same for many names, in their order; the words of a name may stand in any order."""
        things = self.things(record_type)
        labels = [_order(self.label(each)) for each in things]
        for start in range(0, len(names), AT_ONCE):
            asked = [_order(name) for name in names[start:start + AT_ONCE]]
            scores = process.cdist(asked, labels, scorer=fuzz.ratio, score_cutoff=LIKENESS)
            for row in scores:
                best = sorted(row.nonzero()[0], key=lambda each, row=row: (-row[each], each))[:limit]  # type: ignore[misc]
                yield [Like(str(things[each]), self.label(things[each]), round(float(row[each]))) for each in best]


def load_known(store: Store) -> Known:
    """The names of everything in a store; they hold as long as its data version."""
    rows = store.select(load_query(QUERY).text)
    return Known((row["thing"], row["label"], str(row["kind"]) == "name") for row in rows
                 if isinstance(row["thing"], URIRef) and isinstance(row["label"], Literal))


def _order(name: str) -> str:
    return " ".join(sorted(name.casefold().split()))


def _references(iri: URIRef) -> tuple[str, ...]:
    record_type, _ = split_iri(str(iri))
    if record_type:
        return (record_type,)
    head = _reference(str(iri).rpartition("/")[0] + "/")
    return (head, "at") if head.startswith("at:") else (head,) if head else ()


def _reference(head: str) -> str:
    for space, prefix in ((VOC, "voc/"), (AT, "at:")):
        if head.startswith(str(space)):
            return prefix + head[len(space):-1]
    return {str(CPV): "cpv", str(NUTS): "nuts"}.get(head, "")


def _code(iri: URIRef, field: Field) -> str:
    text = str(iri)
    if field.column.reference == "at":
        return text[len(AT):]
    return text[max((len(head) for head in field.heads if text.startswith(head)), default=text.rfind("/") + 1):]
