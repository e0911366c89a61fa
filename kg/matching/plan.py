"""A free profile of what somebody plans, and who already does something that helps; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rdflib import Graph, Literal, URIRef

from kg.errors import Invalid
from kg.index import Index
from kg.index.builder import fold
from kg.reconciliation import Matcher, Question
from kg.store import Store
from kg.synergies import Synergy
from kg.synergies.matching import load_matcher
from kg.terms import BASE, DCT, EPO, RDF, UAEU, thing

PROFILE: Final = thing("profile", "yours")
PARTS: Final = {"input": UAEU.hasInput, "process": UAEU.hasProcessStep, "outcome": UAEU.hasOutcome}
FIELDS: Final = ("theme", "instrument", "input", "process", "outcome", "country", "text")
EXAMPLE: Final = "theme=food&instrument=market-consultation&country=NLD&text=school meals from local farms"
WANTED: Final = {
    "theme": "Name a theme: it finds those who work on the same.",
    "instrument": "Name the instruments that you think of: they find practices that you can copy.",
    "input": "Say what you have or need, such as a needs assessment: it finds who can give or use it.",
    "process": "Say which steps you plan, such as a market dialogue: it finds who has done them.",
    "outcome": "Say what you want to reach: it finds who has reached it.",
    "country": "Name your country: neighbours can be visited.",
    "text": "Describe the plan in a sentence or two: rare words find what no list names."}
LONGEST: Final = 5000


@dataclass(frozen=True)
class Unknown:
    """A term that no list knows, with the nearest ones as code and name."""

    field: str
    term: str
    near: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Match:
    """The answer to a profile: what was understood, what was not, what would improve it, and the synergies, best first."""

    graph: Graph
    understood: tuple[tuple[str, str, str], ...]
    unknown: tuple[Unknown, ...]
    improve: tuple[str, ...]
    synergies: tuple[Synergy, ...]
    features: tuple[tuple[URIRef, str, float], ...]
    """Every feature of the profile with its role and the norm of the profile under its rule."""


def match(store: Store, index: Index, fields: Mapping[str, Sequence[str]], limit: int = 10) -> Match:
    """Match a profile; its fields are those of `FIELDS`, each a list of codes, names or IRIs, and `text`.

    Raises Invalid for an empty profile, an unknown field, or a text that is too long.
    """
    for name in fields:
        if name not in FIELDS:
            raise Invalid(f"a profile has no field {name[:40]!r}.", where="profile", advice=f"Its fields are {', '.join(FIELDS)}.")
    given = {name: [each.strip() for each in values if each.strip()] for name, values in fields.items()}
    if not any(given.values()):
        raise Invalid("the profile is empty.", where="profile", advice=f"Write for instance {EXAMPLE}.")
    if sum(len(each) for values in given.values() for each in values) > LONGEST:
        raise Invalid("the profile is too long.", where="profile", advice=f"Use at most {LONGEST:,} characters.")
    graph, understood, unknown = _describe(index, given)
    improve = tuple(WANTED[name] for name in FIELDS if not given.get(name))
    matcher = load_matcher(store)
    rows = matcher.weigh(store, graph, PROFILE)
    return Match(graph, tuple(understood), tuple(unknown), improve, tuple(matcher.rank(rows, graph, PROFILE, limit)),
                 tuple(matcher.list_features(rows)))


def _describe(index: Index, given: Mapping[str, Sequence[str]]) -> tuple[Graph, list[tuple[str, str, str]], list[Unknown]]:
    graph, understood, unknown = Graph(), list[tuple[str, str, str]](), list[Unknown]()
    graph.add((PROFILE, RDF.type, UAEU.ProcurementInitiative))
    graph.add((PROFILE, DCT.title, Literal("Your plan", lang="en")))
    for text in given.get("text", ()):
        graph.add((PROFILE, DCT.description, Literal(text, lang="en")))
    for name in FIELDS[:-1]:
        for term in given.get(name, ()):
            iri, near = _resolve(index, name, term)
            if not iri:
                unknown.append(Unknown(name, term[:100], near))
                continue
            understood.append((name, iri, index.label(iri)[0]))
            if name in PARTS:
                part = URIRef(f"{PROFILE}-{name}-{len(understood)}")
                graph.add((PROFILE, PARTS[name], part))
                graph.add((part, DCT.type, URIRef(iri)))
            else:
                property_ = {"theme": UAEU.theme, "instrument": UAEU.usesInstrument, "country": EPO.hasCountryCode}[name]
                graph.add((PROFILE, property_, URIRef(iri)))
    return graph, understood, unknown


def _resolve(index: Index, field: str, term: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    if field == "country":
        countries = _read_countries(index)
        found = countries.get(fold(term), "")
        return found, () if found else tuple(sorted({(iri.rsplit("/", 1)[-1], index.label(iri)[0]) for name, iri in countries.items()
                                                     if name[:3] == fold(term)[:3]}))[:5]
    code = term.removeprefix(BASE).removeprefix(f"voc/{field}/")
    if index.label(f"{BASE}voc/{field}/{code}")[1]:
        return f"{BASE}voc/{field}/{code}", ()
    near = Matcher(index).find(Question(term, (field,)))
    if near and near[0].score == 100.0:
        return BASE + near[0].id, ()
    return "", tuple((each.id.rsplit("/", 1)[-1], each.name) for each in near)


def _read_countries(index: Index) -> dict[str, str]:
    found: dict[str, str] = {}
    for iri, text in index.names():
        if "/authority/country/" in iri:
            found.setdefault(fold(text), iri)
            found[iri.rsplit("/", 1)[-1].casefold()] = iri
    return found


def as_json(found: Match) -> dict[str, Any]:
    """A match as JSON."""
    return {"understood": [{"field": name, "id": iri, "label": label} for name, iri, label in found.understood],
            "unknown": [{"field": each.field, "term": each.term, "near": [{"code": code, "label": label} for code, label in each.near]}
                        for each in found.unknown],
            "improve": list(found.improve), "synergies": [_write(each) for each in found.synergies]}


def _write(synergy: Synergy) -> dict[str, Any]:
    return {"target": str(synergy.target), "target_label": synergy.target_label, "type": str(synergy.type),
            "direction": synergy.direction, "score": round(synergy.score, 6), "sentence": synergy.sentence,
            "evidence": [{"rule": str(one.rule.iri), "on": str(one.on), "label": one.label, "role": one.role,
                          "contribution": round(one.contribution, 6), "sentence": one.sentence} for one in synergy.evidence]}
