"""The plan: what of it is understood, what would improve the answer, and the synergies that it would have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef

from kg.errors import Invalid
from kg.index import Index
from kg.matching.terms import find_near, read_text, resolve
from kg.store import Store
from kg.synergies import Synergy, describe_unpublished
from kg.synergies.about import state_period
from kg.synergies.matching import Matcher, load_matcher
from kg.synergies.recognition import Recogniser, read_keywords
from kg.synergies.records import as_period, as_reason
from kg.synergies.saying import Speech
from kg.terms import DCT, EPO, RDF, UAEU, split_iri

PROFILE: Final = URIRef("urn:uaeu-kg:plan")
"""What the plan is called while it is weighed; nothing that leaves the service names it."""
NAME: Final = "Your plan"
PARTS: Final = {"input": UAEU.hasInput, "process": UAEU.hasProcessStep, "outcome": UAEU.hasOutcome}
VALUES: Final = {"theme": UAEU.theme, "instrument": UAEU.usesInstrument, "country": EPO.hasCountryCode}
MENTIONS: Final = {UAEU.mentionsTheme: "theme", UAEU.mentionsInstrument: "instrument", UAEU.mentionsPlace: "city", UAEU.mentions: ""}
FIELDS: Final = ("theme", "instrument", "input", "have", "process", "outcome", "country", "text")
EXAMPLE: Final = "theme=food&instrument=market-consultation&country=NLD&text=school meals from local farms"
EXAMPLES: Final = {"theme": "food", "instrument": "market-consultation", "input": "needs-assessment", "have": "training-materials",
                   "process": "study-visits", "outcome": "buyers-trained", "country": "NLD"}
"""A code that each list holds, for forms to show by its label."""
WANTED: Final = {
    "theme": "Name a theme: it finds those who work on the same.",
    "instrument": "Name the instruments that you think of: they find practices that you can copy.",
    "input": "Say what you need, such as a needs assessment: it finds who can give it.",
    "have": "Say what you have, such as training materials: it finds who can use them.",
    "process": "Say which steps you plan, such as a market dialogue: it finds who has done them.",
    "outcome": "Say what you want to reach, such as energy savings: it finds who has reached it.",
    "country": "Name your country: neighbours can be visited.",
    "text": "Describe the plan in a sentence or two: rare words find what no list names."}
STRANGE: Final = ("Few words of your text are known here. Most texts are in English: write the plan in English too, "
                  "or choose from the lists.")
FEW: Final = 1 / 3
"""Share of the words of a text below which it is in another language, or on another subject, than what is published."""
LONGEST: Final = 5000


@dataclass(frozen=True)
class Unknown:
    """A term that no list knows, with the nearest ones as code and name."""

    field: str
    term: str
    near: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """What is unknown and what is near, in English."""
        near = ", ".join(f"{name} ({code})" for code, name in self.near) or "nothing"
        return f"{self.term!r} is in no list ({self.field}); near to it: {near}."


@dataclass(frozen=True)
class Understood:
    """What a term means, or what the text names; `field` is a field of the profile, or the type of a thing that the text names."""

    field: str
    iri: str
    label: str
    in_text: bool = False


@dataclass(frozen=True)
class Match:
    """The answer to a profile: what was understood, what was not, fields that would improve it, and the synergies, best first."""

    graph: Graph
    understood: tuple[Understood, ...]
    unknown: tuple[Unknown, ...]
    missing: tuple[str, ...]
    synergies: tuple[Synergy, ...]
    features: tuple[tuple[URIRef, str, float], ...]
    """Every feature of the profile with its role and the norm of the profile under its rule."""
    strange: bool = False
    """Whether few words of the text are known."""

    @property
    def improve(self) -> tuple[str, ...]:
        """What would improve the answer, in English: a text whose words are known, and a sentence for each missing field."""
        return (*([STRANGE] if self.strange else []), *(WANTED[name] for name in self.missing))


def match(store: Store, index: Index, fields: Mapping[str, Sequence[str]], limit: int = 10, speech: Speech | None = None,
          called: str = NAME) -> Match:
    """Match a profile; its fields are those of `FIELDS`, each a list of codes, names or IRIs, and `text`.

    `input` is what the plan needs, `have` what it can give; `speech` is what the reasons are said in, English without one, and
    `called` what they call the plan. Raises Invalid for an empty profile, an unknown field, or a text that is too long.
    """
    for name in fields:
        if name not in FIELDS:
            raise Invalid(f"a profile has no field {name[:40]!r}.", where="profile", advice=f"Its fields are {', '.join(FIELDS)}.")
    given = {name: [each.strip() for each in values if each.strip()] for name, values in fields.items()}
    if not any(given.values()):
        raise Invalid("the profile is empty.", where="profile", advice=f"Write for instance {EXAMPLE}.")
    if sum(len(each) for values in given.values() for each in values) > LONGEST:
        raise Invalid("the profile is too long.", where="profile", advice=f"Use at most {LONGEST:,} characters.")
    matcher = load_matcher(store)
    understood, unknown = _look_up(store, index, given)
    chosen = {(each.field, each.iri) for each in understood}
    understood += [each for each in _read(matcher.recogniser, index, given.get("text", ())) if (each.field, each.iri) not in chosen]
    graph = _describe(understood, given.get("text", ()))
    known = {each.field for each in understood} | {name for name, values in given.items() if values}
    rows = matcher.weigh(store, graph, PROFILE)
    return Match(graph, tuple(understood), tuple(unknown), tuple(name for name in FIELDS if name not in known),
                 tuple(matcher.rank(rows, graph, PROFILE, limit, called, speech)), tuple(matcher.list_features(rows)),
                 _is_strange(matcher, given.get("text", ())))


def _is_strange(matcher: Matcher, texts: Iterable[str]) -> bool:
    words = {word for text in texts for word in read_keywords(text)}
    return len(words & matcher.words) < FEW * len(words)


def _look_up(store: Store, index: Index, given: Mapping[str, Sequence[str]]) -> tuple[list[Understood], list[Unknown]]:
    understood, unknown = list[Understood](), list[Unknown]()
    for name in FIELDS[:-1]:
        for term in given.get(name, ()):
            iri = resolve(index, name, term)
            if iri:
                understood.append(Understood(name, iri, index.label(iri)[0]))
            else:
                unknown.append(Unknown(name, term[:100], find_near(store, index, name, term[:100])))
    return understood, unknown


def _read(recogniser: Recogniser, index: Index, texts: Sequence[str]) -> list[Understood]:
    """What the texts name; themes, instruments, cities and things as in the texts of what is published."""
    found = {(MENTIONS[predicate] or split_iri(str(on))[0], str(on)): None
             for _, predicate, on in recogniser.annotate(PROFILE, texts) if predicate in MENTIONS}
    found |= {named: None for text in texts for named in read_text(index, text)}
    return [Understood(field, iri, index.label(iri)[0], in_text=True) for field, iri in found]


def _describe(understood: Iterable[Understood], texts: Iterable[str]) -> Graph:
    """The plan as a thing like those that are published; what its text names of other things, the matcher finds itself."""
    graph = Graph()
    graph.add((PROFILE, RDF.type, UAEU.ProcurementInitiative))
    for text in texts:
        graph.add((PROFILE, DCT.description, Literal(text, lang="en")))
    for number, each in enumerate(understood):
        part = URIRef(f"{PROFILE}:{number}")
        if each.field in PARTS:
            graph.add((PROFILE, PARTS[each.field], part))
            graph.add((part, DCT.type, URIRef(each.iri)))
        elif each.field == "have":
            # An outcome of the plan that serves as this input is what others can receive.
            graph.add((PROFILE, UAEU.hasOutcome, part))
            graph.add((part, DCT.type, part))
            graph.add((part, UAEU.servesAs, URIRef(each.iri)))
        elif each.field in VALUES:
            graph.add((PROFILE, VALUES[each.field], URIRef(each.iri)))
    return graph


def as_json(found: Match, today: date) -> dict[str, Any]:
    """A match as JSON."""
    return {"understood": [{"field": each.field, "id": each.iri, "label": each.label, "in_text": each.in_text}
                           for each in found.understood],
            "unknown": [{"field": each.field, "term": each.term, "near": [{"code": code, "label": label} for code, label in each.near]}
                        for each in found.unknown],
            "improve": list(found.improve), "synergies": [_write(each, today) for each in found.synergies]}


def describe(found: Match) -> Graph:
    """A match as RDF; the plan is a blank node, since it is published nowhere, and says what was unknown and what would improve it."""
    graph, plan = Graph(), BNode("plan")
    graph.add((plan, DCT.title, Literal(NAME, lang="en")))
    for sentence in (*(each.sentence for each in found.unknown), *found.improve):
        graph.add((plan, DCT.description, Literal(sentence, lang="en")))
    for number, synergy in enumerate(found.synergies, 1):
        describe_unpublished(synergy, graph, plan, number)
        state_period(synergy.target, synergy.about, graph)
    return graph


def _write(synergy: Synergy, today: date) -> dict[str, Any]:
    return {"target": str(synergy.target), "target_label": synergy.target_label, "type": str(synergy.type),
            "direction": synergy.direction, "score": round(synergy.score, 6), "sentence": synergy.sentence, "language": synergy.language,
            "period": as_period(synergy.about, today),
            "evidence": [as_reason(each) for each in synergy.evidence]}
