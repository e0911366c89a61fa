"""Contributions: the journal first, the store after it, nothing lost and nothing half."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from typer.testing import CliRunner

from kg.admission import find_inadmissible
from kg.cli import make_app
from kg.contributions import Contributions, Publisher, add_key, find_key, graph_name
from kg.contributions.replay import TOMBSTONES_GRAPH, replay
from kg.errors import Conflict, Invalid, NotFound, Outdated, Refused, Unauthorised
from kg.index import Index, Thing
from kg.journal import Change, Journal
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.terms import DCT, PROV, RDF, UAEU, thing

AGENT, REVIEWER = str(thing("organisation", "ghent")), str(thing("agent", "reviewer"))
X, BASE_GRAPH = thing("initiative", "x"), URIRef("https://w3id.org/uaeu-kg/graph/base/page-high")


class Clock:
    """A clock that goes one second further with each look."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def initiative(iri: URIRef, title: str) -> Graph:
    graph = Graph()
    graph.add((iri, RDF.type, UAEU.ProcurementInitiative))
    graph.add((iri, DCT.title, Literal(title, lang="en")))
    return graph


@pytest.fixture
def journal() -> Journal:
    return Journal("sqlite://", Clock())


@pytest.fixture
def store() -> Iterator[LocalStore]:
    made = LocalStore()
    made.put(BASE_GRAPH, initiative(X, "As the page says"))
    yield made


@pytest.fixture
def contributions(store: LocalStore, journal: Journal, tmp_path: Path) -> Contributions:
    return Contributions(store, journal, Publisher(read_settings({}, var=tmp_path), store, journal).follow)


def published(contributions: Contributions, graph: Graph, **more: object) -> str:
    supersedes = str(more.pop("supersedes", ""))
    reference = contributions.receive(graph, agent=AGENT, **more).contribution.reference  # type: ignore[arg-type]
    contributions.accept(reference, REVIEWER)
    contributions.publish(reference, REVIEWER, supersedes)
    return reference


def titles(store: LocalStore, iri: URIRef) -> list[str]:
    return sorted(str(row["o"]) for row in store.select("SELECT DISTINCT ?o WHERE { ?s dct:title ?o }".replace("dct:title", f"<{DCT.title}>"),
                                                        {"s": iri}))


def found_in(var: Path, iri: URIRef) -> Thing | None:
    return Index(var / "index.sqlite").thing(str(iri))


def test_what_is_published_is_seen_and_says_whose_it_is(contributions: Contributions, store: LocalStore) -> None:
    y = thing("initiative", "y")
    reference = published(contributions, initiative(y, "New"))
    assert titles(store, y) == ["New"]
    name = graph_name(reference)
    assert str(store.graph(name).value(name, DCT.issued)) == "2026-11-24"
    assert str(store.graph(name).value(name, URIRef("http://www.w3.org/ns/prov#wasAttributedTo"))) == AGENT


def test_nothing_is_seen_before(contributions: Contributions, store: LocalStore) -> None:
    before, y = store.version(), thing("initiative", "y")
    reference = contributions.receive(initiative(y, "Secret"), contact="a@b.example").contribution.reference
    contributions.accept(reference, REVIEWER)
    assert store.version() == before and titles(store, y) == []
    assert b"Secret" not in b"".join(store.dump())


def test_a_replacement_stands_alone_and_its_withdrawal_brings_the_old_back(contributions: Contributions, store: LocalStore) -> None:
    reference = published(contributions, initiative(X, "Corrected"), replaces=[str(X)])
    assert titles(store, X) == ["Corrected"]
    contributions.withdraw(reference, AGENT, "it was right before")
    assert titles(store, X) == ["As the page says"]
    assert not len(store.graph(TOMBSTONES_GRAPH))


