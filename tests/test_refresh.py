"""Refreshing after a change gives what a run over everything gives, whatever was changed and in which order."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef

from kg import resources
from kg.contributions import Contributions, Publisher
from kg.index import Index, build_index, refresh_index
from kg.journal import Journal
from kg.settings import read_settings
from kg.shapes import read_graph
from kg.store.local import LocalStore
from kg.synergies.ladder import EXACT, RATIO, measure_content, rungs, settle
from kg.synergies.materialise import ANNOTATIONS_GRAPH, compute_synergies, silent
from kg.synergies.near import find_near
from kg.synergies.ranking import load_ranking
from kg.synergies.refresh import keep_state, read_state, refresh
from kg.terms import DCT, FEATURES_GRAPH, GRAPH, ID, ORG, PROVENANCE_GRAPH, RDF, SYNERGIES_GRAPH, UAEU, VOC, VOCABULARY_GRAPH

MADE = (ANNOTATIONS_GRAPH, FEATURES_GRAPH, SYNERGIES_GRAPH)
TABLES = ("thing", "facet", "label", "replaced", "words", "name", "synergy", "fact")
THEMES = ["food", "circular-economy", "housing", "energy-transition"]
WORDS = ["canteen", "furniture", "tender", "solar", "asphalt", "bread"]
THING = st.tuples(st.integers(0, 11), st.sets(st.sampled_from(THEMES), max_size=3), st.sets(st.sampled_from(WORDS), max_size=3),
                  st.none() | st.integers(0, 11), st.booleans())


def describe(number: int, themes: set[str], words: set[str], relation: int | None, measured: bool) -> Graph:
    graph, item = Graph(), ID[f"practice/p{number}"]
    graph.add((item, RDF.type, UAEU.ProcurementPractice))
    graph.add((item, DCT.title, Literal(f"Practice number {number} {' '.join(sorted(words))}", lang="en")))
    for theme in themes:
        graph.add((item, UAEU.theme, VOC[f"theme/{theme}"]))
    if relation is not None:
        graph.add((item, DCT.description, Literal(f"It follows Practice number {relation} of before.", lang="en")))
    if measured:
        outcome = ID[f"outcome/p{number}"]
        graph.add((item, UAEU.hasOutcome, outcome))
        graph.add((outcome, UAEU.hasMeasurement, ID[f"measurement/p{number}"]))
        graph.add((outcome, DCT.type, VOC["outcome/lower-emissions"]))
    return graph


def small_store() -> LocalStore:
    store = LocalStore()
    concepts = read_graph(resources.ontology() / "voc")
    store.put_all({VOCABULARY_GRAPH: concepts, GRAPH["rules"]: read_graph(resources.ontology() / "rules"), PROVENANCE_GRAPH: Graph()})
    return store


def settle_synergies(store: LocalStore) -> None:
    ranked = compute_synergies(store, silent)
    store.replace({name: ranked[name] for name in (SYNERGIES_GRAPH, PROVENANCE_GRAPH)})


def rows(path: Path) -> list[set[tuple[object, ...]]]:
    with sqlite3.connect(path) as connection:
        return [set(connection.execute(f"SELECT * FROM {table}")) for table in TABLES]


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(THING, min_size=2, max_size=6), then=st.lists(THING, min_size=1, max_size=4), gone=st.sets(st.integers(0, 11), max_size=2))
def test_a_refresh_equals_a_run_over_everything(tmp_path_factory, first, then, gone) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("refresh")
    store = small_store()
    for each in first:
        store.put(GRAPH[f"test/{each[0]}"], describe(*each))
    settle_synergies(store)
    build_index(store, folder / "refreshed.sqlite")
    state = read_state(store)
    changes = [(each[0], describe(*each)) for each in then] + [(number, Graph()) for number in sorted(gone)]
    for number, graph in changes:
        name = GRAPH[f"test/{number}"]
        changed = {subject for subject in {*graph.subjects(), *store.graph(name).subjects()} if isinstance(subject, URIRef)}
        near = find_near(store, changed)
        store.put(name, graph)
        near |= find_near(store, changed)
        state = refresh(store, state, near)
        keep_state(store, state)
        refresh_index(store, folder / "refreshed.sqlite", near)
    refreshed = {name: set(store.graph(name)) for name in MADE}
    settle_synergies(store)
    build_index(store, folder / "built.sqlite")
    assert refreshed == {name: set(store.graph(name)) for name in MADE}
    for table, refreshed_rows, built_rows in zip(TABLES, rows(folder / "refreshed.sqlite"), rows(folder / "built.sqlite"), strict=True):
        assert refreshed_rows - built_rows == built_rows - refreshed_rows == set(), table


def test_a_member_that_becomes_the_authority_of_a_city_reaches_its_partnerships() -> None:
    store, city, member, graph = small_store(), ID["city/london"], ID["organisation/council"], Graph()
    graph.add((city, RDF.type, UAEU.City))
    for name in ("one", "two"):
        partnership, membership = ID[f"partnership/{name}"], ID[f"membership/{name}"]
        for subject, predicate, value in ((partnership, RDF.type, UAEU.ThematicPartnership), (partnership, UAEU.theme, VOC["theme/food"]),
                                          (membership, ORG.organization, partnership), (membership, ORG.member, member)):
            graph.add((subject, predicate, value))
    store.put(GRAPH["test/partnership"], graph)
    for number in (1, 2):
        store.put(GRAPH[f"test/{number}"], describe(number, {"housing"}, {"solar"}, None, False))
    settle_synergies(store)
    state, said = read_state(store), Graph()
    said.add((member, UAEU.urbanAuthorityOf, city))
    near = find_near(store, {member})
    store.put(GRAPH["test/authority"], said)
    refresh(store, state, near | find_near(store, {member}))
    refreshed = {name: set(store.graph(name)) for name in MADE}
    assert any(value == city for _, _, value in store.graph(SYNERGIES_GRAPH))
    settle_synergies(store)
    assert refreshed == {name: set(store.graph(name)) for name in MADE}


def lines(store: LocalStore) -> dict[URIRef, set[bytes]]:
    """The N-Quads of each graph that a refresh makes."""
    ends = {name: f"{name.n3()} .\n".encode() for name in MADE}
    whole = list(store.dump())
    return {name: {line for line in whole if line.endswith(end)} for name, end in ends.items()}


def test_an_unrelated_thing_changes_only_what_its_counts_change(store: LocalStore, tmp_path: Path) -> None:
    copy = store.copy(tmp_path / "store")
    before = read_state(copy)
    copy.close()
    live = LocalStore(tmp_path / "store")
    kept = lines(live)
    item = ID["practice/unrelated"]
    graph = Graph()
    graph.add((item, RDF.type, UAEU.ProcurementPractice))
    graph.add((item, DCT.title, Literal("Zyxwvut", lang="en")))
    live.put(GRAPH["test/unrelated"], graph)
    refresh(live, before, find_near(live, {item}))
    then = lines(live)
    assert then[SYNERGIES_GRAPH] == kept[SYNERGIES_GRAPH] and then[FEATURES_GRAPH] == kept[FEATURES_GRAPH]
    assert {line.split(b" ")[0] for line in then[ANNOTATIONS_GRAPH] ^ kept[ANNOTATIONS_GRAPH]} == {item.n3().encode()}
    live.close()


def test_counts_settle_on_rungs_that_are_five_per_cent_apart() -> None:
    ladder = rungs()
    assert list(ladder[:EXACT]) == list(range(1, EXACT + 1))
    assert all(1 < upper / lower <= max(RATIO, 1 + 1 / lower) for lower, upper in zip(ladder, ladder[1:], strict=False))
    assert list(settle([1, 20, 21, ladder[40] - 1])) == [1, 20, 21, ladder[39]]
    assert measure_content(623, 1) == measure_content(100, 100) == 0.0
    assert measure_content(16, 4) == 2.0


def test_a_publish_shows_its_things_before_the_synergies_follow(tmp_path: Path) -> None:
    store, seen = small_store(), []
    for number in range(8):
        store.put(GRAPH[f"test/{number}"], describe(number, {THEMES[number % 3], THEMES[3]}, {WORDS[number % 4]}, None, number % 2 == 0))
    settle_synergies(store)
    publisher = Publisher(read_settings({}, var=tmp_path), store, Journal("sqlite://"))
    contributions, item, agent = Contributions(store, publisher.journal, publisher.follow), ID["practice/p20"], str(ID["agent/reviewer"])
    publisher.follow()

    def look(version: str, touched: frozenset[URIRef]) -> None:
        assert version == store.version() and item in touched
        index, ranking = Index(tmp_path / "index.sqlite"), load_ranking(store)
        stated = [pair for pair in ((one, other) for one, _, other in store.match(None, UAEU.connects, None)) if item in pair]
        assert (index.thing(str(item)) is None) == (next(store.match(item, RDF.type, None), None) is None) and index.version() == version
        seen.append((publisher.owing, index.thing(str(item)) is not None, item in ranking.row, bool(stated),
                     any(str(item) in row for row in index.rows("SELECT one, other FROM synergy"))))

    publisher.listeners.append(look)
    reference = contributions.receive(describe(20, {THEMES[0], THEMES[1]}, {WORDS[0]}, None, True)).contribution.reference
    contributions.accept(reference, agent)
    contributions.publish(reference, agent)
    contributions.withdraw(reference, agent, "It is a test.")
    assert seen == [(True, True, False, False, False), (False, True, True, True, True),
                    (True, False, False, False, False), (False, False, False, False, False)]
    fresh = small_store()
    fresh.put_all({name: store.graph(name) for name in store.names()})
    settle_synergies(fresh)
    assert list(fresh.dump()) == list(store.dump())


def test_synergies_that_follow_later_end_like_those_that_follow_at_once(tmp_path: Path) -> None:
    store, seen = small_store(), []
    for number in range(8):
        store.put(GRAPH[f"test/{number}"], describe(number, {THEMES[number % 3], THEMES[3]}, {WORDS[number % 4]}, None, number % 2 == 0))
    settle_synergies(store)
    settings, journal = read_settings({}, var=tmp_path), Journal("sqlite://")
    publisher = Publisher(settings, store, journal)
    publisher.follow()
    publisher.prepare()
    publisher.listeners.append(lambda version, touched: seen.append((publisher.owing, publisher.shown())))
    contributions, agent = Contributions(store, journal, publisher.follow, publisher.show), str(ID["agent/reviewer"])

    def publish(number: int) -> str:
        reference = contributions.receive(describe(number, {THEMES[0]}, {WORDS[0]}, None, True)).contribution.reference
        contributions.accept(reference, agent)
        contributions.publish(reference, agent)
        return reference

    first = publish(20)
    assert [owing for owing, _ in seen] == [True] and publisher.owing
    assert publisher.shown() == journal.sequence() > publisher.sequence()
    assert Index(tmp_path / "index.sqlite").thing(str(ID["practice/p20"])) is not None
    publish(21)  # the synergies of the one before come first
    assert [owing for owing, _ in seen] == [True, False, True]
    contributions.withdraw(first, agent, "It is a test.")
    assert Index(tmp_path / "index.sqlite").thing(str(ID["practice/p20"])) is None and publisher.owing
    ended = Publisher(settings, store, journal)  # as after a kill: what is owed is worked out anew
    assert ended.follow() == journal.sequence() and not ended.owing
    fresh = small_store()
    fresh.put_all({name: store.graph(name) for name in store.names()})
    settle_synergies(fresh)
    assert list(fresh.dump()) == list(store.dump())
