"""A plan that is only described is matched by the same rules as what is published; nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from rdflib import BNode, Graph, Literal, URIRef

from api.words import HINTS
from kg.index import Index
from kg.matching import EXAMPLES, FIELDS, STRANGE, WANTED, list_terms, match
from kg.matching.terms import find_near, read_text, resolve
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.synergies import find_synergies
from kg.synergies.find import PLACE
from kg.synergies.matching import load_matcher
from kg.terms import AT, BASE, DCT, PROV, UAEU, thing

PLAN = {"theme": ["food"], "country": "Denmark", "text": "Organic school meals from local farms"}
DERIVED = (UAEU.hasProfile, UAEU.keyword, UAEU.documentedAt, UAEU.mentions, UAEU.mentionsTheme, UAEU.mentionsPlace, UAEU.mentionsInstrument)


@pytest.mark.parametrize("reference", ["keino", "foodlinks", "big-buyers-initiative"])
def test_a_copy_of_a_published_thing_has_the_scores_of_the_thing(reference: str, store: LocalStore) -> None:
    item, copy, graph = thing("initiative", reference), thing("initiative", "copy-of-mine"), Graph()
    for _, predicate, value in store.match(item, None, None):
        if predicate not in DERIVED:
            graph.add((copy, predicate, value))
            if isinstance(value, URIRef) and any(part in value for part in ("/id/input/", "/id/step/", "/id/outcome/", "/id/association/")):
                for triple in store.match(value, None, None):
                    graph.add(triple)
    found = {each.target: each.score for each in load_matcher(store).match(store, graph, copy, 40)}
    same = 0
    for each in find_synergies(store, item, limit=20):
        rules = {one.rule.name for one in each.evidence}
        if each.target in found and not rules & {"names-it", "succession", "duplication-risk", "shared-source"}:
            assert found[each.target] == pytest.approx(each.score, rel=0.05), each.target
            same += 1
    assert same >= 5


@pytest.mark.parametrize("way", ["json", "form", "address", "text"])
def test_a_plan_is_answered_whatever_way_it_comes(way: str, client: TestClient) -> None:
    accept = {"Accept": "application/json"}
    answer = {"json": lambda: client.post("/match", json=PLAN, headers=accept), "form": lambda: client.post("/match", data=PLAN, headers=accept),
              "address": lambda: client.get("/match", params=PLAN, headers=accept),
              "text": lambda: client.post("/match", content="Organic school meals from local farms in Denmark",
                                          headers={**accept, "Content-Type": "text/plain"})}[way]()
    found = answer.json()
    assert answer.status_code == 200 and len(found["synergies"]) == 10 and found["improve"]
    labels = " ".join(each["target_label"] for each in found["synergies"])
    assert "school" in labels.lower() or "Food" in labels
    for each in found["synergies"]:
        assert each["score"] == pytest.approx(sum(one["contribution"] for one in each["evidence"]), abs=1e-4)


def test_unknown_terms_are_answered_with_the_near_ones(client: TestClient) -> None:
    found = client.get("/match", params={"instrument": "lots", "theme": "food", "country": "Denmrk"}, headers={"Accept": "application/json"}).json()
    unknown = {each["field"]: each for each in found["unknown"]}
    assert "division-into-lots" in [each["code"] for each in unknown["instrument"]["near"]]
    assert "DNK" in [each["code"] for each in unknown["country"]["near"]]
    assert [each["label"] for each in found["understood"]] == ["Food and catering"]


@pytest.mark.parametrize(("ask", "status"), [
    ({"json": {}}, 400), ({"json": {"theme": []}}, 400), ({"json": []}, 400), ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ({"json": {"shoe": "42"}}, 400), ({"json": {"text": "x" * 6000}}, 400), ({"json": {"theme": ["food"], "limit": 0}}, 400),
    ({"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain"}}, 400)])
def test_a_profile_that_says_nothing_is_refused_with_an_example(ask: dict[str, Any], status: int, client: TestClient) -> None:
    answer = client.post("/match", **ask)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_the_page_is_a_form_and_then_an_answer(client: TestClient) -> None:
    page = {"Accept": "text/html"}
    assert "<textarea" in client.get("/match", headers=page).text
    answer = client.get("/match", params={"text": "Organic school meals <script>", "theme": "nonsense"}, headers=page)
    assert answer.status_code == 200 and "that fit best" in answer.text and "<script>" not in answer.text.split("<main", 1)[1]
    assert "is in no list (theme" in answer.text and "improve" in answer.text


@pytest.mark.parametrize("suffix", ["csv", "ttl", "jsonld", "json"])
def test_every_format(suffix: str, client: TestClient) -> None:
    answer = client.get(f"/match.{suffix}", params={"theme": "food"})
    assert answer.status_code == 200 and len(answer.text) > 500


def test_nothing_is_stored(client: TestClient, store: LocalStore) -> None:
    before = store.version()
    client.post("/match", json=PLAN)
    assert store.version() == before and not client.app.state.journal.contributions()  # type: ignore[attr-defined]


@pytest.fixture
def index(settings: Settings, store: LocalStore) -> Index:
    return Index(settings.var / "index.sqlite")


def test_the_name_of_a_plan_is_no_word_of_it(store: LocalStore, index: Index) -> None:
    for fields in ({"theme": ["xyzzy"]}, {"country": ["Narnia"]}):
        assert not match(store, index, fields).synergies
    found = match(store, index, {"theme": ["school meals"]})
    assert not found.synergies and "food" in [code for code, _ in found.unknown[0].near]
    named = match(store, index, {"have": ["needs assessment"]}).synergies[0]
    assert named.source_label == "Your plan" and named.sentence.startswith("Your plan gives")


@pytest.mark.parametrize(("text", "strange"), [
    ("Wir wollen emissionsfreie Busse mit Nachbarstädten beschaffen und suchen Kriterien", True), ("repas bio pour les cantines scolaires", True),
    ("We plan to buy school meals with social clauses, and lack criteria", False), ("", False)])
def test_a_text_in_words_that_are_not_known_is_told_so(text: str, strange: bool, store: LocalStore, index: Index) -> None:
    found = match(store, index, {"text": [text], "theme": ["food"]})
    assert (STRANGE in found.improve) is strange
    assert not any(f"speak of {word}" in each.sentence for word in ("de", "les", "und", "mit", "pour") for each in found.synergies)


def test_of_ten_no_more_than_three_have_a_place_alone_in_common(store: LocalStore, index: Index) -> None:
    asked = match(store, index, {"country": ["FRA"], "instrument": ["pre-commercial-procurement"]}).synergies
    assert len(asked) == 10 and sum(each.type == PLACE for each in asked) == 3
    assert len(match(store, index, {"country": ["FRA"]}).synergies) == 10


def test_what_follows_from_a_reason_is_not_said_beside_it(store: LocalStore, index: Index) -> None:
    asked = match(store, index, {"instrument": ["social-clauses"]}).synergies
    assert all("Both use Social clauses" in each.sentence and "Socially responsible instrument" not in each.sentence for each in asked)
    assert any(one.label == "Socially responsible instrument" for each in asked for one in each.evidence)


def test_a_weak_reason_is_said_with_the_other_weak_ones(store: LocalStore, index: Index) -> None:
    asked = match(store, index, {"country": ["SWE"], "text": ["fair laptops"]}, 50).synergies
    both = [each for each in asked if {one.rule.name for one in each.evidence} >= {"shared-place", "shared-words"}]
    assert both and all("speak of" in each.sentence and "Sweden" in each.sentence for each in both)


def test_json_says_what_each_reason_rests_on_and_how_to_redo_it(client: TestClient, store: LocalStore) -> None:
    found = client.get("/match.json", params={"theme": "food", "country": "DNK"}).json()
    for each in found["synergies"]:
        for one in each["evidence"]:
            assert one["feature"] in found["query"] and one["statements"]
            for stated in one["statements"]:
                written = store.graph(URIRef(stated["graph"]))
                assert stated["object"] in map(str, written.objects(URIRef(stated["subject"]), URIRef(stated["predicate"])))


def test_what_a_plan_has_and_what_it_needs_are_told_apart(store: LocalStore, index: Index) -> None:
    has, needs = (match(store, index, {name: ["needs assessment"]}, 20).synergies for name in ("have", "input"))
    assert has and {each.direction for each in has} == {"gives"}
    assert "receives" in {each.direction for each in needs} and "gives" not in {each.direction for each in needs}


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "text"])
def test_the_example_of_each_field_is_understood(field: str, store: LocalStore, index: Index) -> None:
    label = dict(list_terms(index, field))[EXAMPLES[field]]
    found = match(store, index, {field: [label]})
    assert not found.unknown and found.understood[0].field == field and found.synergies


def test_hints_are_in_the_catalogues_and_name_what_is_understood(store: LocalStore, index: Index) -> None:
    assert (*WANTED.values(), STRANGE) == HINTS and tuple(WANTED) == FIELDS
    for field, hint in WANTED.items():
        if ", such as " in hint:
            assert resolve(index, field, hint.split(", such as ")[1].split(":")[0]), hint


@pytest.mark.parametrize(("field", "term", "expected"), [
    ("theme", "food-and-catering", "voc/theme/food"), ("theme", "Food", "voc/theme/food"), ("process", "market dialogue", "voc/process/market-consultation"),
    ("theme", "publc transport", "voc/theme/public-transport"), ("theme", "and", ""), ("instrument", f"{BASE}voc/instrument/social-clauses",
    "voc/instrument/social-clauses"), ("theme", "voc/instrument/social-clauses", "")])
def test_a_term_is_resolved(field: str, term: str, expected: str, index: Index) -> None:
    assert resolve(index, field, term) == (BASE + expected if expected else "")


@pytest.mark.parametrize("term", ["the Netherlands", "nld", "Niederlande", "Pays-Bas", str(AT["country/NLD"])])
def test_a_country_is_resolved(term: str, index: Index) -> None:
    assert resolve(index, "country", term) == str(AT["country/NLD"])


@pytest.mark.parametrize(("field", "term", "near", "far"), [
    ("theme", "school meals", "food", "secondary-materials"), ("theme", "foodd", "food", "wood"), ("process", "dialogue with firms", "market-consultation", "survey"),
    ("input", "trainig", "training-materials", "open-data"), ("theme", "bread and butter", "", "food"), ("country", "Denmrk", "DNK", "HUN"),
    ("country", "Narnia", "", "HUN")])
def test_near_terms_are_sensible(field: str, term: str, near: str, far: str, store: LocalStore, index: Index) -> None:
    found = [code for code, _ in find_near(store, index, field, term)]
    assert far not in found and (not near or near in found)


def test_a_text_is_read_for_steps_outcomes_and_countries(index: Index) -> None:
    text = "After a market consultation we look for energy savings on an island in the Netherlands."
    assert [name for name, _ in read_text(index, text)] == ["process", "outcome", "country"]
    assert ("country", str(AT["country/DNK"])) in read_text(index.speaking("de"), "Schulessen in Dänemark")


def test_what_was_recognised_in_a_text_is_reported(client: TestClient) -> None:
    accept = {"Accept": "application/json"}
    found = client.post("/match", json={"text": "School meals with social clauses in the Netherlands, near Ghent"}, headers=accept).json()
    understood = {(each["field"], each["label"], each["in_text"]) for each in found["understood"]}
    assert understood >= {("instrument", "Social clauses", True), ("country", "Netherlands", True), ("city", "Ghent", True)}
    assert not any("country" in hint for hint in found["improve"])
    assert "active in Ghent" in " ".join(one["sentence"] for each in found["synergies"] for one in each["evidence"])
    found = client.post("/match", json={"text": "School meals in the Netherlands"}, headers=accept).json()
    assert "active in the Netherlands" in " ".join(one["sentence"] for each in found["synergies"] for one in each["evidence"])


def test_a_plan_sees_no_more_than_some_of_one_kind(store: LocalStore, index: Index) -> None:
    found = match(store, index, {"country": ["NLD"], "theme": ["food"], "instrument": ["social-clauses"]}).synergies
    near = [each for each in found if any("/country/" in one.on for one in each.evidence)]
    assert len(found) == 10 and len(near) <= 8


def test_an_empty_form_stays_a_form(client: TestClient) -> None:
    for ask in (lambda: client.get("/match", params={"text": " ", "theme": ""}, headers={"Accept": "text/html"}),
                lambda: client.post("/match", data={"text": "", "theme": ""}, headers={"Accept": "text/html"})):
        answer = ask()
        assert answer.status_code == 400 and "<textarea" in answer.text and "Nothing is described yet" in answer.text
        assert "theme Food and catering" in answer.text and "theme=" not in answer.text.split('role="alert"', 1)[1].split("</p>", 1)[0]


def test_near_terms_are_links_that_choose_them(client: TestClient) -> None:
    page = client.get("/match", params={"theme": "school meals", "country": "NLD"}, headers={"Accept": "text/html"}).text
    assert 'href="/match?theme=food&amp;country=NLD">Food and catering</a>' in page


def test_a_plan_has_no_public_address_in_rdf(client: TestClient) -> None:
    answer = client.get("/match.ttl", params={"theme": ["food", "xyzzy"]})
    graph = Graph().parse(data=answer.text, format="turtle")
    synergies = set(graph.subjects(UAEU.score))
    assert len(synergies) == 10 and all(isinstance(each, BNode) for each in synergies)
    assert all(isinstance(each, BNode) for each in graph.objects(None, UAEU.hasEvidence))
    assert (None, PROV.wasGeneratedBy, None) not in graph and (None, UAEU.reviewStatus, None) not in graph
    plan = graph.value(None, DCT.title, Literal("Your plan", lang="en"))
    assert isinstance(plan, BNode) and all((each, UAEU.connects, plan) in graph for each in synergies)
    said = " ".join(map(str, graph.objects(plan, DCT.description)))
    assert "xyzzy" in said and "Name your country" in said


@pytest.mark.parametrize("suffix", ["csv", "nt"])
def test_what_a_table_has_no_room_for_stands_in_the_header(suffix: str, client: TestClient) -> None:
    answer = client.get(f"/match.{suffix}", params={"theme": "school meals", "country": "NLD"})
    assert answer.headers["Match-Unknown"].startswith("theme=school%20meals;near=food") and "instrument" in answer.headers["Match-Missing"]
