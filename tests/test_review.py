"""The last look before publishing: what was sent on an older state is judged beside what is public by now, and nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from kg.contributions import Contributions, Publisher, add_key
from kg.contributions.overlap import find_overlaps
from kg.errors import Conflict, NotFound
from kg.journal import Journal
from kg.review import find_refusal, publish
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.terms import DCT, GRAPH, RDF, SKOS, UAEU, VOC, thing

REVIEWER = str(thing("agent", "reviewer"))
TWIN = thing("practice", "zz-twin")


def practice(title: str, iri: URIRef = TWIN) -> Graph:
    graph = Graph()
    graph.add((iri, RDF.type, UAEU.ProcurementPractice))
    graph.add((iri, DCT.title, Literal(title, lang="en")))
    graph.add((iri, UAEU.theme, VOC["theme/food"]))
    return graph


@pytest.fixture
def contributions(tmp_path: Path) -> Iterator[Contributions]:
    store, journal = LocalStore(), Journal("sqlite://")
    store.put(GRAPH["test/voc"], Graph().add((VOC["theme/food"], SKOS.inScheme, VOC["theme"])))
    store.put(GRAPH["test/page"], practice("Of the page", thing("practice", "page")))
    yield Contributions(store, journal, Publisher(read_settings({}, var=tmp_path), store, journal).follow)
    journal.close()


def sent(contributions: Contributions, graph: Graph, *replaces: URIRef) -> str:
    return contributions.receive(graph, replaces=map(str, replaces)).contribution.reference


def titles(contributions: Contributions, iri: URIRef = TWIN) -> set[str]:
    return {str(value) for _, _, value in contributions.store.match(iri, DCT.title, None)}


def test_two_that_wait_with_one_new_id_are_not_merged(contributions: Contributions) -> None:
    first, second = sent(contributions, practice("One")), sent(contributions, practice("Two"))
    publish(contributions, first, REVIEWER)
    with pytest.raises(Conflict, match="published by somebody else"):
        publish(contributions, second, REVIEWER)
    assert titles(contributions) == {"One"} and contributions.journal.contribution(second).status == "submitted"
    publish(contributions, second, REVIEWER, supersedes=first)
    assert titles(contributions) == {"Two"} and contributions.journal.contribution(first).status == "superseded"


def test_sent_back_it_can_be_made_the_new_version(contributions: Contributions) -> None:
    first, second = sent(contributions, practice("One")), sent(contributions, practice("Two"))
    publish(contributions, first, REVIEWER)
    contributions.request_changes(second, REVIEWER, "Is it the same?")
    contributions.edit(second, practice("Two"), REVIEWER, [str(TWIN)])
    contributions.submit(second, REVIEWER)
    assert contributions.journal.contribution(second).replaces == (str(TWIN),)
    publish(contributions, second, REVIEWER)
    assert titles(contributions) == {"Two"}


def test_what_breaks_the_shapes_by_now_is_not_published(contributions: Contributions) -> None:
    graph = practice("One")
    graph.remove((TWIN, DCT.title, None))
    graph.add((TWIN, UAEU.theme, thing("organisation", "unknown")))
    reference = sent(contributions, graph)
    with pytest.raises(Conflict, match="what is public by now does not allow it: "):
        publish(contributions, reference, REVIEWER)
    assert contributions.journal.contribution(reference).status == "submitted" and not titles(contributions)


@pytest.mark.parametrize("record", [UAEU.ProcurementPractice, thing("initiative", "big-buyers-initiative")])
def test_nothing_of_another_kind_is_taken_away(contributions: Contributions, record: URIRef) -> None:
    reference = sent(contributions, practice("One"), record)
    with pytest.raises(Conflict, match="would take away"):
        publish(contributions, reference, REVIEWER)


@pytest.mark.parametrize("supersedes, error", [("0" * 12, NotFound), ("waiting", Conflict), ("itself", Conflict)])
def test_a_publish_that_fails_leaves_everything_as_it_was(contributions: Contributions, supersedes: str, error: type[Exception]) -> None:
    reference, waiting = sent(contributions, practice("One")), sent(contributions, practice("Two", thing("practice", "other")))
    before = contributions.journal.events()
    with pytest.raises(error):
        publish(contributions, reference, REVIEWER, {"waiting": waiting, "itself": reference}.get(supersedes, supersedes))
    assert contributions.journal.events() == before
    contributions.request_changes(reference, REVIEWER, "it can still be sent back")


SPACE = "https://data.example.org/id/"
PARTNER = "https://w3id.org/uaeu-kg/id/organisation/partner-of-test"


def of_partner(contributions: Contributions) -> str:
    graph = practice("Ours")
    graph.add((URIRef(f"{SPACE}contact"), DCT.title, Literal("A desk", lang="en")))
    return contributions.receive(graph, agent=PARTNER).contribution.reference


def test_the_policy_is_asked_again_as_the_contributor_stands_by_now(contributions: Contributions) -> None:
    key, _ = add_key(contributions.journal, PARTNER, "partner", SPACE)
    reference = of_partner(contributions)
    assert find_refusal(contributions, contributions.journal.contribution(reference)) is None
    contributions.journal.revoke_key(key.reference, REVIEWER)
    refusal = find_refusal(contributions, contributions.journal.contribution(reference), shapes=False)
    assert refusal is not None and f"no valid key for <{SPACE}contact>" in refusal.what
    with pytest.raises(Conflict, match="no valid key"):
        publish(contributions, reference, REVIEWER)
    assert contributions.journal.contribution(reference).status == "submitted" and not titles(contributions)
    add_key(contributions.journal, PARTNER, "partner", SPACE)
    publish(contributions, reference, REVIEWER)
    assert titles(contributions) == {"Ours"}


def test_a_key_that_is_revoked_while_it_is_judged_counts(contributions: Contributions, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = add_key(contributions.journal, PARTNER, "partner", SPACE)
    reference, move = of_partner(contributions), contributions.journal.move

    def revoke_first(*given: object, **more: object) -> object:
        monkeypatch.setattr(contributions.journal, "move", move)
        contributions.journal.revoke_key(key.reference, REVIEWER)
        return move(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(contributions.journal, "move", revoke_first)
    with pytest.raises(Conflict, match="no valid key"):
        publish(contributions, reference, REVIEWER)
    assert contributions.journal.contribution(reference).status == "submitted" and not titles(contributions)


def test_what_is_edited_while_it_is_judged_is_judged_again(contributions: Contributions, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, move = sent(contributions, practice("One")), contributions.journal.move

    def edit_first(*given: object, **more: object) -> object:
        monkeypatch.setattr(contributions.journal, "move", move)
        contributions.request_changes(reference, REVIEWER, "A better name, please.")
        contributions.edit(reference, practice("One, edited"), REVIEWER)
        contributions.submit(reference, REVIEWER)
        return move(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(contributions.journal, "move", edit_first)
    publish(contributions, reference, REVIEWER)
    assert titles(contributions) == {"One, edited"}


def test_who_touches_the_same_records_is_known_beforehand(contributions: Contributions) -> None:
    first, second = sent(contributions, practice("One")), sent(contributions, practice("Two"))
    other, journal = sent(contributions, practice("Of no concern", thing("practice", "other"))), contributions.journal
    found = find_overlaps(journal, journal.contributions())
    assert [(each.reference, each.title, each.status, each.records, each.later) for each in found[second]] == [
        (first, "One", "submitted", (str(TWIN),), False)] and not found[other]
    assert find_refusal(contributions, journal.contribution(second)) is None
    publish(contributions, first, REVIEWER)
    assert [(each.status, each.later) for each in find_overlaps(journal, [journal.contribution(second)])[second]] == [("published", True)]
    refusal = find_refusal(contributions, journal.contribution(second), shapes=False)
    assert refusal is not None and refusal.supersedes == first and f"superseding {first}" in refusal.advice
    publish(contributions, second, REVIEWER, refusal.supersedes)
    assert find_refusal(contributions, journal.contribution(second)) is None


def test_superseding_is_not_offered_where_more_would_end(contributions: Contributions) -> None:
    first = sent(contributions, practice("One") + practice("Also", thing("practice", "also")))
    second = sent(contributions, practice("Two"))
    publish(contributions, first, REVIEWER)
    refusal = find_refusal(contributions, contributions.journal.contribution(second))
    assert refusal is not None and not refusal.supersedes and "superseding" not in refusal.advice


def test_a_change_since_it_was_sent_is_told_of_what_it_replaces(contributions: Contributions) -> None:
    page = thing("practice", "page")
    first, second = sent(contributions, practice("Better", page), page), sent(contributions, practice("Best", page), page)
    publish(contributions, first, REVIEWER)
    found = find_overlaps(contributions.journal, [contributions.journal.contribution(second)])[second]
    assert [(each.reference, each.later) for each in found] == [(first, True)]
