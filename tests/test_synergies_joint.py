"""Joint procurement: the same object, instrument and market at a time that leaves it open; the sentence says what is known and what not."""

from __future__ import annotations

from datetime import date

import pytest
from rdflib import Graph, Literal, URIRef

from kg.queries import load_query
from kg.rules import load_rules
from kg.store.local import LocalStore
from kg.synergies import Synergy, find_synergies
from kg.synergies.about import About, Period, describe_about
from kg.synergies.features import gather
from kg.synergies.find import REDO
from kg.synergies.matching import Matcher
from kg.synergies.materialise import compute_synergies, silent
from kg.synergies.ranking import load_ranking, rank_features
from kg.synergies.saying import Speech
from kg.terms import AT, CPV, DCAT, DCT, EPO, GRAPH, ID, RDF, SKOS, UAEU, VOC, XSD

RULE = "joint-procurement"
COMPUTERS, FRAMEWORK, DIALOGUE = CPV["30000000"], VOC["instrument/framework-agreement"], VOC["instrument/competitive-dialogue"]
PLAN = URIRef("urn:uaeu-kg:plan")


def describe(graph: Graph, item: URIRef, instrument: URIRef | None, country: str, start: str = "", end: str = "") -> None:
    graph.add((item, RDF.type, UAEU.ProcurementPractice))
    graph.add((item, DCT.title, Literal(item.rsplit("/", 1)[-1].title(), lang="en")))
    graph.add((item, EPO.hasMainClassification, COMPUTERS))
    graph.add((item, EPO.hasCountryCode, AT[f"country/{country}"]))
    if instrument:
        graph.add((item, UAEU.usesInstrument, instrument))
    if start or end:
        period = URIRef(f"{item}/period")
        graph.add((item, DCT.temporal, period))
        for predicate, text in ((DCAT.startDate, start), (DCAT.endDate, end)):
            if text:
                graph.add((period, predicate, Literal(text, datatype=XSD.gYear)))


@pytest.fixture(scope="module")
def buyers() -> LocalStore:
    graph, store = Graph(), LocalStore()
    for name, *rest in (("aarhus", FRAMEWORK, "DNK", "2024", "2027"), ("bremen", FRAMEWORK, "DEU", "2025"), ("cork", FRAMEWORK, "IRL"),
                        ("dialogue", DIALOGUE, "DNK", "2025"), ("ended", FRAMEWORK, "DNK", "2021", "2023"), ("old", FRAMEWORK, "DNK", "2019"),
                        ("leeds", FRAMEWORK, "GBR", "2025"), ("luton", FRAMEWORK, "GBR", "2024"), ("plain", None, "DNK"), ("rome", None, "ITA")):
        describe(graph, ID[f"practice/{name}"], *rest)  # type: ignore[arg-type]
    for term, label in ((COMPUTERS, "Office machinery"), (FRAMEWORK, "Framework agreement"), *((AT[f"country/{code}"], name) for code, name in (
            ("DNK", "Denmark"), ("DEU", "Germany"), ("IRL", "Ireland"), ("GBR", "United Kingdom"), ("ITA", "Italy")))):
        graph.add((term, SKOS.prefLabel, Literal(label, lang="en")))
    # Others, so that what the ones above share says something.
    for number in range(20):
        graph.add((ID[f"initiative/x{number}"], RDF.type, UAEU.ProcurementInitiative))
    store.put(GRAPH["case"], graph)
    compute_synergies(store, silent)
    return store


def reasons(synergies: list[Synergy]) -> dict[str, str]:
    return {each.target.rsplit("/", 1)[-1]: one.sentence for each in synergies for one in each.evidence if one.rule.name == RULE}


@pytest.mark.parametrize(("name", "others"), [("aarhus", {"bremen", "cork"}), ("dialogue", set()), ("ended", set()), ("old", set()),
                                              ("leeds", {"luton"}), ("plain", {"rome"})])
def test_it_arises_only_where_object_instrument_market_and_period_allow_it(buyers: LocalStore, name: str, others: set[str]) -> None:
    found = find_synergies(buyers, ID[f"practice/{name}"], limit=100) if ID[f"practice/{name}"] in load_ranking(buyers).row else []
    assert reasons(found).keys() == others


def test_the_sentence_names_object_instrument_places_and_periods_and_what_is_not_known(buyers: LocalStore) -> None:
    said = reasons(find_synergies(buyers, ID["practice/aarhus"]))
    assert said["bremen"] == ("both buy Office machinery by the same instrument (Framework agreement), from one market (Denmark, Germany), "
                              "at times that leave it open to buy together (Aarhus: 2024 to 2027; Bremen: from 2025, end not known)")
    assert "Cork: period not known" in said["cork"]
    assert "(neither states one)" in reasons(find_synergies(buyers, ID["practice/plain"]))["rome"]


