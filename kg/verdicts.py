"""Verdicts: a reviewer confirms or rejects an inferred synergy; the verdict is a contribution like any other, in a graph of its own."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph, Literal, URIRef

from kg.contributions.workflow import Contributions
from kg.errors import Conflict, Invalid, NotFound
from kg.journal import Event
from kg.queries import load_query
from kg.synergies.materialise import identify_pair
from kg.synergies.ranking import load_ranking
from kg.terms import DCT, GRAPH, PROV, RDF, UAEU, VOC, XSD, thing

ENDS = Path(__file__).parent / "synergies" / "ends.rq"
VERDICTS = ("confirmed", "rejected")


def give_verdict(contributions: Contributions, reference: str, verdict: str, why: str, agent: str,
                 ends: tuple[str, str] | None = None) -> Event:
    """Publish a verdict on the synergy `reference`; an earlier one on the same synergy is superseded.

    `ends` names the two things where the synergy is not among the published strongest. Raises Invalid without a verdict or reason,
    NotFound for an unknown synergy, Conflict for one that a source documents.
    """
    if verdict not in VERDICTS:
        raise Invalid(f"the verdict {verdict[:40]!r} is not known.", where="verdict", advice=f"Write {' or '.join(VERDICTS)}.")
    if not why.strip():
        raise Invalid("a reason is missing.", where="why", advice="Say in one sentence why; it is published with the verdict.")
    pair, earlier = _find_ends(contributions, reference, ends)
    graph, node = Graph(), thing("verdict", reference)
    for kind in (UAEU.Verdict, PROV.Entity):
        graph.add((node, RDF.type, kind))
    graph.add((node, DCT.subject, thing("synergy", reference)))
    for end in pair:
        graph.add((node, DCT.references, end))
    graph.add((node, DCT.type, VOC[f"review-status/{verdict}"]))
    graph.add((node, DCT.description, Literal(why.strip(), lang="en")))
    graph.add((node, DCT.issued, Literal(contributions.journal.clock().date().isoformat(), datatype=XSD.date)))
    graph.add((node, PROV.wasAttributedTo, URIRef(agent)))
    kept = contributions.receive(graph, agent=agent, form="verdict").contribution
    contributions.accept(kept.reference, agent)
    event = contributions.publish(kept.reference, agent, earlier)
    contributions.follow()  # a verdict is seen in the synergies alone
    return event


def _find_ends(contributions: Contributions, reference: str, ends: tuple[str, str] | None) -> tuple[tuple[URIRef, URIRef], str]:
    """The two things of a synergy, and the contribution that holds the verdict on it, "" without one."""
    contributions.follow()
    pair, earlier, documented = None, "", False
    for row in contributions.store.select(load_query(ENDS).text, {"synergy": thing("synergy", reference),
                                                                  "verdict": thing("verdict", reference)}):
        if "graph" in row:
            earlier = str(row["graph"]).removeprefix(str(GRAPH["contribution/"]))
        elif "other" in row:
            pair = (URIRef(row["one"]), URIRef(row["other"]))
        else:
            documented = True
    if pair is None and ends and load_ranking(contributions.store).row.keys() >= set(map(URIRef, ends)):
        one, other = sorted(map(URIRef, ends))
        pair = (one, other) if identify_pair(one, other) == thing("synergy", reference) else None
    if documented:
        raise Conflict("a source documents this link; there is nothing to judge.", where=reference,
                       advice="If the source is wrong, send a contribution that corrects it.")
    if pair is None:
        raise NotFound("there is no synergy with this reference.", where=reference,
                       advice="Take the reference from the list of synergies, or name both ends as one and other.")
    return pair, earlier
