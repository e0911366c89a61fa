"""Synergies: redoable by the published query, evidenced, deterministic, diverse, better than text."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg.errors import Invalid, NotFound
from kg.queries import load_query
from kg.rules import load_rules
from kg.store.local import LocalStore
from kg.synergies import evaluate, evaluate_stated, find_documented, find_synergies
from kg.synergies.features import describe_features, gather
from kg.synergies.find import COUNTRY, MOST_ALIKE, MOST_KIN, REDO
from kg.synergies.materialise import compute_synergies
from kg.synergies.ranking import Ranking, load_ranking
from kg.synergies.recognition import recognise
from kg.synergies.statements import load_statements, order
from kg.terms import DCT, FEATURES_GRAPH, GRAPH, ID, RDF, SKOS, SYNERGIES_GRAPH, UAEU, VOC, XSD

ITEMS = [ID[name] for name in ("initiative/circular-pp", "practice/aalborg-ict-buy-back", "action/pp1-action-2",
                               "partnership/innovative-and-responsible-public-procurement", "result/pp-elearning-module")]
STATING = (DCT.relation, DCT.isPartOf, UAEU.hasResult)


def silent(step: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


@pytest.mark.parametrize("item", ITEMS)
def test_the_published_query_gives_the_same_pairs_and_scores(store: LocalStore, item: URIRef) -> None:
    totals: dict[str, float] = defaultdict(float)
    for row in store.select(load_query(REDO).text, {"item": item}):
        totals[str(row["other"])] += float(row["contribution"])
    ranking = load_ranking(store)
    scores = ranking.scores(item)
    mine = {str(other): float(scores[number]) for number, other in enumerate(ranking.items) if scores[number] > 0}
    assert set(mine) == set(totals)
    assert max(abs(mine[other] - totals[other]) for other in mine) < 1e-9


@pytest.mark.parametrize("item", ITEMS)
def test_a_score_is_the_sum_of_its_evidence(store: LocalStore, item: URIRef) -> None:
    found = find_synergies(store, item)
    assert len(found) == 10
    for synergy in found:
        assert synergy.score == pytest.approx(sum(each.contribution for each in synergy.evidence), abs=1e-9)
        assert 0 < synergy.score <= 1 and synergy.sentence.endswith(".")


def test_scores_are_the_same_from_both_ends(store: LocalStore) -> None:
    ranking = load_ranking(store)
    for item in ITEMS:
        scores = ranking.scores(item)
        for number in range(0, len(ranking.items), 50):
            back = ranking.scores(ranking.items[number])[ranking.row[item]]
            assert scores[number] == pytest.approx(back, abs=1e-12)


@pytest.mark.parametrize("item", ITEMS)
def test_evidence_rests_on_statements_of_both_in_their_graphs(store: LocalStore, item: URIRef) -> None:
    ask = "ASK WHERE { GRAPH ?graph { ?subject ?predicate ?object } }"
    for synergy in find_synergies(store, item):
        for evidence in synergy.evidence:
            assert evidence.statements, (synergy.target, evidence.rule.name, evidence.on)
            for each in evidence.statements:
                assert store.ask(ask, {"graph": each.graph, "subject": each.subject, "predicate": each.predicate,
                                       "object": each.object})


def test_every_published_synergy_has_evidence_with_source_graphs(store: LocalStore) -> None:
    graph = store.graph(SYNERGIES_GRAPH)
    names = set(store.names())
    synergies = set(graph.subjects(RDF.type, UAEU.Synergy))
    assert len(synergies) > 1000
    for synergy in synergies:
        reasons = list(graph.objects(synergy, UAEU.hasEvidence))
        assert reasons
        total = sum(float(str(value)) for reason in reasons for value in graph.objects(reason, UAEU.contributionToScore))
        assert total == pytest.approx(float(str(graph.value(synergy, UAEU.score))), abs=1e-6 * (1 + len(reasons)))
    derived = "http://www.w3.org/ns/prov#wasDerivedFrom"
    bare = [reason for reason in graph.subjects(RDF.type, UAEU.SynergyEvidence) if not list(graph.objects(reason, URIRef(derived)))]
    assert not bare
    assert {source for source in graph.objects(None, URIRef(derived))} <= names


def test_evidence_names_its_value_and_the_feature(store: LocalStore) -> None:
    graph, features = store.graph(SYNERGIES_GRAPH), store.graph(FEATURES_GRAPH)
    for reason in list(graph.subjects(RDF.type, UAEU.SynergyEvidence))[:500]:
        value = graph.value(reason, UAEU.onSharedValue) or graph.value(reason, RDF.value)
        feature = graph.value(reason, DCT.references)
        assert value in (features.value(feature, UAEU.onSharedValue), features.value(feature, DCT.identifier))
        assert features.value(feature, UAEU.featureKind) == graph.value(reason, UAEU.evidenceType)


def test_statements_that_state_a_link_are_no_features(store: LocalStore, tmp_path: Path) -> None:
    ranking = load_ranking(store)
    store.copy(tmp_path / "store").close()
    silenced = LocalStore(tmp_path / "store")
    links = {name for name in store.names() if str(name).startswith(str(GRAPH["links/"]))}
    assert links
    silenced.replace({}, links)
    stating: dict[URIRef, list[tuple[Node, Node, Node]]] = defaultdict(list)
    for predicate in STATING:
        for row in silenced.select("SELECT ?s ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }", {"p": predicate}):
            stating[URIRef(row["g"])].append((row["s"], predicate, row["o"]))
    assert stating
    silenced.patch(stating, {})
    assert not any(next(silenced.match(None, predicate, None), None) for predicate in STATING)
    features = gather(silenced, load_rules(), tuple(ranking.items))
    silenced.close()
    assert set(describe_features(features)) == set(store.graph(FEATURES_GRAPH))


def test_the_order_of_loading_does_not_matter() -> None:
    graph = Graph()
    for number in range(6):
        item = ID[f"initiative/x{number}"]
        graph.add((item, RDF.type, UAEU.ProcurementInitiative))
        graph.add((item, DCT.title, Literal(f"Circular furniture number {number % 3}", lang="en")))
        graph.add((item, UAEU.theme, ID[f"theme/{number % 2}"]))
        graph.add((item, UAEU.strategicObjective, ID[f"objective/{number % 3}"]))
    made = []
    for seed in range(3):
        triples = list(graph)
        random.Random(seed).shuffle(triples)
        shuffled, loaded = Graph(), LocalStore()
        for triple in triples:
            shuffled.add(triple)
        loaded.put(GRAPH["case"], shuffled)
        made.append({name: set(each) for name, each in compute_synergies(loaded, silent).items()})
    assert made[0] == made[1] == made[2]
    assert any(predicate == UAEU.score for _, predicate, _ in made[0][SYNERGIES_GRAPH])


def test_published_numbers_are_decimals_of_six_digits(store: LocalStore) -> None:
    graph = store.graph(FEATURES_GRAPH)
    for predicate in (UAEU.norm, UAEU.informationContent, UAEU.share):
        values = set(graph.objects(None, predicate))
        assert values
        assert all(isinstance(value, Literal) and value.datatype == XSD.decimal and len(str(value).partition(".")[2]) <= 6
                   for value in values)


def test_an_answer_is_not_all_of_one_type(store: LocalStore) -> None:
    ranking = load_ranking(store)
    alike = 0
    for item in ranking.items[::20]:
        count = Counter(synergy.type for synergy in find_synergies(store, item))
        alike += max(count.values()) > MOST_ALIKE * 10
    assert alike <= len(ranking.items[::20]) / 10


def test_a_city_of_one_country_sees_others(store: LocalStore) -> None:
    items = [item for item in load_ranking(store).items if "/practice/" in item][::12]
    assert len(items) > 10
    for item in items:
        found = find_synergies(store, item)
        near = [each for each in found if any(COUNTRY in one.on for one in each.evidence)]
        assert len(found) == 10 and len(near) <= MOST_ALIKE * 10, item
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_types_are_filtered_and_unknown_ones_refused(store: LocalStore) -> None:
    found = find_synergies(store, ITEMS[0], types=("shared-process",), limit=3)
    assert len(found) == 3 and {str(each.type).rsplit("/", 1)[-1] for each in found} == {"shared-process"}
    with pytest.raises(Invalid, match="shared-process"):
        find_synergies(store, ITEMS[0], types=("friendship",))


def test_an_unknown_thing_is_not_found(store: LocalStore) -> None:
    with pytest.raises(NotFound):
        find_synergies(store, ID["initiative/nobody"])


def test_succession_goes_from_the_earlier_to_the_later(store: LocalStore) -> None:
    found = find_synergies(store, ID["action/pp2-action-3"], limit=50)
    evidence = [(each, reason) for each in found for reason in each.evidence if reason.rule.name == "succession"]
    roles = {str(each.target).rsplit("/", 1)[-1]: reason.role for each, reason in evidence}
    assert roles["pp1-action-1"] == "receives" and roles["pp3-action-3"] == "gives"


def test_documented_links_are_facts_of_their_own(store: LocalStore) -> None:
    links = find_documented(store, ID["practice/aalborg-ict-buy-back"])
    assert [link.target for link in links] == [ID["initiative/circular-pp"]]
    assert links[0].page.startswith("http")


def test_what_a_source_links_with_a_thing_is_shown_apart_and_is_no_synergy(store: LocalStore) -> None:
    item = ID["action/pp2-action-3"]
    links = {link.target: link for link in find_documented(store, item)}
    guidance = links[ID["result/pp-recovery-guidance-note"]]
    assert guidance.statement.endswith(f"has the result {guidance.target_label}.") and guidance.page.startswith("http") and not guidance.synergy
    assert ID["partnership/innovative-and-responsible-public-procurement"] in links
    found = {each.target for each in find_synergies(store, item, limit=100)}
    assert len(found) == 100 and not found & links.keys()
    graph = store.graph(SYNERGIES_GRAPH)
    pairs = {order(*graph.objects(node, UAEU.connects)) for node in graph.subjects(UAEU.connects)}  # type: ignore[arg-type]
    statements = load_statements(store)
    assert len(statements.stated) > 400 and not pairs & statements.stated - statements.verdicts.keys()


def test_an_action_sees_more_than_its_own_partnership(store: LocalStore) -> None:
    items = [item for item in load_ranking(store).items if "/action/pp" in item]
    assert len(items) > 5
    for item in items:
        own = [each for each in find_synergies(store, item) if any("/id/partnership/" in one.on and one.rule.name == "shared-actor"
                                                                  for one in each.evidence)]
        assert len(own) <= MOST_KIN * 10, item


def test_a_network_that_leads_makes_nothing_active_where_it_sits(store: LocalStore) -> None:
    item, ranking = ID["initiative/ppi-platform"], load_ranking(store)
    assert ID["organisation/iclei-europe"] in {ranking.about[feature][1] for _, feature in ranking.cells[item]}
    assert not [on for _, feature in ranking.cells[item] if str(on := ranking.about[feature][1]).endswith(f"{COUNTRY}DEU")]


@pytest.mark.parametrize(("title", "text", "named"), [
    ("Action 2 - A guide to spend", "Action 2 and action 7 of the plan", False), ("Position paper (2024)", "A position paper", False),
    ("Public Procurement", "How public procurement helps", False), ("Fair clothes (Flanders)", "Cities of Flanders", False),
    ("PROTECT (climate)", "How to protect a river", False), ("PROTECT (climate)", "It grew out of PROTECT in 2024", True),
    ("Study on a Guarantee", "It follows the study on a guarantee", True), ("Another thing", "This is another thing", False),
    ("Urban Innovative Actions (UIA)", "Paid by Urban Innovative Actions", True), ("Wide research (InnoBuyer)", "It used InnoBuyer", True)])
def test_a_text_names_what_is_spelt_as_a_name(title: str, text: str, named: bool) -> None:
    one, other, graph, loaded = ID["initiative/one"], ID["initiative/other"], Graph(), LocalStore()
    for item, name, said in ((one, title, "Nothing"), (other, "Another thing", text)):
        graph.add((item, RDF.type, UAEU.ProcurementInitiative))
        graph.add((item, DCT.title, Literal(name, lang="en")))
        graph.add((item, DCT.description, Literal(said, lang="en")))
    loaded.put(GRAPH["case"], graph)
    assert ((other, UAEU.mentions, one) in recognise(loaded)) is named


@pytest.mark.parametrize(("label", "text", "recognised"), [
    ("E-procurement", "Public procurement of schools", False), ("E-procurement", "They moved to e-procurement", True),
    ("Cleaning", "Clean school uniforms", False), ("Cleaning", "Cleaning of schools", True), ("Buildings", "They build a road", False),
    ("Buildings", "A new building", True), ("Mobility policies", "A mobility policy", True), ("Public procurement", "Public procurement", False)])
def test_a_text_names_a_theme_by_whole_words(label: str, text: str, recognised: bool) -> None:
    theme, item, graph, loaded = VOC["theme/case"], ID["initiative/one"], Graph(), LocalStore()
    graph.add((theme, SKOS.inScheme, VOC["theme"]))
    graph.add((theme, SKOS.prefLabel, Literal(label, lang="en")))
    graph.add((item, RDF.type, UAEU.ProcurementInitiative))
    graph.add((item, DCT.description, Literal(text, lang="en")))
    loaded.put(GRAPH["case"], graph)
    assert ((item, UAEU.mentionsTheme, theme) in recognise(loaded)) is recognised


def test_the_score_is_better_than_text(store: LocalStore) -> None:
    figures = {each.method: each for each in evaluate(store)}
    text = max(figures["text TF-IDF"].recall_10, figures["text BM25"].recall_10)
    assert figures["synergies"].recall_10 >= max(0.78, 1.3 * text)
    assert figures["synergies, cross-validated"].recall_10 >= 0.74
    assert figures["synergies"].mrr > max(figures["text TF-IDF"].mrr, figures["text BM25"].mrr)
    stated = {each.method: each for each in evaluate_stated(store)}
    assert stated["synergies"].recall_10 >= 1.35 * max(stated["text TF-IDF"].recall_10, stated["text BM25"].recall_10)


def test_without_documented_links_nothing_is_measured() -> None:
    with pytest.raises(NotFound, match="no source documents"):
        evaluate(LocalStore())


def test_reasons_of_one_weight_stand_in_one_order_however_the_rows_come() -> None:
    one, other, feature, rule = ID["initiative/a"], ID["initiative/b"], ID["feature/f"], ID["rule/r"]
    rows = [(item, role, feature, 0.5) for item in (one, other) for role in ("gives", "needs", "shares")]
    found = [Ranking(order, {feature: (rule, VOC["theme/food"], ())}).shares(one, other) for order in (rows, rows[::-1])]
    assert found[0] == found[1] and [share.role for share in found[0]] == ["gives", "needs", "shares"]


@pytest.mark.parametrize("reference", ["big-buyers-initiative", "keino"])
def test_a_shared_process_says_who_is_further_ahead_and_by_which_statements(reference: str, store: LocalStore) -> None:
    item, about = ID[f"initiative/{reference}"], load_statements(store).about
    found = [each for each in find_synergies(store, item, types=("shared-process",), limit=40)]
    years = {each.target: [about(end).start[:4] for end in (item, each.target)] for each in found}
    told = [each for each in found if all(years[each.target]) and len(set(years[each.target])) == 2]
    assert told and len(told) < len(found)
    for each in found:
        one, other = years[each.target]
        assert (f"{each.source_label if one < other else each.target_label} is further ahead, it began in {min(one, other)}" in each.sentence) \
            is (each in told)
    for each in told:
        for evidence in each.evidence:
            if evidence.rule.type == each.type:
                assert {item, each.target} <= {one.subject for one in evidence.statements if one.predicate == DCT.temporal}