def test_evidence_rests_on_the_statements_of_all_that_it_names(buyers: LocalStore) -> None:
    synergy = next(each for each in find_synergies(buyers, ID["practice/aarhus"]) if each.target == ID["practice/bremen"])
    evidence = next(each for each in synergy.evidence if each.rule.name == RULE)
    assert evidence.on == COMPUTERS and evidence.also == (FRAMEWORK,)
    assert {each.predicate for each in evidence.statements} == {EPO.hasMainClassification, UAEU.usesInstrument, EPO.hasCountryCode, DCT.temporal}


def test_the_published_query_redoes_it(buyers: LocalStore) -> None:
    item = ID["practice/aarhus"]
    rows = [row for row in buyers.select(load_query(REDO).text, {"item": item}) if str(row["rule"]).endswith(RULE)]
    mine = {each.target: one.contribution for each in find_synergies(buyers, item) for one in each.evidence if one.rule.name == RULE}
    assert {row["other"]: float(row["contribution"]) for row in rows} == pytest.approx(mine) and len(rows) == 2


def test_what_is_published_and_what_was_gathered_rank_alike(buyers: LocalStore) -> None:
    published = load_ranking(buyers)
    gathered = rank_features(gather(buyers, load_rules(), tuple(published.items)))
    assert gathered.about == published.about and any(also for _, _, also in published.about.values())


def test_a_plan_meets_those_that_it_could_buy_with(buyers: LocalStore) -> None:
    graph = Graph()
    describe(graph, PLAN, FRAMEWORK, "DEU")
    said = reasons(Matcher(buyers).match(buyers, graph, PLAN))
    assert said.keys() == {"aarhus", "bremen", "cork"} and "period not known; Aarhus: 2024 to 2027" in said["aarhus"]


@pytest.mark.parametrize(("start", "end", "said", "ended"), [
    ("2020", "2024", "2020 to 2024", True), ("2020", "2026", "2020 to 2026", False), ("2020", "", "from 2020, end not known", False),
    ("", "2024", "until 2024, start not known", True), ("", "", "period not known", False)])
def test_a_period_in_words(start: str, end: str, said: str, ended: bool) -> None:
    about = About((Period(ID["period/a"], Literal(start) if start else None, Literal(end) if end else None),))
    assert about.say_period() == said and about.say_period("de", date(2026, 5, 1)).endswith(", beendet") is ended and about.has_ended(date(2026, 5, 1)) is ended


def test_one_period_without_an_end_leaves_the_whole_open() -> None:
    graph, item = Graph(), ID["initiative/a"]
    for number, (start, end) in enumerate((("2018", "2020"), ("2022", ""))):
        period = URIRef(f"{item}/{number}")
        graph.add((item, DCT.temporal, period))
        graph.add((period, DCAT.startDate, Literal(start)))
        if end:
            graph.add((period, DCAT.endDate, Literal(end)))
    assert (describe_about(graph, item).start, describe_about(graph, item).end) == ("2018", "")


def test_every_rule_has_a_sentence_in_the_languages_of_the_pages() -> None:
    assert {rule.name for rule in load_rules() if rule.sentences.keys() < {"en", "fr", "de"}} == set()


def test_a_reason_is_said_in_the_language_of_the_reader(buyers: LocalStore) -> None:
    names = {str(COMPUTERS): "Büromaschinen", str(FRAMEWORK): "Rahmenvereinbarung", str(AT["country/DNK"]): "Dänemark",
             str(AT["country/DEU"]): "Deutschland"}
    found = find_synergies(buyers, ID["practice/aarhus"], speech=Speech("de", lambda iri: names.get(iri, iri)))
    synergy = next(each for each in found if each.target == ID["practice/bremen"])
    said = next(each for each in synergy.evidence if each.rule.name == RULE)
    assert said.sentence == ("beide kaufen „Büromaschinen“ mit demselben Instrument (Rahmenvereinbarung), in einem Markt (Dänemark, Deutschland), "
                             "zu Zeiten, die einen gemeinsamen Kauf offenlassen (Aarhus: 2024 bis 2027; Bremen: ab 2025, Ende nicht bekannt)")
    assert said.language == synergy.language == "de" and said.label == "Büromaschinen"


def test_a_rule_without_a_sentence_in_a_language_is_said_in_english(buyers: LocalStore) -> None:
    found = find_synergies(buyers, ID["practice/aarhus"], speech=Speech("el", buyers_label))
    assert {each.language for synergy in found for each in synergy.evidence} == {"en"}


def buyers_label(iri: str) -> str:
    """A name that is the IRI itself."""
    return iri
