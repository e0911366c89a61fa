"""Saying: the sentence of a reason in a language, from the template of its rule and the names of what it is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rdflib import URIRef

from kg.rules import Rule
from kg.store import Term
from kg.synergies.about import About
from kg.synergies.ranking import Share
from kg.synergies.statements import Statements
from kg.terms import slug
from kg.wording import say

COUNTRY: Final = "/authority/country/"
ARTICLED: Final = frozenset({"Netherlands", "Philippines", "United Kingdom", "United States"})
"""Countries that a sentence names with the article in English."""

SEMICOLONS: Final = {"fr": "\N{NARROW NO-BREAK SPACE}; "}


@dataclass(frozen=True)
class Speech:
    """A language (two letters) with what terms are called in it."""

    language: str
    label: Callable[[str], str]


@dataclass(frozen=True)
class End:
    """One of two things: its IRI, its name, and what is known of it."""

    item: URIRef
    name: str
    about: About


class Speaker:
    """Says the reasons of one pair; without a speech in English. A rule that has no sentence in the language is said in English."""

    def __init__(self, source: End, target: End, statements: Statements, speech: Speech | None = None) -> None:
        self.ends, self.statements, self.speech = (source, target), statements, speech

    def label(self, term: Term) -> str:
        """What a value is called; a word of texts is of the language of the texts."""
        return self.speech.label(str(term)) if self.speech and isinstance(term, URIRef) else self.statements.label(term)

    def say(self, rule: Rule, share: Share) -> tuple[str, str]:
        """The sentence of a reason, and its language."""
        language = self.speech.language if self.speech and self.speech.language in rule.sentences else "en"
        source, target = self.ends if share.role != "needs" else self.ends[::-1]
        # A thing stands among what its own rule names, so that it meets those that name it.
        for end, other in (self.ends, self.ends[::-1]):
            if rule.name == "names-it" and share.on == end.item:
                return say("names", language, other.name, self.label(share.on)), language
        on = self.label(share.on)
        facts = self._find_facts(rule, share, language) if rule.conditions else {}
        return rule.sentences[language].format(on=f"the {on}" if language == "en" and on in ARTICLED and COUNTRY in share.on else on,
                                               source=source.name, target=target.name, **facts), language

    def say_ahead(self, language: str) -> str:
        """Which of the two is further ahead, since it began in an earlier year; "" where that is not known of both."""
        first, second = sorted(self.ends, key=lambda end: end.about.start[:4])
        if not first.about.start or first.about.start[:4] == second.about.start[:4]:
            return ""
        return say("ahead", language, first.name, first.about.start[:4])

    def _find_facts(self, rule: Rule, share: Share, language: str) -> dict[str, str]:
        """What else both have, by the list that it is from, and periods and places of both."""
        countries = {self.label(country) for end in self.ends for country in end.about.countries}
        return {**dict.fromkeys(rule.conditions, say("none-stated", language)),
                **{str(each).rsplit("/", 2)[-2]: self.label(each) for each in share.also},
                "periods": "; ".join(f"{end.name}: {end.about.say_period(language)}" for end in self.ends),
                "places": ", ".join(sorted(countries, key=lambda name: (slug(name), name))) or say("countries-unknown", language)}


def join(sentences: Sequence[str], language: str = "en") -> str:
    """Sentences of reasons as one, parted as the language writes it."""
    text = SEMICOLONS.get(language, "; ").join(dict.fromkeys(sentences))
    return text[:1].upper() + text[1:] + "."
