"""Rules of synergies: one query per kind of reason, its label, type, weight and sentence in RDF (`ontology/rules/`)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from string import Formatter

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg import resources
from kg.errors import QuerySyntax, UnreadableFile
from kg.queries import Query, read_query
from kg.shapes import parse_turtle
from kg.terms import DCT, RDF, SKOS, UAEU

VARIABLES = ("?item", "?role", "?on")
PLACES = {"on", "source", "target"}
"""What a sentence may name: the value, and both things."""
FACTS = {"periods", "places"}
"""What the sentence of a rule with conditions may name beside these: when both run, and in which countries."""

LACKING = "Give the rule identifier, title, description, synergyType, weight, sentence and note."


@dataclass(frozen=True)
class Rule:
    """One kind of reason; `weight` is its share of the sum of all weights, `type` a concept of synergy-type.

    `conditions` are the variables beside the value: what both must have as well, each named like the list that it is from.
    `titles` and `sentences` are by language, the sentences templates; English ones are always there.
    """

    name: str
    iri: URIRef
    label: str
    definition: str
    type: URIRef
    weight: float
    reason: str
    query: Query
    conditions: tuple[str, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict, compare=False)
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    def title(self, language: str) -> str:
        """What it is called in a language, else in English."""
        return self.titles.get(language, self.label)

    @property
    def sentence(self) -> str:
        """The English template."""
        return self.sentences["en"]


@lru_cache(maxsize=4)
def load_rules(folder: Path | None = None) -> tuple[Rule, ...]:
    """The rules, heaviest first; raises UnreadableFile or QuerySyntax that names file and line of a broken one."""
    root = folder or resources.ontology() / "rules"
    graph = parse_turtle(root / "rules.ttl", Graph())
    nodes = list(graph.subjects(RDF.type, UAEU.SynergyRule))
    if not nodes:
        raise UnreadableFile("there is no rule.", where="rules.ttl", advice="Describe a uaeu:SynergyRule.")
    total = sum(_read_weight(graph, node, root / "rules.ttl") for node in nodes)
    scheme = parse_turtle(resources.ontology() / "voc" / "synergy-type.ttl", Graph())
    types = {str(concept) for concept in scheme.subjects(RDF.type, SKOS.Concept)}
    rules = [_read_rule(graph, node, root, total) for node in nodes]
    twice = [name for name, times in Counter(rule.name for rule in rules).items() if times > 1]
    if twice:
        raise UnreadableFile(f"two rules have the identifier {twice[0]!r}.", where="rules.ttl",
                             line=_find_line(root / "rules.ttl", f'"{twice[0]}"'), advice="Give each rule its own.")
    for rule in rules:
        _check_words(rule, root / "rules.ttl", types)
    return tuple(sorted(rules, key=lambda rule: (-rule.weight, rule.name)))


def _read_rule(graph: Graph, node: Node, root: Path, total: float) -> Rule:
    described = root / "rules.ttl"
    name = _value(graph, node, DCT.identifier, described)
    path = root / f"{name}.rq"
    if not path.exists():
        raise UnreadableFile(f"the rule {name!r} has no query.", where="rules.ttl",
                             line=_find_line(described, f'"{name}"'), advice=f"Add the file {path.name}.")
    query = read_query(path)
    selected = _list_selected(query)
    missing = [variable for variable in VARIABLES if variable not in selected]
    if missing:
        raise QuerySyntax(f"the rule does not select {', '.join(missing)}.", where=path.name, line=query.line("SELECT"),
                          advice="Select ?item, ?role (shares, gives or needs) and ?on.")
    sentences, titles = ({each.language or "en": str(each) for each in graph.objects(node, predicate) if isinstance(each, Literal)}
                         for predicate in (UAEU.sentence, DCT.title))
    if "en" not in sentences:
        raise UnreadableFile(f"<{node}> lacks an English uaeu:sentence.", where="rules.ttl", line=_find_line(described, str(node)),
                             advice=LACKING)
    return Rule(name, URIRef(str(node)), _value(graph, node, DCT.title, described), _value(graph, node, DCT.description, described),
                URIRef(_value(graph, node, UAEU.synergyType, described)),
                round(_read_weight(graph, node, described) / total, 6), _value(graph, node, SKOS.note, described), query,
                tuple(name[1:] for name in selected if name not in VARIABLES), sentences, titles)


def _list_selected(query: Query) -> list[str]:
    """The variables that a query selects, those of expressions by their name."""
    text = re.sub(r"^\s*#.*$", "", query.text, flags=re.MULTILINE)
    head = re.split(r"\bWHERE\b|\{", re.split("SELECT", text, maxsplit=1, flags=re.IGNORECASE)[-1], maxsplit=1, flags=re.IGNORECASE)[0]
    return re.findall(r"\?\w+", re.sub(r"\(.*?\bAS\s+(\?\w+)\s*\)", r"\1", head, flags=re.IGNORECASE | re.DOTALL))


def _check_words(rule: Rule, path: Path, types: set[str]) -> None:
    """Raise UnreadableFile with the line of a sentence that names an unknown place, or of a type that is no concept."""
    places = {*PLACES, *rule.conditions, *(FACTS if rule.conditions else ())}
    for sentence in rule.sentences.values():
        try:
            unknown = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None} - places
        except ValueError:
            unknown = {sentence}
        if unknown:
            raise UnreadableFile(f"the sentence of {rule.name} names {', '.join(sorted(unknown))}.", where=path.name,
                                 line=_find_line(path, sentence),
                                 advice=f"A sentence may name {', '.join(f'{{{place}}}' for place in sorted(places))}.")
    if str(rule.type) not in types:
        raise UnreadableFile(f"the type of {rule.name} is no concept: <{rule.type}>.", where=path.name,
                             line=_find_line(path, str(rule.type)),
                             advice="Name a concept of ontology/voc/synergy-type.ttl, or add it there.")


def _find_line(path: Path, text: str) -> int | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), None)


def _read_weight(graph: Graph, node: Node, path: Path) -> float:
    text = _value(graph, node, UAEU.weight, path)
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise UnreadableFile(f"the weight of <{node}> is {text[:40]!r}.", where=path.name, line=_find_line(path, str(node)),
                             advice="Write a number above 0.")
    return weight


def _value(graph: Graph, node: Node, predicate: URIRef, path: Path) -> str:
    """The one value of a property; where there are several, the English one."""
    values = list(graph.objects(node, predicate))
    chosen = values if len(values) < 2 else [each for each in values if isinstance(each, Literal) and each.language == "en"]
    if len(chosen) != 1:
        said = "has several" if values else "lacks"
        raise UnreadableFile(f"<{node}> {said} {predicate.n3(graph.namespace_manager)}.", where=path.name,
                             line=_find_line(path, str(node)), advice=LACKING)
    return str(chosen[0])