def test_a_newer_contribution_supersedes_and_its_withdrawal_brings_the_page_back(contributions: Contributions, store: LocalStore,
                                                                                 journal: Journal) -> None:
    first = published(contributions, initiative(X, "First"), replaces=[str(X)])
    second = published(contributions, initiative(X, "Second"), replaces=[str(X)], supersedes=first)
    assert titles(store, X) == ["Second"] and journal.contribution(first).status == "superseded"
    contributions.withdraw(second, AGENT, "no longer true")
    assert titles(store, X) == ["As the page says"]


def test_what_is_withdrawn_leaves_a_tombstone_until_it_comes_again(contributions: Contributions, store: LocalStore) -> None:
    y = thing("initiative", "y")
    reference = published(contributions, initiative(y, "New"))
    contributions.withdraw(reference, AGENT, "a mistake")
    assert titles(store, y) == [] and graph_name(reference) not in store.names()
    assert (y, PROV.invalidatedAtTime, None) in store.graph(TOMBSTONES_GRAPH)
    published(contributions, initiative(y, "Again"))
    assert (y, PROV.invalidatedAtTime, None) not in store.graph(TOMBSTONES_GRAPH)


def test_a_store_that_missed_events_ends_in_the_same_bytes(contributions: Contributions, store: LocalStore, journal: Journal,
                                                          tmp_path: Path) -> None:
    first = published(contributions, initiative(X, "Corrected"), replaces=[str(X)])
    published(contributions, initiative(thing("initiative", "y"), 'A "quoted" \\ name\nof two lines'))
    contributions.withdraw(first, AGENT, "no")
    late = LocalStore()
    late.put(BASE_GRAPH, initiative(X, "As the page says"))
    Publisher(read_settings({}, var=tmp_path / "late"), late, journal).follow()
    assert b"".join(late.dump()) == b"".join(store.dump()) and late.version() == store.version()


def test_events_applied_twice_are_applied_once(contributions: Contributions, store: LocalStore, journal: Journal) -> None:
    published(contributions, initiative(X, "Corrected"), replaces=[str(X)])
    graphs, dropped = replay(journal.changes(), store.graph)
    before = store.version()
    store.replace(graphs, dropped)
    assert store.version() == before


def test_graphs_of_a_harvest_replace_and_end(contributions: Contributions, store: LocalStore) -> None:
    name, z = URIRef("https://w3id.org/uaeu-kg/graph/harvest/partner/dump"), thing("initiative", "z")
    contributions.publish_graphs({name: initiative(z, "Theirs")}, (), AGENT, "harvest")
    contributions.publish_graphs({name: initiative(z, "Theirs, newer")}, (), AGENT, "harvest")
    assert titles(store, z) == ["Theirs, newer"]
    contributions.publish_graphs({}, (name,), AGENT, "harvest: withdrawn by the source")
    assert titles(store, z) == [] and (z, PROV.invalidatedAtTime, None) in store.graph(TOMBSTONES_GRAPH)


@pytest.mark.parametrize("steps, refused", [
    ((), "publish"), (("accept",), "accept"), (("reject",), "accept"), (("accept", "publish"), "publish"), (("request_changes",), "accept"),
    (("accept", "publish", "withdraw"), "withdraw"), (("submit",), "submit")])
def test_the_workflow_refuses_what_it_does_not_know(contributions: Contributions, steps: tuple[str, ...], refused: str) -> None:
    if "submit" in steps:
        steps = ()
    reference = contributions.receive(initiative(X, "Again"), agent=AGENT).contribution.reference

    def take(step: str) -> None:
        why = ("because",) if step in ("reject", "request_changes", "withdraw") else ()
        getattr(contributions, step)(reference, REVIEWER, *why)

    for step in steps:
        take(step)
    with pytest.raises(Conflict, match="cannot become"):
        take(refused)


def test_a_step_back_needs_a_reason(contributions: Contributions) -> None:
    reference = contributions.receive(initiative(X, "Again")).contribution.reference
    with pytest.raises(Invalid, match="reason"):
        contributions.reject(reference, REVIEWER, "  ")


