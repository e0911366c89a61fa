"""How well names written wrongly or in another language are matched: cities and organisations, by recipes that anyone can repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import SKOS

from kg.index.builder import fold
from kg.publication.serialisations import read_literal
from kg.reconciliation.matcher import Matcher, Question
from kg.store.local import parse_quads
from kg.terms import BASE

TYPES: Final = ("city", "organisation")
RECIPES: Final[dict[str, Callable[[str], str]]] = {
    "swapped": lambda name: name[:len(name) // 2] + name[len(name) // 2 + 1] + name[len(name) // 2] + name[len(name) // 2 + 2:],
    "dropped": lambda name: name[:len(name) // 2] + name[len(name) // 2 + 1:],
    "doubled": lambda name: name[:len(name) // 2] + name[len(name) // 2] + name[len(name) // 2:],
    "without accents": fold,
}
"""What is done to a name of at least six letters, at its middle."""


@dataclass(frozen=True)
class Quality:
    """Of so many names, the share whose thing came first, and among the first three."""

    recipe: str
    names: int
    first: float
    third: float


def read_official_names(table: Path) -> dict[str, frozenset[str]]:
    """The names of each place in the other languages, by its English one, as the place table of the EU Vocabularies (RDF/XML) states them.

    Places that share an English name are left out. Raises Invalid when the table does not parse.
    """
    labels: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, value, _ in parse_quads(table.read_bytes(), "application/rdf+xml", "file:///places"):
        if predicate == f"<{SKOS.prefLabel}>":
            text, language, _ = read_literal(value)
            labels[subject][language].add(text)
    found: dict[str, list[frozenset[str]]] = defaultdict(list)
    for names in labels.values():
        for english in names.pop("en", ()):
            found[english].append(frozenset(text for texts in names.values() for text in texts if text != english))
    return {english: several[0] for english, several in found.items() if len(several) == 1}


def measure(matcher: Matcher, official: Mapping[str, frozenset[str]] | None = None) -> list[Quality]:
    """The quality for each recipe, for the other names that our data hold of a thing, and for the official names of cities.

    `official` holds names in other languages by the English name of a city; they come from outside, so most are not in our data.
    """
    main: dict[str, tuple[str, str]] = {}
    others: list[tuple[str, str, str]] = []
    labels: dict[str, set[str]] = defaultdict(set)
    for iri, text in matcher.index.names():
        identifier = iri.removeprefix(BASE)
        record_type = identifier.removeprefix("id/").partition("/")[0]
        if record_type in TYPES:
            labels[text].add(identifier)
            name = matcher.index.label(iri)[0]
            main[identifier] = (name, record_type)
            if text != name:
                others.append((text, identifier, record_type))
    wrong = {recipe: [(write(name), identifier, kind) for identifier, (name, kind) in sorted(main.items()) if len(name) >= 6]
             for recipe, write in RECIPES.items()}
    wrong["other names"] = [each for each in others if len(labels[each[0]]) == 1]
    if official:
        wrong["translated"] = [(text, identifier, kind) for identifier, (name, kind) in sorted(main.items()) if kind == "city"
                               for text in sorted(official.get(name, ()))]
    return [_count(matcher, recipe, cases) for recipe, cases in wrong.items()]


def _count(matcher: Matcher, recipe: str, cases: Iterable[tuple[str, str, str]]) -> Quality:
    asked = first = third = 0
    for text, identifier, record_type in cases:
        found = [each.id for each in matcher.find(Question(text, (record_type,), limit=3))]
        asked += 1
        first += found[:1] == [identifier]
        third += identifier in found
    return Quality(recipe, asked, first / max(asked, 1), third / max(asked, 1))
