"""Features: what each thing shares, gives or needs under each rule, with information content and norms, as RDF.

    id:feature/shared-theme/theme-food a uaeu:SynergyFeature ; uaeu:featureKind id:rule/shared-theme ;
        uaeu:onSharedValue voc:theme/food ; uaeu:informationContent 3.421 .
    id:initiative/foodlinks uaeu:hasProfile id:profile/initiative-foodlinks/shared-theme .
    id:profile/initiative-foodlinks/shared-theme uaeu:shares id:feature/shared-theme/theme-food ; uaeu:norm 7.2 .
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from queue import Empty, SimpleQueue
from threading import Thread

from rdflib import Graph, Literal, URIRef

from kg.errors import KgError, QuerySyntax
from kg.queries import PROLOGUE
from kg.rules import Rule
from kg.sparql.faults import explain, explain_function
from kg.store import Store, Term
from kg.synergies.ladder import measure_content
from kg.terms import BASE, DCT, PROV, RDF, UAEU, XSD, split_iri, thing

Value = tuple[Term, ...]
"""What a feature is on: the value itself, then what else must be the same, sorted."""
ROLES = {"shares": UAEU.shares, "gives": UAEU.gives, "needs": UAEU.needs}
DIGITS = 6
LONGEST = 120.0
"""Seconds that one rule may run over everything; the longest takes less than two over the real data."""


@dataclass
class Profile:
    """What one thing has under one rule: features by role."""

    roles: dict[str, set[Value]] = field(default_factory=lambda: defaultdict(set))

    def features(self) -> set[Value]:
        """All features, whatever the role."""
        return set().union(*self.roles.values())


@dataclass(frozen=True)
class Features:
    """Profiles by rule and thing, and the information content (bits) of each feature by rule."""

    items: tuple[URIRef, ...]
    profiles: dict[Rule, dict[URIRef, Profile]]
    content: dict[Rule, dict[Value, float]]

    def length(self, rule: Rule, profile: Profile) -> float:
        """Square root of the sum of squared information contents, in bits."""
        return math.sqrt(sum(self.content[rule][on] ** 2 for on in sorted(profile.features(), key=str)))

    @cached_property
    def longest(self) -> float:
        """The greatest length of all profiles: the yardstick that keeps every score at most 1."""
        return max((self.length(rule, each) for rule, found in self.profiles.items() for each in found.values()), default=1.0)

    @cached_property
    def norms(self) -> dict[tuple[Rule, URIRef], float]:
        """The norm of every profile by rule and thing."""
        return {(rule, item): self.norm(rule, profile) for rule, found in self.profiles.items() for item, profile in found.items()}

    def norm(self, rule: Rule, profile: Profile) -> float:
        """Geometric mean of a profile's length and the longest one, at least the least rounding step.

        Division by the length alone (the cosine) makes a thing of one known fact resemble whatever shares it; the mean
        lets a coincidence of two poor descriptions count less than the same share of two rich ones.
        """
        return max(round(math.sqrt(self.length(rule, profile) * self.longest), DIGITS), 10.0 ** -DIGITS)


def gather(store: Store, rules: tuple[Rule, ...], items: tuple[URIRef, ...], seconds: float = LONGEST) -> Features:
    """Run every rule; features of a single thing connect nothing and are left out.

    Raises QuerySyntax with the rule's file when it gives a role that is not shares, gives or needs, or takes more than `seconds`.
    """
    known = set(items)
    profiles: dict[Rule, dict[URIRef, Profile]] = {}
    content: dict[Rule, dict[Value, float]] = {}
    for rule in rules:
        found: dict[URIRef, Profile] = defaultdict(Profile)
        holders: dict[Value, set[URIRef]] = defaultdict(set)
        for row in _run(store, rule, seconds):
            if not row.keys() >= {"item", "role", "on"} or str(row["role"]) not in ROLES:
                lacking = next((name for name in ("item", "on", "role") if name not in row), "role")
                fault = f"does not bind ?{lacking}" if lacking not in row else f"gives the role {str(row['role'])!r}"
                raise QuerySyntax(f"the rule {fault}.", where=f"{rule.name}.rq", line=rule.query.line(f"?{lacking}"),
                                  advice="Bind ?item, ?on and ?role (shares, gives, needs).")
            item = URIRef(row["item"])
            if item in known:
                value = read_value(row)
                found[item].roles[str(row["role"])].add(value)
                holders[value].add(item)
        bits = {on: measure_content(len(items), len(having)) for on, having in holders.items() if len(having) > 1}
        content[rule] = {on: content for on, content in bits.items() if content}
        for profile in found.values():
            profile.roles = {role: kept for role, values in profile.roles.items() if (kept := values & content[rule].keys())}
        profiles[rule] = {item: profile for item, profile in found.items() if profile.features()}
    return Features(items, profiles, content)


def read_value(row: Mapping[str, Term]) -> Value:
    """What the row of a rule is on; every variable that is bound beside ?item, ?role and ?on is a part of it."""
    return row["on"], *sorted((term for name, term in row.items() if name not in ("item", "role", "on")), key=str)


def _run(store: Store, rule: Rule, seconds: float) -> list[dict[str, Term]]:
    """The rows of a rule. An engine in this process cannot be stopped, so it is left behind on a thread that ends with the process."""
    answer: SimpleQueue[list[dict[str, Term]] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(list(store.select(rule.query.text)))
        except Exception as error:  # whatever it is, it is raised by the one who asked
            answer.put(error)

    Thread(target=ask, name=f"rule {rule.name}", daemon=True).start()
    try:
        found = answer.get(timeout=seconds)
    except Empty:
        raise QuerySyntax(f"the rule has run for {seconds:g} seconds.", where=f"{rule.name}.rq", line=rule.query.line("SELECT"),
                          advice="Begin with what few things have, and take apart what is joined by values alone.") from None
    if isinstance(found, KgError) and not found.where:
        raise _place(found, rule) from found
    if isinstance(found, Exception):
        raise found
    return found


def _place(error: KgError, rule: Rule) -> QuerySyntax:
    """The engine's refusal of a rule that was read without a fault, at the file and line of the rule."""
    text, cause = rule.query.text, error.__cause__
    unknown = explain_function(error, text)
    said = unknown or (explain(cause, text) if isinstance(cause, SyntaxError) else error)
    line = said.line - text[:len(text) - len(text.removeprefix(PROLOGUE))].count("\n") if said.line else rule.query.line("SELECT")
    return QuerySyntax(said.what, where=f"{rule.name}.rq", line=line, column=said.column, advice=said.advice)