def test_sent_back_edited_and_sent_again(contributions: Contributions, journal: Journal) -> None:
    reference = contributions.receive(initiative(X, "Wrong")).contribution.reference
    contributions.request_changes(reference, REVIEWER, "the year is missing")
    assert journal.contribution(reference).note == "the year is missing"
    contributions.edit(reference, initiative(X, "Right"), AGENT)
    contributions.submit(reference, AGENT)
    assert b"Right" in journal.contribution(reference).content
    assert [event.kind for event in journal.events(reference=reference)] == ["submitted", "changes-requested", "changes-requested", "submitted"]
    with pytest.raises(Conflict, match="not edited"):
        contributions.edit(reference, initiative(X, "Later"), AGENT)


def test_the_link_opens_with_its_own_secret_only(contributions: Contributions) -> None:
    received, other = contributions.receive(initiative(X, "A")), contributions.receive(initiative(X, "B"))
    assert contributions.open(received.contribution.reference, received.token).status == "submitted"
    with pytest.raises(Unauthorised):
        contributions.open(received.contribution.reference, other.token)
    with pytest.raises(NotFound):
        contributions.open("0" * 12, received.token)


def test_a_contact_is_kept_apart_and_can_be_forgotten(contributions: Contributions, journal: Journal, store: LocalStore) -> None:
    reference = published(contributions, initiative(thing("initiative", "y"), "New"), contact="someone@city.example")
    assert journal.contact(reference) == "someone@city.example"
    assert b"someone" not in b"".join(store.dump())
    before = store.version()
    assert journal.erase_contact(reference, REVIEWER) and not journal.erase_contact(reference, REVIEWER)
    assert [(event.agent, event.reference) for event in journal.events(kinds=("erased-contact",))] == [(REVIEWER, reference)]
    assert journal.contribution(reference).status == "published"
    assert journal.contact(reference) == "" and store.version() == before


def test_a_step_on_an_old_state_is_refused_by_the_journal(contributions: Contributions, journal: Journal) -> None:
    reference = contributions.receive(initiative(X, "A")).contribution.reference
    contributions.accept(reference, REVIEWER)
    published(contributions, initiative(thing("initiative", "y"), "New"))
    with pytest.raises(Outdated):
        journal.move(reference, "published", REVIEWER, after=0)


def test_keys_open_what_their_role_may_and_end_when_revoked(journal: Journal) -> None:
    key, secret = add_key(journal, AGENT, "partner", "https://data.ghent.example/id/")
    assert find_key(journal, secret, "partner") == key
    with pytest.raises(Refused):
        find_key(journal, secret, "reviewer")
    journal.revoke_key(key.reference, REVIEWER)
    with pytest.raises(Unauthorised):
        find_key(journal, secret, "partner")
    with pytest.raises(NotFound):
        journal.revoke_key(key.reference, REVIEWER)
    assert [(event.kind, event.agent, event.reference) for event in journal.events()] == [
        ("added-key", str(thing("agent", "maintainers")), key.reference), ("revoked-key", REVIEWER, key.reference)]


def test_a_space_is_free_again_when_its_key_is_revoked(journal: Journal) -> None:
    key, _ = add_key(journal, "https://x.example/a", "partner", "https://data.ghent.example/id/")
    add_key(journal, "https://x.example/a", "partner", "https://data.ghent.example/id/")
    with pytest.raises(Invalid, match="another partner"):
        add_key(journal, AGENT, "partner", "https://data.ghent.example/id/cities/")
    for each in journal.all_keys():
        journal.revoke_key(each.reference, REVIEWER)
    assert add_key(journal, AGENT, "partner", "https://data.ghent.example/id/cities/")[0].space


