"""Recognised terms: which themes, instruments, cities and other things the texts of a thing name, its rare words, and its sites.

These are annotations of the service in a graph of their own, never a claim of a source (domain model 2.7).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rdflib import Graph, Literal, URIRef

from kg.queries import load_query
from kg.store import Store
from kg.terms import DCT, SKOS, UAEU

FOLDER = Path(__file__).parent
NAMES = (DCT.title, SKOS.prefLabel, SKOS.altLabel)
MOST_NAMESAKES = 2
SHORTEST_NAME = 4
COMMON = frozenset(re.split(r"\s+", (
    "a an and the of for in on to with by from at as is are be that this its their it or into how which who what more not no "
    "public procurement city cities eu european through than over was were has have had can may each all up out about between "
    "under one two use using used new project")))
JOINING = frozenset(re.split(r"\s+", (
    "such so other others also any both if but or nor then there here these those them they we our ours us you your he his she her while "
    "when where whose whom why some many much most least own same very within without among against across after before per during only "
    "just even still yet once could should would will shall must might may do does did done being am via co "
    "de du des la le les un une et en aux au pour par avec dans sur sans ou nous vous "
    "der die das den dem ein eine einen einem einer und oder fur mit von vom zum zur zu im auf aus bei als wir sie ist sind wollen "
    "di del della dei il lo gli per con el los las het een van voor op na do da dos das av och og za ze si ao os")))
"""Words that join others, and say nothing of a thing; those of other languages stand in names, and in plans that are written in them."""
ENDINGS = ("ations", "ation", "ings", "ing", "ments", "ment", "ies", "ers", "ed", "es", "s", "ity", "al", "ive", "er")
_WORD = re.compile(r"[a-z0-9][a-z0-9+#]*")
_SITE = re.compile(r"https?://(?:www\.)?([^/:?#]+)")
_ABBREVIATION = re.compile(r"\(([A-Z](?=[A-Za-z+#.-]*[A-Z0-9+#])[A-Za-z0-9+#.-]{2,})\)")
_PROPER = re.compile(r"\S\s*[A-Z]|[A-Za-z][0-9]")
"""What tells a proper name from a heading such as "Position paper" or "Action 2": a capital after the first, or a digit in a word."""


def stem(word: str) -> str:
    """The word without one common English ending, when four letters stay."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


_NO_KEYWORDS = frozenset(map(stem, COMMON | JOINING))


def read_words(text: str) -> list[str]:
    """The stems of a text in order, without accents."""
    return [stem(word) for word in _WORD.findall(_fold(text)) if len(word) > 1]


def read_phrase(text: str) -> list[str]:
    """All words of a text in order, without accents and the plural: a label is recognised by whole words, since "clean" is no cleaning."""
    return [_singular(word) for word in _WORD.findall(_fold(text))]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


COMMON_WORDS = frozenset(map(_singular, COMMON))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def read_keywords(text: str) -> set[str]:
    """The stems that are not common to everything here; a number alone says nothing of what it counts."""
    return {word for word in read_words(text) if word not in _NO_KEYWORDS and not word.isdigit()}


def read_texts(store: Store) -> dict[URIRef, list[tuple[URIRef, str]]]:
    """All texts of each thing, with the property that states them."""
    texts: dict[URIRef, list[tuple[URIRef, str]]] = defaultdict(list)
    for row in store.select(load_query(FOLDER / "texts.rq").text):
        texts[URIRef(row["item"])].append((URIRef(row["property"]), str(row["text"])))
    return texts


class Recogniser:
    """The phrases that name themes, instruments, cities and things, read once per store; `annotate` finds them in texts."""

    def __init__(self, store: Store, texts: Mapping[URIRef, list[tuple[URIRef, str]]]) -> None:
        self.known: dict[str, set[tuple[URIRef, URIRef]]] = defaultdict(set)
        for row in store.select(load_query(FOLDER / "labels.rq").text):
            words = read_phrase(str(row["label"]))
            phrase = " ".join(words)
            if words and not COMMON_WORDS.issuperset(words):
                self.known[phrase].add((URIRef(row["property"]), URIRef(row["on"])))
        plain = {word for phrase in self.known for word in phrase.split()}
        self.spelt: dict[str, str] = {}
        for phrase, named in _names(texts).items():
            if phrase not in self.known and phrase not in plain and len({thing for thing, _ in named}) <= MOST_NAMESAKES:
                self.known[phrase] = {(UAEU.mentions, thing) for thing, _ in named}
                if " " not in phrase:
                    self.spelt[phrase] = min(name for _, name in named)
        self.longest = max((phrase.count(" ") + 1 for phrase in self.known), default=1)

    def annotate(self, item: URIRef, texts: Iterable[str]) -> Iterator[tuple[URIRef, URIRef, URIRef | Literal]]:
        """The annotations of one thing: `uaeu:keyword`, `uaeu:mentionsTheme|Instrument|Place` and `uaeu:mentions`."""
        for text in texts:
            for word in read_keywords(text):
                yield item, UAEU.keyword, Literal(word)
            words = read_phrase(text)
            for start in range(len(words)):
                for end in range(start + 1, min(start + self.longest, len(words)) + 1):
                    phrase = " ".join(words[start:end])
                    named = self.known.get(phrase, set())
                    # What has the name itself, alone or with a namesake, names nobody by it.
                    if named and (UAEU.mentions, item) not in named and self.spelt.get(phrase, "") in text:
                        yield from ((item, predicate, on) for predicate, on in named)


def recognise(store: Store) -> Graph:
    """Annotations of every thing: what its texts name, its rare words, and the web sites that document it."""
    texts = read_texts(store)
    recogniser = Recogniser(store, texts)
    graph = Graph()
    for item, stated in texts.items():
        for triple in recogniser.annotate(item, (text for _, text in stated)):
            graph.add(triple)
    for row in store.select(load_query(FOLDER / "sites.rq").text):
        if site := _SITE.match(str(row["page"])):
            graph.add((URIRef(row["item"]), UAEU.documentedAt, Literal(site[1].lower())))
    return graph


def _names(texts: Mapping[URIRef, list[tuple[URIRef, str]]]) -> dict[str, set[tuple[URIRef, str]]]:
    """Things and spellings by phrase. A name of one word counts where it is spelt alike: PROTECT is a project, to protect is not."""
    names: dict[str, set[tuple[URIRef, str]]] = defaultdict(set)
    for item, stated in texts.items():
        for predicate, text in stated:
            if predicate in NAMES:
                head = re.split(r" - | \(", text)[0]
                for name in (text, *([head] if _PROPER.search(head) else []), *_ABBREVIATION.findall(text)):
                    words = read_phrase(name)
                    phrase = " ".join(words)
                    if len(phrase) >= SHORTEST_NAME and not COMMON_WORDS.issuperset(words):
                        names[phrase].add((item, name))
    return names


def name_stems(texts: Mapping[URIRef, list[tuple[URIRef, str]]]) -> dict[str, str]:
    """The word by which people know a stem: the one that most texts write, of equal ones the shortest, then the first by alphabet."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for stated in texts.values():
        for word in {word for _, text in stated for word in _WORD.findall(_fold(text))}:
            forms[stem(word)][word] += 1
    return {root: min(found, key=lambda word: (-found[word], len(word), word)) for root, found in forms.items()}


def count_words(texts: list[str]) -> Counter[str]:
    """How often each keyword stands in the texts; the text baselines of the evaluation rank by it."""
    return Counter(word for text in texts for word in read_words(text) if word not in COMMON)
