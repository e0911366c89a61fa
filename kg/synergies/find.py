"""Finding the synergies of one thing, with the evidence of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rdflib import URIRef

from kg.errors import Invalid, NotFound
from kg.queries import load_query
from kg.rules import Rule, load_rules
from kg.store import Store, Term
from kg.synergies.about import NOTHING, About
from kg.synergies.ranking import Share, load_ranking
from kg.synergies.saying import COUNTRY, End, Speaker, Speech, join
from kg.synergies.statements import Statement, Statements, Verdict, load_statements, order
from kg.terms import DCT, ID, PROV, UAEU, VOC

FOLDER = Path(__file__).parent
REDO = FOLDER / "redo.rq"
ROLES = {"shares": "both", "gives": "gives", "needs": "receives"}
PLACE = VOC["synergy-type/shared-place"]
WEAK_TYPES = (VOC["synergy-type/shared-words"], PLACE, VOC["synergy-type/shared-source"])
WIDE_TYPES = (*WEAK_TYPES, VOC["synergy-type/shared-theme"])
PROPOSED = VOC["review-status/proposed"]
REVIEWS = ("proposed", "confirmed", "rejected")
PROCESS = VOC["synergy-type/shared-process"]
ACTOR = VOC["synergy-type/shared-actor"]
DUPLICATION = VOC["synergy-type/duplication-risk"]
PRECISE = 0.1
PARTNERSHIP = str(ID["partnership/"])
MOST_ALIKE, MOST_KIN = 0.8, 0.3
POOL, FAR = 2, 10
COLUMNS = {DCT.relation: "{one} is documented as a case of {other}", DCT.isPartOf: "{one} is a part of {other}",
           UAEU.hasResult: "{one} has the result {other}", PROV.wasAttributedTo: "{one} is a result of {other}",
           UAEU.includesAction: "{one} has the action {other}"}
"""How the links that a column of a source states are said; `one` is the subject."""


@dataclass(frozen=True)
class Evidence:
    """One reason: rule, value, the feature of both, its share of the score, a sentence and its language, the statements of both things, and
    what both have beside the value for it to count."""

    rule: Rule
    on: Term
    feature: URIRef
    label: str
    role: str
    contribution: float
    sentence: str
    statements: tuple[Statement, ...]
    also: tuple[Term, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Synergy:
    """A typed, scored link from `source` to `target` with the evidence whose contributions sum up to the score.

    `about` is what one knows of the target; `direction` is both, gives (source to target) or receives; `score` lies from 0 to 1.
    """

    source: URIRef
    target: URIRef
    source_label: str
    target_label: str
    type: URIRef
    direction: str
    score: float
    sentence: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict | None = None
    about: About = NOTHING

    @property
    def language(self) -> str:
        """The language of the sentence: English where a reason is said in it."""
        return next((each.language for each in self.evidence if each.language == "en"), self.evidence[0].language)

    @property
    def review(self) -> URIRef:
        """The review status: proposed until a reviewer confirms or rejects it."""
        return self.verdict.status if self.verdict else PROPOSED


@dataclass(frozen=True)
class DocumentedSynergy:
    """A link that a source states, with its statement and page; a fact of another rank than an inferred one.

    `synergy` is empty where a column states it (a case, a part, a result or an action) and no sentence.
    """

    synergy: str
    source: URIRef
    target: URIRef
    target_label: str
    direction: str
    relation: str
    statement: str
    page: str
    about: About = NOTHING


def find_synergies(store: Store, item: URIRef, *, types: tuple[str, ...] = (), min_score: float = 0.0,
                   limit: int = 10, review: str = "",
                   speech: Speech | None = None) -> list[Synergy]:
    """The strongest synergies of one thing, best first, ties by IRI; what a source links with it is no synergy but `find_documented`.

    Of one type, and of the countries of the thing itself, at most the fraction MOST_ALIKE is shown, and of its own partnership at most
    MOST_KIN, as far as the strongest POOL times `limit` hold other types and the strongest FAR times `limit` hold other countries and
    partnerships, so that an answer is not ten times the same reason and a city sees others than its neighbours. Of those that have no
    more than a place in common at most MOST_KIN is shown too.

    `review` is a status (proposed, confirmed, rejected); without one, what reviewers rejected is left out. `speech` is what sentences
    are in, English without one.
    `types` are codes of the scheme synergy-type, all without any; a synergy has a type when some of its evidence has.
    Raises NotFound for a thing that is not compared, and Invalid for an unknown type.
    """
    type_of = {rule.iri: rule.type for rule in load_rules()}
    known = {str(kind).rsplit("/", 1)[-1] for kind in type_of.values()}
    unknown = [code for code in types if code not in known]
    if unknown:
        raise Invalid(f"the type {unknown[0]!r} is not known.", where="type", advice=f"Known are {', '.join(sorted(known))}.")
    if review not in ("", *REVIEWS):
        raise Invalid(f"the review {review[:40]!r} is not known.", where="review", advice=f"Known are {', '.join(REVIEWS)}.")
    asked = {VOC[f"synergy-type/{code}"] for code in types}
    ranking = load_ranking(store)
    if item not in ranking.row:
        raise NotFound("nothing is known that this could have in common with others.", where=str(item),
                       advice="Give it themes, instruments, inputs, process steps or outcomes; a city or an organisation is compared "
                              "through what it does: open its initiatives and practices.")
    scores = ranking.scores(item)
    ranked = sorted((number for number in range(len(scores)) if scores[number] > max(min_score, 1e-9)),
                    key=lambda number: (-round(float(scores[number]), 9), ranking.items[number]))
    statements = load_statements(store)

    def list_candidates() -> Iterator[tuple[URIRef, list[Share]]]:
        for number in ranked:
            other = ranking.items[number]
            verdict = statements.verdict(item, other)
            if verdict is None and order(item, other) in statements.stated:
                continue
            status = str(verdict.status if verdict else PROPOSED).rsplit("/", 1)[-1]
            if status != review if review else status == "rejected":
                continue
            shares = ranking.shares(item, other)
            if not asked or any(type_of[share.rule] in asked for share in shares):
                yield other, shares

    return vary(list_candidates(), lambda other, shares: explain(item, other, shares, statements, asked, speech=speech), limit,
                of_one_type=len(types) == 1)


def vary(candidates: Iterable[tuple[URIRef, list[Share]]], explain: Callable[[URIRef, list[Share]], Synergy], limit: int, *,
         of_one_type: bool = False) -> list[Synergy]:
    """The first of ranked candidates, best first, with no more of one type, country, place and partnership than `find_synergies` says.

    `explain` makes a synergy of a candidate; where one type alone is asked for, types are not counted.
    """
    type_of = {rule.iri: rule.type for rule in load_rules()}
    most, few = (max(1, round(share * limit)) for share in (MOST_ALIKE, MOST_KIN))
    found: list[Synergy] = []
    kept_back: list[Synergy] = []
    seen: Counter[URIRef] = Counter()
    near, kin = 0, 0
    for looked, (other, shares) in enumerate(candidates, 1):
        neighbour = any(COUNTRY in share.on for share in shares)
        own = any(share.on.startswith(PARTNERSHIP) and type_of[share.rule] == ACTOR for share in shares)
        enough = neighbour and near >= most or own and kin >= few
        if enough and len(kept_back) >= limit:
            continue
        synergy = explain(other, shares)
        if enough or not of_one_type and seen[synergy.type] >= (few if synergy.type == PLACE else most):
            kept_back.append(synergy)
        else:
            seen[synergy.type] += 1
            near += neighbour
            kin += own
            found.append(synergy)
        far = FAR if near >= most or few <= max(kin, seen[PLACE]) else POOL
        if len(found) == limit or looked >= far * limit and len(found) + len(kept_back) >= limit:
            break
    found += kept_back[:limit - len(found)]
    return sorted(found, key=lambda each: (-each.score, each.target))


def explain(item: URIRef, other: URIRef, shares: list[Share], statements: Statements,
            types: Collection[URIRef] = (), name: str = "", own: About | None = None,
            speech: Speech | None = None) -> Synergy:
    """A synergy from its shares, in a language; its type is the kind of reason that adds most, among `types` where some are asked for.

    `name` is what a thing is called that is not published, `own` what is known of it.

    Words, places, sites and themes say little about what to do next, so they name the type only where every other kind adds less
    than the fraction PRECISE of the score; words, places and sites only when alone.
    """
    rules = {rule.iri: rule for rule in load_rules()}
    source = End(item, name or statements.label(item), own or statements.about(item))
    target = End(other, statements.label(other), statements.about(other))
    speaker = Speaker(source, target, statements, speech)
    evidence: list[Evidence] = []
    by_type: dict[URIRef, float] = defaultdict(float)
    for share in shares:
        rule = rules[share.rule]
        sentence, language = speaker.say(rule, share)
        rests = {share.on, *share.also, *(each for end in (source, target) for each in end.about.basis if rule.conditions),
                 *(each.node for end in (source, target) for each in end.about.periods if rule.type == PROCESS)}
        evidence.append(Evidence(rule, share.on, share.feature, speaker.label(share.on), ROLES[share.role], share.value, sentence,
                                 tuple(sorted({one for end in (item, other) for on in rests for one in statements.find(end, on)})),
                                 share.also, language))
        by_type[rule.type] += share.value
    evidence = [replace(each, statements=_all_statements(evidence)) if each.rule.type == DUPLICATION else each
                for each in evidence]
    whole = sum(by_type.values())
    strong = ({kind: value for kind, value in by_type.items() if kind not in WIDE_TYPES and value >= PRECISE * whole}
              or {kind: value for kind, value in by_type.items() if kind not in WEAK_TYPES} or by_type)
    strong = {kind: value for kind, value in by_type.items() if kind in types} or strong
    kind = min(strong, key=lambda each: (-round(strong[each], 9), each))
    typical = [each for each in evidence if each.rule.type == kind]
    roles = {each.role if "{source}" in each.rule.sentence else "both" for each in typical}
    direction = roles.pop() if len(roles) == 1 else "both"
    return Synergy(item, other, source.name, target.name, kind, direction,
                   round(sum(each.contribution for each in evidence), 9), _sentence(kind, evidence, speaker), tuple(evidence),
                   statements.verdict(item, other), target.about)


def explain_pair(store: Store, one: URIRef, other: URIRef, speech: Speech | None = None) -> Synergy:
    """The synergy of two things that have one, in a language; raises NotFound where they share nothing."""
    shares = load_ranking(store).shares(one, other)
    if not shares:
        raise NotFound("these two have no synergy.", where=f"{one} and {other}", advice="Open the synergies of one of them.")
    return explain(one, other, shares, load_statements(store), speech=speech)


def _all_statements(evidence: list[Evidence]) -> tuple[Statement, ...]:
    """What a risk of duplication rests on: everything that the two things share."""
    return tuple(sorted({statement for each in evidence for statement in each.statements}))


def _sentence(kind: URIRef, evidence: list[Evidence], speaker: Speaker) -> str:
    # What is wider than another value of the same rule follows from it, and is not said beside it.
    implied = {(each.rule, each.role, wide) for each in evidence for wide in speaker.statements.wider.get(each.on, ()) if wide != each.on}
    told = [each for each in evidence if (each.rule, each.role, each.on) not in implied]
    first = [each for each in told if each.rule.type == kind][:2]
    # A weak reason is said beside a strong one only where it is the place; beside another weak one it is all there is.
    weak = WEAK_TYPES if kind not in WEAK_TYPES else (PLACE,)
    rest = [each for each in told if each.rule.type != kind and each.rule.type not in weak][:1]
    places = [each for each in told if each.rule.name == "shared-place"][:1]
    # An instrument and a step may have one name; it is said once.
    said = {each.label: each.sentence for each in reversed((*first, *rest, *places))}
    ahead = speaker.say_ahead(first[0].language) if kind == PROCESS else ""
    return join([*(said[each.label] for each in first), *([ahead] if ahead else []), *(said[each.label] for each in (*rest, *places))],
                first[0].language)


def find_documented(store: Store, item: URIRef) -> list[DocumentedSynergy]:
    """The links of one thing that a source states: those with a sentence first, then by the other thing.

    What a column states of a pair is left out where a sentence says more of it.
    """
    statements = load_statements(store)
    label = statements.label
    answer = list(store.select(load_query(FOLDER / "documented.rq").text, {"item": item}))
    found = {(row["other"], row["synergy"]): DocumentedSynergy(
        str(row["synergy"]), item, URIRef(row["other"]), label(row["other"]), str(row["end"]),
        label(row["relation"]) if "relation" in row else "", str(row["statement"]), str(row.get("page", "")),
        statements.about(URIRef(row["other"])))
        for row in answer if "synergy" in row}
    said = {other for other, _ in found}
    for row in answer:
        if row["other"] not in said and (row["other"], row["relation"]) not in found:
            one, other = (item, row["other"]) if str(row["end"]) == "gives" else (row["other"], item)
            found[row["other"], row["relation"]] = DocumentedSynergy(
                "", item, URIRef(row["other"]), label(row["other"]), str(row["end"]), str(row["relation"]),
                COLUMNS[URIRef(row["relation"])].format(one=label(one), other=label(other)) + ".", str(row.get("page", "")),
                statements.about(URIRef(row["other"])))
    return list(found.values())
