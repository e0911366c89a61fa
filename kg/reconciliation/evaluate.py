"""How well names that are written wrongly are matched: cities and organisations, by recipes that anyone can repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kg.index.builder import fold
from kg.reconciliation.matcher import Matcher, Question
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


def measure(matcher: Matcher) -> list[Quality]:
    """The quality for each recipe, and for the other names that our data hold of a thing (other languages and short forms)."""
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
    return [_count(matcher, recipe, cases) for recipe, cases in wrong.items()]


def _count(matcher: Matcher, recipe: str, cases: Iterable[tuple[str, str, str]]) -> Quality:
    asked = first = third = 0
    for text, identifier, record_type in cases:
        found = [each.id for each in matcher.find(Question(text, (record_type,), limit=3))]
        asked += 1
        first += found[:1] == [identifier]
        third += identifier in found
    return Quality(recipe, asked, first / max(asked, 1), third / max(asked, 1))
