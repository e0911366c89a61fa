"""The last look at a contribution: it is published only if policy and what is public by then allow it (design of validation, section 4)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from rdflib import Graph, URIRef

from kg.admission import find_inadmissible
from kg.contributions import Contributions
from kg.contributions.replay import graph_name, read_graph
from kg.contributions.workflow import DESCRIBED
from kg.errors import Conflict
from kg.journal import Contribution, Event, Key
from kg.queries import load_query
from kg.reception import find_foreign, find_hidden, find_records
from kg.remarks import find_owner
from kg.store import Store
from kg.terms import GRAPH, RDF, split_iri
from kg.validation.engine import VIOLATION
from kg.validation.judging import judge
from kg.wording import say

WAITING: Final = ("submitted", "accepted")
"""The states that a reviewer publishes from."""
_GRAPHS: Final = str(GRAPH["contribution/"])


@dataclass(frozen=True)
class Refusal:
    """Why publishing is refused as things stand, what to do, and the contribution that this one may supersede, "" without one."""

    what: str
    advice: str
    supersedes: str = ""


def publish(contributions: Contributions, reference: str, agent: str, supersedes: str = "") -> Event:
    """Publish a contribution that waits, accepted in the same step where it is not yet.

    Policy and shapes are asked again, as its contributor stands and beside what is public by now. Raises Conflict where they do not
    allow it any more.
    """
    waits = contributions.journal.contribution(reference).status == "submitted"

    def judge_again(contribution: Contribution, ending: Set[URIRef], keys: tuple[Key, ...]) -> None:
        refusal = _refuse(contributions, contribution, ending, keys, shapes=True)
        if refusal is not None:
            raise Conflict(refusal.what, where=reference, advice=refusal.advice)

    return contributions.publish(reference, agent, supersedes, "accepted" if waits else "", judge_again)


def find_refusal(contributions: Contributions, contribution: Contribution, shapes: bool = True) -> Refusal | None:
    """Why `publish` would be refused now, None where it would not, or where nothing waits to be published.

    Without `shapes` the policy alone is asked, which takes no time.
    """
    if contribution.status not in WAITING:
        return None
    return _refuse(contributions, contribution, set(), contributions.journal.valid_keys(contribution.agent), shapes)


def _refuse(contributions: Contributions, contribution: Contribution, ending: Set[URIRef], keys: tuple[Key, ...],
            shapes: bool) -> Refusal | None:
    graph, replaces, store = read_graph(contribution.content), set(map(URIRef, contribution.replaces)), contributions.store
    return (_refuse_policy(graph, keys) or _refuse_replacing(graph, replaces)
            or _refuse_taken(contributions, contribution, graph, ending)
            or (_refuse_shapes(graph, replaces, ending, store) if shapes else None))


def _refuse_policy(graph: Graph, keys: tuple[Key, ...]) -> Refusal | None:
    """Who may write which IRIs, as the contributor stands by now."""
    found = next(find_inadmissible(graph, *(key.space for key in keys)), None)
    if found is None:
        return None
    if found.code == "not-yours":
        return Refusal(f"its contributor has no valid key for <{found.subject}>.",
                       "Reject it, or give the contributor a key with this space (`kg key add`).")
    return Refusal(f"the policy does not allow it: {say(found.code, 'en', *found.values)} (<{found.subject}>)",
                   "Request changes, and say what has to be left out.")


def _refuse_replacing(graph: Graph, replaces: Set[URIRef]) -> Refusal | None:
    kinds = {split_iri(str(record))[0] for record in find_records(graph)}
    beyond = sorted(each for each in replaces - set(find_foreign(graph)) if split_iri(str(each))[0] not in kinds)
    return Refusal(f"it would take away <{beyond[0]}> and describes nothing of that kind.", "Reject it.") if beyond else None


def _refuse_taken(contributions: Contributions, contribution: Contribution, graph: Graph, ending: Set[URIRef]) -> Refusal | None:
    """Records that it brings as new, and that somebody else has published."""
    query, store = load_query(DESCRIBED).text, contributions.store
    for record in _find_things(graph):
        if str(record) in contribution.replaces or next(store.match(record, RDF.type, None), None) is None:
            continue
        graphs = sorted({str(row["graph"]) for row in store.select(query, {"thing": record})
                         if row["predicate"] == RDF.type and row["subject"] == record} - set(map(str, ending)))
        if graphs:
            earlier = _find_superseded(contributions, graph, graphs)
            instead = f"Publish it as superseding {earlier}" if earlier else "Reject it"
            return Refusal(f"<{record}> was published by somebody else in the meantime.",
                           f"{instead}, or request changes: it can be sent as the new version.", earlier)
    return None


def _find_superseded(contributions: Contributions, graph: Graph, graphs: list[str]) -> str:
    """The one contribution that these graphs are of, where nothing but what this one describes ends with it; "" without one."""
    earlier = graphs[0].removeprefix(_GRAPHS)
    if len(graphs) > 1 or graphs[0] != str(graph_name(earlier)):
        return ""
    described = set(_find_things(read_graph(contributions.journal.contribution(earlier).content)))
    return earlier if described <= set(_find_things(graph)) else ""


def _find_things(graph: Graph) -> list[URIRef]:
    """The records, and what its contributor names by IRIs of its own."""
    return [*find_records(graph), *find_foreign(graph)]


def _refuse_shapes(graph: Graph, replaces: Set[URIRef], ending: Set[URIRef], store: Store) -> Refusal | None:
    hidden = find_hidden(graph, replaces, store) | {triple for name in ending for triple in store.graph(name)} - set(graph)
    wrong = next((each for each in judge(graph, store, hidden).results if each.severity == VIOLATION), None)
    return None if wrong is None else Refusal(
        f"what is public by now does not allow it: {wrong.message('en')} (<{find_owner(graph, wrong.focus)}>).",
        "Request changes, and say what has to be corrected.")
