"""Synergies as RDF: annotations, features and the strongest synergies of every thing, each in its own graph."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from rdflib import Graph, Literal, URIRef

from kg.errors import QuerySyntax
from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store
from kg.synergies.features import decimal, describe_features, gather
from kg.synergies.find import Synergy, explain
from kg.synergies.ranking import read_ranking
from kg.synergies.recognition import recognise
from kg.synergies.statements import Statements
from kg.terms import CV, DCT, FEATURES_GRAPH, GRAPH, PROV, PROVENANCE_GRAPH, RDF, SYNERGIES_GRAPH, UAEU, VOC, thing

FOLDER = Path(__file__).parent
ANNOTATIONS_GRAPH = GRAPH["annotations"]
METHOD = thing("method", "additive-1")
RUN = thing("run", "build")
EACH = 5

Progress = Callable[[str, int, int], None]


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
    made[SYNERGIES_GRAPH] = _rank_all(store, progress)
    provenance = store.graph(PROVENANCE_GRAPH)
    for name in (ANNOTATIONS_GRAPH, FEATURES_GRAPH, SYNERGIES_GRAPH):
        provenance.add((name, RDF.type, PROV.Entity))
        provenance.add((name, PROV.wasGeneratedBy, RUN))
        provenance.add((name, UAEU.support, VOC["support/inferred"]))
    provenance.add((RUN, RDF.type, PROV.Activity))
    provenance.add((RUN, PROV.used, METHOD))
    made[PROVENANCE_GRAPH] = provenance
    return made


def _rank_all(store: Store, progress: Progress) -> Graph:
    ranking, statements = read_ranking(store), Statements(store)
    pairs: set[tuple[URIRef, URIRef]] = set()
    for item in ranking.items:
        scores = ranking.scores(item)
        order = sorted(range(len(scores)), key=lambda number: (-round(float(scores[number]), 9), ranking.items[number]))
        pairs.update((min(item, ranking.items[number]), max(item, ranking.items[number]))
                     for number in order[:EACH] if scores[number] > 0)
    graph = Graph()
    for count, (item, other) in enumerate(sorted(pairs), 1):
        synergy = explain(item, other, ranking.shares(item, other), statements)
        for evidence in synergy.evidence:
            if not evidence.statements:
                raise QuerySyntax(f"the rule links {item} and {other} by {evidence.on} but no statement supports it.",
                                  where=f"{evidence.rule.name}.rq", line=2,
                                  advice="Let the rule select what the sources state, or add its path to statements.rq.")
        describe_synergy(synergy, graph)
        if count % 200 == 0 or count == len(pairs):
            progress("synergies", count, len(pairs))
    return graph


def synergy_iri(synergy: Synergy) -> URIRef:
    """The IRI of an inferred synergy: a digest of its two ends, the same from either side."""
    ends = " ".join(sorted((synergy.source, synergy.target)))
    return thing("synergy", hashlib.sha256(ends.encode()).hexdigest()[:12])


def describe_synergy(synergy: Synergy, graph: Graph) -> URIRef:
    """Add a synergy with its evidence to a graph and return its IRI (domain model 2.4)."""
    node = synergy_iri(synergy)
    giver, receiver = (synergy.target, synergy.source) if synergy.direction == "receives" else (synergy.source, synergy.target)
    for value in (UAEU.Synergy, PROV.Entity):
        graph.add((node, RDF.type, value))
    graph.add((node, UAEU.connects, synergy.source))
    graph.add((node, UAEU.connects, synergy.target))
    if synergy.direction != "both":
        graph.add((node, UAEU.synergySource, giver))
        graph.add((node, UAEU.synergyTarget, receiver))
    graph.add((node, UAEU.synergyType, synergy.type))
    graph.add((node, UAEU.score, decimal(synergy.score)))
    graph.add((node, UAEU.scoredBy, METHOD))
    graph.add((node, UAEU.reviewStatus, VOC["review-status/proposed"]))
    graph.add((node, DCT.description, Literal(synergy.sentence, lang="en")))
    graph.add((node, PROV.wasGeneratedBy, RUN))
    for number, evidence in enumerate(synergy.evidence, 1):
        reason = thing("evidence", f"{str(node).rsplit('/', 1)[-1]}-{number}")
        graph.add((node, UAEU.hasEvidence, reason))
        graph.add((reason, RDF.type, UAEU.SynergyEvidence))
        graph.add((reason, RDF.type, CV.Evidence))
        graph.add((reason, DCT.identifier, Literal(str(reason).rsplit("/", 1)[-1])))
        graph.add((reason, DCT.title, Literal(evidence.sentence, lang="en")))
        graph.add((reason, UAEU.evidenceType, evidence.rule.iri))
        graph.add((reason, UAEU.contributionToScore, decimal(evidence.contribution)))
        if isinstance(evidence.on, URIRef):
            graph.add((reason, UAEU.onSharedValue, evidence.on))
        for statement in evidence.statements:
            graph.add((reason, PROV.wasDerivedFrom, statement.graph))
    return node
