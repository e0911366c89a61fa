"""Synergies and documented links as people take them away: as JSON, as rows of a table, and documented links as RDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef

from kg.synergies.about import About, state_period
from kg.synergies.find import DocumentedSynergy, Evidence, Synergy
from kg.synergies.materialise import synergy_iri
from kg.terms import DCT, RDF, UAEU, VOC, split_iri

COLUMNS: Final = ("id", "source", "target", "target_label", "type", "direction", "score", "review", "sentence", "page", "start", "end",
                  "ended")
DOCUMENTED: Final = VOC["review-status/documented"]


def as_json(synergy: Synergy, today: date) -> dict[str, Any]:
    """A synergy with its evidence as JSON; contributions sum up to the score. What is over before today has ended."""
    return {"id": str(synergy_iri(synergy)), "source": str(synergy.source), "target": str(synergy.target),
            "source_label": synergy.source_label, "target_label": synergy.target_label, "type": str(synergy.type),
            "direction": synergy.direction, "score": round(synergy.score, 6), "sentence": synergy.sentence,
            "language": synergy.language,
            "review": synergy.review.rsplit("/", 1)[-1], "period": as_period(synergy.about, today),
            **({"verdict": {"by": str(synergy.verdict.agent), "why": synergy.verdict.why}} if synergy.verdict else {}),
            "evidence": [as_reason(each) for each in synergy.evidence]}


def as_reason(evidence: Evidence) -> dict[str, Any]:
    """A reason of a synergy as JSON, with the statements that it rests on and the graph of each."""
    return {"rule": str(evidence.rule.iri), "on": str(evidence.on), "also": list(map(str, evidence.also)), "label": evidence.label,
            "role": evidence.role, "feature": str(evidence.feature), "contribution": round(evidence.contribution, 6),
            "sentence": evidence.sentence,
            "statements": [{"subject": str(one.subject), "predicate": str(one.predicate), "object": str(one.object),
                            "graph": str(one.graph)} for one in evidence.statements]}


def as_period(about: About, today: date) -> dict[str, str | bool]:
    """When the other thing begins and ends, "" where that is not known, and whether its end is past, as JSON."""
    return {"start": about.start, "end": about.end, "ended": about.has_ended(today)}


def as_documented(link: DocumentedSynergy, today: date) -> dict[str, Any]:
    """A documented link as JSON."""
    return {"id": link.synergy, "source": str(link.source), "target": str(link.target), "target_label": link.target_label,
            "direction": link.direction, "relation": link.relation, "statement": link.statement, "page": link.page,
            "period": as_period(link.about, today)}


def list_rows(synergies: Iterable[Synergy], today: date, documented: Iterable[DocumentedSynergy] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of `COLUMNS`: synergies, then documented links, which have no score. What is not published has no IRI."""
    for each in synergies:
        published = split_iri(each.source)[0]
        yield (synergy_iri(each) if published else "", each.source if published else "", each.target, each.target_label,
               each.type.rsplit("/", 1)[-1], each.direction, round(each.score, 6), each.review.rsplit("/", 1)[-1] if published else "",
               each.sentence, "", *list_period(each.about, today))
    for link in documented:
        yield (link.synergy, link.source, link.target, link.target_label, "", link.direction, "", "documented", link.statement, link.page,
               *list_period(link.about, today))


def list_period(about: About, today: date) -> tuple[str, str, str]:
    """The cells start, end and ended of a row; "" where one is not known."""
    return about.start, about.end, "yes" if about.has_ended(today) else "no" if about.end else ""


def describe_documented(links: Iterable[DocumentedSynergy], graph: Graph) -> None:
    """Add documented links to a graph; what a column states of a pair has no IRI and is a blank node."""
    for number, link in enumerate(links, 1):
        node = URIRef(link.synergy) if link.synergy else BNode(f"documented{number}")
        giver, receiver = (link.target, link.source) if link.direction == "receives" else (link.source, link.target)
        for predicate, value in ((RDF.type, UAEU.Synergy), (UAEU.synergySource, giver), (UAEU.synergyTarget, receiver),
                                 (UAEU.reviewStatus, DOCUMENTED), (DCT.description, Literal(link.statement, lang="en"))):
            graph.add((node, predicate, value))
        state_period(link.target, link.about, graph)
        if link.page:
            graph.add((node, DCT.source, URIRef(link.page)))
