"""The last look at a contribution: it is published only if what is public by then allows it (design of validation, section 4)."""

from __future__ import annotations

from collections.abc import Set

from rdflib import URIRef

from kg.contributions import Contributions
from kg.contributions.replay import read_graph
from kg.contributions.workflow import DESCRIBED
from kg.errors import Conflict
from kg.journal import Contribution, Event
from kg.queries import load_query
from kg.reception import find_hidden, find_records
from kg.remarks import find_owner
from kg.store import Store
from kg.terms import RDF, split_iri
from kg.validation.engine import VIOLATION
from kg.validation.judging import judge


def publish(contributions: Contributions, reference: str, agent: str, supersedes: str = "") -> Event:
    """Publish a contribution that waits, accepted in the same step where it is not yet.

    It is judged again beside what is public by now. Raises Conflict where that does not allow it any more.
    """
    waits = contributions.journal.contribution(reference).status == "submitted"
    return contributions.publish(reference, agent, supersedes, "accepted" if waits else "", _judge_again)


def _judge_again(contribution: Contribution, store: Store, ending: Set[URIRef]) -> None:
    graph, replaces, query = read_graph(contribution.content), set(map(URIRef, contribution.replaces)), load_query(DESCRIBED).text
    own = find_records(graph)
    beyond = sorted(each for each in replaces if split_iri(str(each))[0] not in {split_iri(str(record))[0] for record in own})
    if beyond:
        raise Conflict(f"it would take away <{beyond[0]}> and describes nothing of that kind.", where=contribution.reference,
                       advice="Reject it.")
    for record in own:
        if record not in replaces and any(row["predicate"] == RDF.type and row["subject"] == record and row["graph"] not in ending
                                          for row in store.select(query, {"thing": record})):
            raise Conflict(f"<{record}> was published by somebody else in the meantime.", where=contribution.reference,
                           advice="Name the contribution that this one supersedes, or request changes: it can be sent as the new version.")
    hidden = find_hidden(graph, replaces, store) | {triple for name in ending for triple in store.graph(name)} - set(graph)
    wrong = next((each for each in judge(graph, store, hidden).results if each.severity == VIOLATION), None)
    if wrong is not None:
        raise Conflict(f"what is public by now does not allow it: {wrong.message('en')} (<{find_owner(graph, wrong.focus)}>).",
                       where=contribution.reference, advice="Request changes, and say what has to be corrected.")