def describe_features(features: Features, but: Features | None = None) -> Graph:
    """The features as RDF, so that the published query redoes every score; without what other features say alike, where some are given."""
    graph = Graph()
    for rule, profiles in features.profiles.items():
        if but is None:
            graph.add((rule.iri, UAEU.share, decimal(rule.weight)))
        for item, profile in profiles.items():
            norm = features.norms[rule, item]
            if but is None or but.norms.get((rule, item)) != norm or but.profiles[rule][item] != profile:
                _describe_profile(graph, rule, item, profile, norm)
        for on, bits in features.content[rule].items():
            if but is None or but.content[rule].get(on) != bits:
                _describe_feature(graph, rule, on, bits)
    return graph


def _describe_profile(graph: Graph, rule: Rule, item: URIRef, profile: Profile, norm: float) -> None:
    node = profile_iri(rule, item)
    graph.add((item, UAEU.hasProfile, node))
    graph.add((node, RDF.type, UAEU.SynergyProfile))
    graph.add((node, RDF.type, PROV.Entity))
    graph.add((node, UAEU.featureKind, rule.iri))
    graph.add((node, UAEU.norm, decimal(norm)))
    for role, values in profile.roles.items():
        for on in values:
            graph.add((node, ROLES[role], feature_iri(rule, on)))


def _describe_feature(graph: Graph, rule: Rule, value: Value, bits: float) -> None:
    node, (on, *also) = feature_iri(rule, value), value
    graph.add((node, RDF.type, UAEU.SynergyFeature))
    graph.add((node, RDF.type, PROV.Entity))
    graph.add((node, UAEU.featureKind, rule.iri))
    graph.add((node, UAEU.informationContent, decimal(bits)))
    graph.add((node, UAEU.onSharedValue if isinstance(on, URIRef) else DCT.identifier, on))
    for each in also:
        graph.add((node, UAEU.withValue, each))


def feature_iri(rule: Rule, value: Value) -> URIRef:
    """The IRI of a feature; readable where the value is ours or a plain word."""
    return thing("feature", f"{rule.name}/{'-'.join(map(_write_code, value))}")


def _write_code(on: Term) -> str:
    text = str(on)
    if text.startswith(BASE):
        return text[len(BASE):].split("/", 1)[-1].replace("/", "-")
    if isinstance(on, Literal) and text.isalnum():
        return text
    return f"{text.rstrip('/').rsplit('/', 1)[-1].lower()[:40]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def profile_iri(rule: Rule, item: URIRef) -> URIRef:
    """The IRI of a thing's profile under a rule."""
    return thing("profile", f"{'-'.join(split_iri(item))}/{rule.name}")


def decimal(value: float) -> Literal:
    """An xsd:decimal of six digits, written without an exponent."""
    text = format(Decimal(repr(round(value, DIGITS))).normalize(), "f")
    return Literal(text, datatype=XSD.decimal, normalize=False)
