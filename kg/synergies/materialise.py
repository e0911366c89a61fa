"""Synergies as RDF: annotations, features and the strongest synergies of every thing, each in its own graph."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef

from kg.errors import QuerySyntax
from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store, Term
from kg.synergies.features import decimal, describe_features, gather
from kg.synergies.find import Synergy, explain
from kg.synergies.ranking import Ranking, find_strongest, read_ranking
from kg.synergies.recognition import recognise
from kg.synergies.statements import Statements
from kg.terms import CV, DCT, FEATURES_GRAPH, GRAPH, ID, PROV, PROVENANCE_GRAPH, RDF, SYNERGIES_GRAPH, UAEU, VOC, thing

FOLDER = Path(__file__).parent
ANNOTATIONS_GRAPH = GRAPH["annotations"]
METHOD = thing("method", "additive-3")
RUN = thing("run", "build")
EACH = 5

# Looking a term up in its namespace costs more than the triple that it stands in.
EVIDENCE = CV.Evidence
DESCRIPTION = DCT.description
IDENTIFIER = DCT.identifier
REFERENCES = DCT.references
TITLE = DCT.title
ENTITY = PROV.Entity
WAS_DERIVED_FROM = PROV.wasDerivedFrom
WAS_GENERATED_BY = PROV.wasGeneratedBy
A = RDF.type
VALUE = RDF.value
WITH_VALUE = UAEU.withValue
SYNERGY = UAEU.Synergy
SYNERGY_EVIDENCE = UAEU.SynergyEvidence
CONNECTS = UAEU.connects
CONTRIBUTION_TO_SCORE = UAEU.contributionToScore
EVIDENCE_TYPE = UAEU.evidenceType
HAS_EVIDENCE = UAEU.hasEvidence
ON_SHARED_VALUE = UAEU.onSharedValue
REVIEW_STATUS = UAEU.reviewStatus
REVIEWED_BY = UAEU.reviewedBy
SCORE = UAEU.score
SCORED_BY = UAEU.scoredBy
SYNERGY_SOURCE = UAEU.synergySource
SYNERGY_TARGET = UAEU.synergyTarget
SYNERGY_TYPE = UAEU.synergyType
EVIDENCES = str(ID["evidence/"])
OF_PUBLISHED = frozenset({IDENTIFIER, REVIEW_STATUS, WAS_GENERATED_BY})
"""What is only said of synergies that a run has made and that reviewers see."""

Progress = Callable[[str, int, int], None]
Triple = tuple[URIRef, URIRef, Term]


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def compute_synergies(store: Store, progress: Progress) -> dict[URIRef, Graph]:
    """Annotate, gather features and rank; the graphs are put in the store and returned by name.

    The provenance of the three graphs is added to the provenance graph.
    """
    rules = load_rules()
    items = tuple(URIRef(row["item"]) for row in store.select(load_query(FOLDER / "items.rq").text))
    made: dict[URIRef, Graph] = {}
    for name, graph in ((ANNOTATIONS_GRAPH, recognise(store)),):
        store.put(name, graph)
        made[name] = graph
    made[FEATURES_GRAPH] = describe_features(gather(store, rules, items))
    store.put(FEATURES_GRAPH, made[FEATURES_GRAPH])
    ranking = read_ranking(store)
    made[SYNERGIES_GRAPH] = Graph()
    statements = Statements(store)
    for triple in describe_pairs(ranking, statements, choose_pairs(ranking, statements), progress):
        made[SYNERGIES_GRAPH].add(triple)
    provenance = store.graph(PROVENANCE_GRAPH)
    for name in (ANNOTATIONS_GRAPH, FEATURES_GRAPH, SYNERGIES_GRAPH):
        provenance.add((name, RDF.type, PROV.Entity))
        provenance.add((name, PROV.wasGeneratedBy, RUN))
        provenance.add((name, UAEU.support, VOC["support/inferred"]))
    provenance.add((RUN, RDF.type, PROV.Activity))
    provenance.add((RUN, PROV.used, METHOD))
    made[PROVENANCE_GRAPH] = provenance
    return made


def choose_pairs(ranking: Ranking, statements: Statements) -> set[tuple[URIRef, URIRef]]:
    """The pairs that are published: the strongest of each thing that no source states already, and those that a reviewer judged."""
    return find_strongest(ranking, EACH, statements.stated) | {pair for pair in statements.verdicts if ranking.row.keys() >= set(pair)}


def describe_pairs(ranking: Ranking, statements: Statements, pairs: Collection[tuple[URIRef, URIRef]],
                   progress: Progress) -> Iterator[Triple]:
    """The synergies of these pairs as RDF; raises QuerySyntax with the rule's file where evidence rests on no statement."""
    for count, (item, other) in enumerate(sorted(pairs), 1):
        synergy = explain(item, other, ranking.shares(item, other), statements)
        for evidence in synergy.evidence:
            if not evidence.statements:
                raise QuerySyntax(f"the rule links {item} and {other} by {evidence.on} but no statement supports it.",
                                  where=f"{evidence.rule.name}.rq", line=evidence.rule.query.line("?on"),
                                  advice="Let the rule select what the sources state, or add its path to statements.rq.")
        yield from state_synergy(synergy)
        if count % 200 == 0 or count == len(pairs):
            progress("synergies", count, len(pairs))


