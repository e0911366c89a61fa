"""Refreshing: the synergies after a change, equal to those of a run over everything, at the price of what the change touches.

What a new or changed thing alters: its own features; the information content of the features that it has, when their count reaches
another rung (`kg.synergies.ladder`); by these the norms of the things that have them; and the pairs whose shares rest on any of it.
Everything else stays as it stands in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from rdflib import URIRef

from kg.queries import load_query
from kg.rules import load_rules
from kg.store import Store, Term
from kg.store.kept import Kept
from kg.synergies.features import Features, describe_features, gather
from kg.synergies.find import FOLDER
from kg.synergies.materialise import ANNOTATIONS_GRAPH, Triple, choose_pairs, describe_pairs, silent
from kg.synergies.ranking import RANKINGS, Ranking, rank_features
from kg.synergies.recognition import recognise
from kg.synergies.statements import STATEMENTS, Statements, load_statements
from kg.terms import FEATURES_GRAPH, SYNERGIES_GRAPH, UAEU

Pair = tuple[URIRef, URIRef]


@dataclass(frozen=True)
class State:
    """Everything that the synergies of one data version rest on."""

    features: Features
    ranking: Ranking
    statements: Statements
    pairs: frozenset[Pair]


def read_state(store: Store) -> State:
    """The state of a store whose synergies are those of its data."""
    features = gather(store, load_rules(), _items(store))
    ranking = rank_features(features)
    statements = load_statements(store)
    return State(features, ranking, statements, frozenset(choose_pairs(ranking, statements)))


STATES = Kept(read_state)


def refresh(store: Store, before: State, near: Iterable[URIRef]) -> State:
    """Bring annotations, features and synergies up to the data; `near` are the things that the change may have reached.

    The graphs are patched in the store; the new state is returned. `keep_state` holds it for the readers of the new data version.
    """
    reached = set(near)
    was, now = store.graph(ANNOTATIONS_GRAPH), recognise(store)
    for graph, other in ((was, now), (now, was)):
        for subject, _, value in graph - other:
            reached |= {term for term in (subject, value) if isinstance(term, URIRef)}
    store.put(ANNOTATIONS_GRAPH, now)
    features = gather(store, load_rules(), _items(store))
    lost, made = set(describe_features(before.features, features)), set(describe_features(features, before.features))
    store.patch({FEATURES_GRAPH: lost - made}, {FEATURES_GRAPH: made - lost})
    ranking = rank_features(features)
    reached |= set(ranking.row) ^ set(before.ranking.row)
    statements = Statements(store, before.statements, reached)
    renamed = {term for term in {*statements.labels, *before.statements.labels}
               if statements.labels.get(term) != before.statements.labels.get(term)}
    pairs = frozenset(choose_pairs(ranking, statements))
    after = State(features, ranking, statements, pairs)
    changed = _find_changed(before, after, {*reached, *renamed})
    gone, come = set(_describe(before, before.pairs & changed)), set(_describe(after, pairs & changed))
    store.patch({SYNERGIES_GRAPH: gone - come}, {SYNERGIES_GRAPH: come - gone})
    return after


def keep_state(store: Store, state: State) -> None:
    """Let the readers of the store's present data version find what was made for it."""
    version = store.version()
    STATES.keep(version, state)
    RANKINGS.keep(version, state.ranking)
    STATEMENTS.keep(version, state.statements)


def forget(store: Store, state: State, ended: Set[URIRef]) -> None:
    """Take the synergies and profiles of things that are no more out of the store."""
    pairs = {pair for pair in state.pairs if not ended.isdisjoint(pair)}
    profiles = {triple for item in ended for _, _, profile in store.match(item, UAEU.hasProfile, None)
                for triple in ((item, UAEU.hasProfile, profile), *store.match(profile, None, None))}
    store.patch({SYNERGIES_GRAPH: set(_describe(state, pairs)), FEATURES_GRAPH: profiles}, {})


def show_early(store: Store, before: State, ended: Set[URIRef]) -> None:
    """Let the readers of the store's present data version find the ranking of before, without the things that are no more."""
    version = store.version()
    RANKINGS.keep(version, before.ranking.without(ended) if ended else before.ranking)
    STATEMENTS.keep(version, before.statements)


def _find_changed(before: State, after: State, reached: Set[Term]) -> set[Pair]:
    """The pairs that one state has and the other lacks, or whose shares, statements or labels may differ."""
    verdicts = before.statements.verdicts, after.statements.verdicts
    judged = {pair for pair in {*verdicts[0], *verdicts[1]} if verdicts[0].get(pair) != verdicts[1].get(pair)}
    changed = set(before.pairs ^ after.pairs) | judged
    moved = {item for item in after.ranking.items if after.ranking.cells[item] != before.ranking.cells.get(item)}
    for pair in before.pairs & after.pairs:
        if not reached.isdisjoint(pair):
            changed.add(pair)
        else:
            shares = after.ranking.shares(*pair)
            named = {term for share in shares for term in (share.on, *share.also)}
            if not reached.isdisjoint(named) or not moved.isdisjoint(pair) and shares != before.ranking.shares(*pair):
                changed.add(pair)
    return changed


def _describe(state: State, pairs: Iterable[Pair]) -> Iterator[Triple]:
    return describe_pairs(state.ranking, state.statements, frozenset(pairs), silent)


def _items(store: Store) -> tuple[URIRef, ...]:
    return tuple(URIRef(row["item"]) for row in store.select(load_query(FOLDER / "items.rq").text))
