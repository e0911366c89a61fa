"""Terms of a plan: what a code, a name or a text means in the lists, and what is near to a term that is in none of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process

from kg.index import Index
from kg.index.builder import fold
from kg.queries import load_query
from kg.reconciliation import Matcher, Question
from kg.store import Store
from kg.store.kept import Kept, keep_while_it_lives
from kg.synergies.recognition import COMMON, read_keywords, stem
from kg.terms import AT, BASE, VOC

SCHEMES: Final = {"theme": "theme", "instrument": "instrument", "input": "input", "have": "input", "process": "process",
                  "outcome": "outcome"}
"""The list in which the terms of a field are looked up; those of the field country are countries."""
COUNTRIES: Final = str(AT["country/"])
READ: Final = ("process", "outcome")
"""Lists of which a text is read for names of two words or more; one word of them, such as recognition, has other meanings too."""
MOST_NEAR: Final = 5
LIKE: Final = 75.0
"""Likeness (0 to 100) from which a name is near to a term."""
ALIKE, LONG = 80.0, 6
"""Likeness (0 to 100) from which a word of so many letters is another that is mistyped."""
DESCRIBED: Final = 0.5
"""Share of the words of a term that a description holds which is near to it."""
SEARCHED, OFTEN = 30, 0.1
"""Of so many things that a search finds, the share that has a value which is near to what was searched."""


@keep_while_it_lives
def list_terms(index: Index, field: str) -> tuple[tuple[str, str], ...]:
    """The codes and labels that a field takes, by label."""
    head = COUNTRIES if field == "country" else f"{VOC}{SCHEMES[field]}/"
    return tuple(sorted(((iri[len(head):], index.label(iri)[0]) for iri in _read_names(index).values_under(head)),
                        key=lambda each: each[1].casefold()))


def resolve(index: Index, field: str, term: str) -> str:
    """The IRI of what a code, an IRI or a name in any language means in a field, "" when that is unknown.

    A name that another list has for the same code counts: a market dialogue is a market consultation as step and as instrument.
    """
    names, spelt = _read_names(index), _spell(term)
    if field == "country":
        code = term.rsplit("/", 1)[-1].upper()
        return COUNTRIES + code if COUNTRIES + code in names.iris else next(names.find(spelt, COUNTRIES), "")
    head = f"{VOC}{SCHEMES[field]}/"
    code = term.removeprefix(BASE).removeprefix(f"voc/{SCHEMES[field]}/").casefold()
    if head + code in names.iris:
        return head + code
    twins = (head + iri.rsplit("/", 1)[-1] for iri in names.find(spelt, str(VOC)))
    found = next(names.find(spelt, head), "") or next((iri for iri in twins if iri in names.iris), "")
    if not found:
        near = Matcher(index).find(Question(term, (SCHEMES[field],)))
        found = BASE + near[0].id if near and near[0].match else ""
    return found


def find_near(store: Store, index: Index, field: str, term: str) -> tuple[tuple[str, str], ...]:
    """Codes and labels near to a term: alike in code or name, of things that speak of it, described by its words."""
    words = " ".join(word for word in _spell(term).split() if word not in COMMON)
    if field == "country":
        names = {_spell(text): iri for iri, text in _call_countries(index)}
        found = [names[text] for text, _, _ in process.extract(_spell(term), list(names), scorer=fuzz.ratio, score_cutoff=LIKE)]
    else:
        known = [code for code, _ in list_terms(index, field)]
        codes = process.extract(words.replace(" ", "-"), known, scorer=fuzz.ratio, score_cutoff=LIKE)
        found = [f"{VOC}{SCHEMES[field]}/{code}" for code, _, _ in codes]
        found += [BASE + each.id for each in Matcher(index).find(Question(words, (SCHEMES[field],))) if each.score >= LIKE]
        found += [*_find_in_use(index, SCHEMES[field], words), *_find_described(store, SCHEMES[field], words)]
    return tuple((iri.rsplit("/", 1)[-1], index.label(iri)[0]) for iri in list(dict.fromkeys(found))[:MOST_NEAR])


def read_text(index: Index, text: str) -> list[tuple[str, str]]:
    """Steps, outcomes and countries that a text names, as field and IRI in the order of the text; of names within names the longest."""
    phrases = _read_phrases(index)
    longest = max((phrase.count(" ") + 1 for phrase in phrases), default=1)
    words = _stem(text).split()
    found: dict[tuple[str, str], None] = {}
    start = 0
    while start < len(words):
        for end in range(min(start + longest, len(words)), start, -1):
            if (named := phrases.get(" ".join(words[start:end]))) is not None:
                found[named] = None
                start = end - 1
                break
        start += 1
    return list(found)


def _find_described(store: Store, scheme: str, words: str) -> list[str]:
    asked = read_keywords(words)
    if not asked:
        return []
    shares = {iri: sum(_is_among(word, known) for word in asked) / len(asked) for iri, known in CONCEPTS.load(store).items()
              if iri.startswith(f"{VOC}{scheme}/")}
    return sorted((iri for iri, share in shares.items() if share >= DESCRIBED), key=lambda iri: (-shares[iri], iri))


def _is_among(word: str, words: set[str]) -> bool:
    return word in words or len(word) >= LONG and any(fuzz.ratio(word, other, score_cutoff=ALIKE) for other in words)


def _find_in_use(index: Index, facet: str, words: str) -> list[str]:
    hits = [hit.thing.iri for hit in index.search(words, SEARCHED) if not hit.why.startswith("nearly")]
    seen = Counter(value for iri in hits for name, value in index.facets(iri) if name == facet)
    return [value for value, count in sorted(seen.items(), key=lambda each: (-each[1], each[0])) if count > max(1.0, OFTEN * len(hits))]


def _spell(text: str) -> str:
    """A name in small Latin letters and digits, without an article before it."""
    words = " ".join("".join(letter if letter.isalnum() else " " for letter in fold(text)).split())
    return re.sub("^(an?|the) ", "", words)


def _stem(text: str) -> str:
    return " ".join(map(stem, _spell(text).split()))


class _Names:
    """The names of concepts and countries of one read model, by spelling."""

    def __init__(self, names: list[tuple[str, str]]) -> None:
        self._by_spelling: dict[str, list[str]] = defaultdict(list)
        self.iris: dict[str, None] = {}
        for iri, text in names:
            if iri.startswith((COUNTRIES, str(VOC))):
                self.iris[iri] = None
                self._by_spelling[_spell(text)].append(iri)

    def find(self, spelt: str, head: str) -> Iterator[str]:
        """What is spelt so, among the IRIs that begin so."""
        return (iri for iri in self._by_spelling.get(spelt, ()) if iri.startswith(head))

    def values_under(self, head: str) -> Iterator[str]:
        """The IRIs that begin so."""
        return (iri for iri in self.iris if iri.startswith(head))


def _read_names(index: Index) -> _Names:
    return _read_all_names(index.origin)


@keep_while_it_lives
def _read_all_names(index: Index) -> _Names:
    return _Names(index.names())


@keep_while_it_lives
def _read_phrases(index: Index) -> dict[str, tuple[str, str]]:
    """Fields and IRIs by phrase."""
    found: dict[str, tuple[str, str]] = {}
    for iri, text in index.names():
        for field in READ:
            if iri.startswith(f"{VOC}{field}/") and " " in _stem(text):
                found.setdefault(_stem(text), (field, iri))
    return found | {_stem(text): ("country", iri) for iri, text in _call_countries(index)}


def _call_countries(index: Index) -> list[tuple[str, str]]:
    """The countries and their names in English and the language of the view: in no other is Island one."""
    return [(iri, index.label(iri, (language,))[0]) for iri in _read_names(index).values_under(COUNTRIES)
            for language in dict.fromkeys(("en", index.language))]


def _read_concepts(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in store.select(load_query(Path(__file__).parent / "concepts.rq").text):
        found[str(row["concept"])] |= read_keywords(str(row["text"]))
    return found


CONCEPTS: Final = Kept(_read_concepts)
"""The words by which each concept is called and described, by IRI."""