def synergy_iri(synergy: Synergy) -> URIRef:
    """The IRI of an inferred synergy."""
    return identify_pair(synergy.source, synergy.target)


def identify_pair(one: URIRef, other: URIRef) -> URIRef:
    """The IRI of the inferred synergy of two things: a digest of both ends, the same from either side."""
    return thing("synergy", hashlib.sha256(" ".join(sorted((one, other))).encode()).hexdigest()[:12])


def describe_synergy(synergy: Synergy, graph: Graph) -> URIRef:
    """Add a synergy with its evidence to a graph and return its IRI (domain model 2.4)."""
    for triple in state_synergy(synergy):
        graph.add(triple)
    return synergy_iri(synergy)


def describe_unpublished(synergy: Synergy, graph: Graph, source: BNode | URIRef, number: int) -> None:
    """Add a synergy that no run has published, as blank nodes with a number; so is its source, unless that is published."""
    names: dict[Term, BNode | URIRef] = {synergy.source: source, synergy_iri(synergy): BNode(f"synergy{number}")}
    for subject, predicate, value in state_synergy(synergy):
        for term in (subject, value):
            if isinstance(term, URIRef) and term.startswith(EVIDENCES):
                names.setdefault(term, BNode(f"evidence{number}-{term.rsplit('-', 1)[-1]}"))
        if predicate not in OF_PUBLISHED:
            graph.add((names.get(subject, subject), predicate, names.get(value, value)))


def state_synergy(synergy: Synergy) -> Iterator[Triple]:
    """A synergy with its evidence as triples."""
    node = synergy_iri(synergy)
    giver, receiver = (synergy.target, synergy.source) if synergy.direction == "receives" else (synergy.source, synergy.target)
    yield node, A, SYNERGY
    yield node, A, ENTITY
    yield node, CONNECTS, synergy.source
    yield node, CONNECTS, synergy.target
    if synergy.direction != "both":
        yield node, SYNERGY_SOURCE, giver
        yield node, SYNERGY_TARGET, receiver
    yield node, SYNERGY_TYPE, synergy.type
    yield node, SCORE, decimal(synergy.score)
    yield node, SCORED_BY, METHOD
    yield node, REVIEW_STATUS, synergy.review
    if synergy.verdict:
        yield node, REVIEWED_BY, synergy.verdict.agent
    yield node, DESCRIPTION, Literal(synergy.sentence, lang="en")
    yield node, WAS_GENERATED_BY, RUN
    for number, evidence in enumerate(synergy.evidence, 1):
        code = f"{str(node).rsplit('/', 1)[-1]}-{number}"
        reason = thing("evidence", code)
        yield node, HAS_EVIDENCE, reason
        yield reason, A, SYNERGY_EVIDENCE
        yield reason, A, EVIDENCE
        yield reason, IDENTIFIER, Literal(code)
        yield reason, TITLE, Literal(evidence.sentence, lang="en")
        yield reason, EVIDENCE_TYPE, evidence.rule.iri
        yield reason, CONTRIBUTION_TO_SCORE, decimal(evidence.contribution)
        yield reason, REFERENCES, evidence.feature
        yield reason, ON_SHARED_VALUE if isinstance(evidence.on, URIRef) else VALUE, evidence.on
        for each in evidence.also:
            yield reason, WITH_VALUE, each
        for graph in {statement.graph for statement in evidence.statements}:
            yield reason, WAS_DERIVED_FROM, graph