def test_an_older_key_that_reaches_into_our_space_opens_nothing_of_ours() -> None:
    graph = initiative(X, "Theirs")
    graph.add((UAEU.ProcurementPractice, DCT.title, Literal("Theirs")))
    graph.add((URIRef("https://w3id.org/theirs"), DCT.title, Literal("Theirs")))
    assert [each.subject for each in find_inadmissible(graph, "https://w3id.org/")] == [UAEU.ProcurementPractice]


@pytest.mark.parametrize("agent, role, space", [
    (AGENT, "owner", ""), ("Ghent", "partner", ""), ('https://x.example/ "<b>', "partner", ""), ("https://", "partner", ""),
    ("https://x.example/\n", "partner", ""), *((AGENT, "partner", space) for space in (
        "https://w3id.org/uaeu-kg/id/", "https://", "https://w3id.org/", "https://w3id.org/uaeu-kg/", "https://data.ghent.example/id",
        "https://a b.c/", "http://data.ghent.example/id/", "https://data.ghent.example"))])
def test_a_key_that_makes_no_sense_is_refused(journal: Journal, agent: str, role: str, space: str) -> None:
    with pytest.raises(Invalid):
        add_key(journal, agent, role, space)


def test_a_backup_holds_everything(contributions: Contributions, journal: Journal, tmp_path: Path) -> None:
    reference = published(contributions, initiative(X, "Corrected"), replaces=[str(X)], contact="c@city.example")
    copy = Journal(f"sqlite:///{tmp_path / 'backup.sqlite'}")
    assert journal.copy_to(copy) == 3
    assert copy.changes() == journal.changes() and copy.contribution(reference) == journal.contribution(reference)
    assert copy.contact(reference) == "c@city.example"
    with pytest.raises(Conflict, match="not empty"):
        journal.copy_to(copy)


def test_what_is_superseded_and_described_by_nobody_leaves_a_tombstone(contributions: Contributions, store: LocalStore, tmp_path: Path) -> None:
    old, new = thing("initiative", "zz-old"), thing("initiative", "zz-new")
    first = published(contributions, initiative(old, "Old"))
    second = published(contributions, initiative(new, "New"), supersedes=first)
    assert titles(store, old) == [] and (old, PROV.invalidatedAtTime, None) in store.graph(TOMBSTONES_GRAPH)
    assert found_in(tmp_path, old) is None and found_in(tmp_path, new) is not None
    contributions.withdraw(second, AGENT, "a mistake")
    published(contributions, initiative(old, "Old again"))
    assert found_in(tmp_path, old) is not None and (old, PROV.invalidatedAtTime, None) not in store.graph(TOMBSTONES_GRAPH)


def test_the_read_model_forgets_what_stood_in_a_graph_that_ends(contributions: Contributions, store: LocalStore, tmp_path: Path) -> None:
    """As a journal tells it whose events do not say yet what is gone."""
    y, name = thing("initiative", "y"), URIRef("https://w3id.org/uaeu-kg/graph/harvest/partner/dump")
    contributions.publish_graphs({name: initiative(y, "Theirs")}, (), AGENT, "harvest")
    contributions.journal.record(AGENT, "harvest", Change(dropped=(str(name),)))
    contributions.follow()
    assert titles(store, y) == [] and found_in(tmp_path, y) is None


def test_a_record_that_is_replaced_and_not_described_anew_leaves_a_tombstone(contributions: Contributions, store: LocalStore) -> None:
    published(contributions, initiative(thing("initiative", "y"), "Another"), replaces=[str(X)])
    assert (X, PROV.invalidatedAtTime, None) in store.graph(TOMBSTONES_GRAPH)


