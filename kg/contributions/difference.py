"""What a contribution would change, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import URIRef

from kg.contributions.replay import read_graph
from kg.contributions.workflow import DESCRIBED
from kg.journal import Contribution
from kg.queries import load_query
from kg.store import Store, Term


@dataclass(frozen=True)
class Difference:
    """A statement that is new, goes, or stays: `added`, `removed` or `kept`."""

    kind: str
    subject: URIRef
    predicate: URIRef
    value: Term


def compare(store: Store, contribution: Contribution) -> list[Difference]:
    """The statements of a contribution beside those of the records that it replaces, by subject and property."""
    query = load_query(DESCRIBED).text
    before = {(row["subject"], row["predicate"], row["object"]) for record in contribution.replaces
              for row in store.select(query, {"thing": URIRef(record)})}
    after = set(read_graph(contribution.content))
    found = [*(("removed", triple) for triple in before - after), *(("kept", triple) for triple in before & after),
             *(("added", triple) for triple in after - before)]
    return sorted((Difference(kind, URIRef(str(triple[0])), URIRef(str(triple[1])), triple[2]) for kind, triple in found),  # type: ignore[arg-type]
                  key=lambda each: (each.subject, each.predicate, each.kind, str(each.value)))