@pytest.mark.parametrize("order", [(1, 2, 0), (1, 0, 2), (0, 1, 2), (2, 1, 0), (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize("curated", [True, False])
def test_withdrawing_any_version_shows_the_newest_of_the_others(contributions: Contributions, store: LocalStore, order: tuple[int, ...],
                                                               curated: bool) -> None:
    record = X if curated else thing("initiative", "zz-chain")
    references = [published(contributions, initiative(record, title), replaces=[str(record)]) for title in ("A", "B", "C")]
    left = [0, 1, 2]
    for number in order:
        contributions.withdraw(references[number], AGENT, "a test")
        left.remove(number)
        assert titles(store, record) == (["ABC"[left[-1]]] if left else ["As the page says"] if curated else [])
    assert not (store.graph(BASE_GRAPH) ^ initiative(X, "As the page says"))
    assert ((record, PROV.invalidatedAtTime, None) in store.graph(TOMBSTONES_GRAPH)) is not curated


def test_parts_and_statements_of_more_than_one_version_come_back_as_they_were(contributions: Contributions, store: LocalStore) -> None:
    """A title that a later version states too is not lost with it, and the parts of a record follow the record."""
    step, other = thing("step", "x-1"), thing("initiative", "other")
    page = initiative(X, "As the page says") + initiative(other, "Other")
    page.add((X, UAEU.hasProcessStep, step))
    page.add((step, RDF.type, UAEU.ProcessStep))
    page.add((step, DCT.title, Literal("First", lang="en")))
    store.put(BASE_GRAPH, page)
    one = initiative(X, "Changed") + initiative(other, "Other, changed")
    one.add((X, UAEU.hasProcessStep, step))
    first = published(contributions, one, replaces=[str(X), str(other)])
    second = published(contributions, initiative(X, "As the page says"), replaces=[str(X)])
    contributions.withdraw(first, AGENT, "a test")
    assert titles(store, X) == ["As the page says"] and titles(store, other) == ["Other"] and titles(store, step) == []
    contributions.withdraw(second, AGENT, "a test")
    assert not (store.graph(BASE_GRAPH) ^ page) and not len(store.graph(TOMBSTONES_GRAPH))


def test_what_a_superseding_version_states_too_is_not_lost_with_it(contributions: Contributions, store: LocalStore) -> None:
    first = published(contributions, initiative(X, "First"), replaces=[str(X)])
    second = published(contributions, initiative(X, "As the page says"), supersedes=first)
    third = published(contributions, initiative(X, "Third"), replaces=[str(X)])
    contributions.withdraw(second, AGENT, "a test")
    assert titles(store, X) == ["Third"]
    contributions.withdraw(third, AGENT, "a test")
    assert titles(store, X) == ["As the page says"] and not (store.graph(BASE_GRAPH) ^ initiative(X, "As the page says"))


def test_what_is_superseded_while_it_is_withdrawn_is_a_conflict(contributions: Contributions, monkeypatch: pytest.MonkeyPatch) -> None:
    first, follow = published(contributions, initiative(X, "First"), replaces=[str(X)]), contributions.follow

    def follow_late() -> int:
        monkeypatch.setattr(contributions, "follow", follow)
        published(contributions, initiative(X, "Second"), replaces=[str(X)], supersedes=first)
        return follow()

    monkeypatch.setattr(contributions, "follow", follow_late)
    with pytest.raises(Conflict, match="superseded cannot become withdrawn"):
        contributions.withdraw(first, AGENT, "a test")


def test_the_command_says_in_the_journal_who_erased_and_who_gave_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_VAR", str(tmp_path))
    journal = Journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    journal.receive("a", "digest", b"", agent=AGENT, form="", source="", replaces=(), contact="a@example.org", status="submitted")
    for words in (("erase", "a", "--agent", REVIEWER), ("key", "add", AGENT, "--by", REVIEWER)):
        assert CliRunner().invoke(make_app(), list(words)).exit_code == 0
    key, = journal.all_keys()
    assert CliRunner().invoke(make_app(), ["key", "revoke", key.reference, "--by", REVIEWER]).exit_code == 0
    assert [(event.kind, event.agent, event.reference) for event in journal.events()][1:] == [
        ("erased-contact", REVIEWER, "a"), ("added-key", REVIEWER, key.reference), ("revoked-key", REVIEWER, key.reference)]
