"""Forms: made of the shapes, and what was filled in is stated by the importer of the tables."""

from __future__ import annotations

import csv

import pytest
from rdflib import Literal

from api.languages import INTERFACE
from kg.errors import Invalid
from kg.forms import Known, Part, fill_form, load_forms, load_known, read_form
from kg.resources import data
from kg.store.local import LocalStore
from kg.terms import CV, DCT, UAEU, VOC, thing
from kg.wording import LANGUAGES

FORMS = load_forms()


@pytest.fixture(scope="module")
def known(store: LocalStore) -> Known:
    return load_known(store)


def test_every_kind_of_contribution_has_a_form() -> None:
    assert {"practice", "initiative", "result", "need", "offer", "public-organisation", "organisation"} <= set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_asks_for_each_column_once_in_words_of_five_languages(name: str) -> None:
    form = FORMS[name]
    asked = [field for group in form.groups for field in group.fields()]
    assert len({field.key for field in asked}) == len(asked)
    assert {field.key for field in asked} <= set(form.table.columns)
    assert {key for key, column in form.table.columns.items() if column.required} <= {field.key for field in asked}
    for field in asked:
        assert set(field.words.labels) == {"en", "fr", "de", "es", "it"} and field.words.help(), field.key


@pytest.mark.parametrize("name", FORMS)
def test_a_form_its_groups_parts_and_fields_have_help_in_every_language_of_the_pages(name: str) -> None:
    form = FORMS[name]
    parts = [item for group in form.groups for item in group.items if isinstance(item, Part)]
    for words in (form.words, *(each.words for each in (*form.groups, *parts, *form.fields().values()))):
        assert set(words.labels) == set(LANGUAGES) >= set(INTERFACE), words.labels
        assert set(words.helps) in (set(), set(LANGUAGES)) and len(set(words.helps.values())) == len(words.helps), words.helps
    assert all(each.words.helps for each in (form, *parts, *form.fields().values()))


def test_outcomes_repeat_with_indicator_value_unit_baseline_and_status(known: Known) -> None:
    form = FORMS["practice"]
    parts = {item.name: item for group in form.groups for item in group.items if isinstance(item, Part)}
    assert [field.key for field in parts["outcomes"].fields][-5:] == [
        "outcome_metric", "outcome_value", "outcome_unit", "outcome_baseline", "outcome_status"]
    answers = read_form(form, [("name", "Meals"), ("outcome_value", "50"), ("outcome_unit", "percent"), ("outcome_baseline", "20"),
                               ("outcome_metric", "co2-reduction"), ("outcome_status", "target"), ("outcome_value.2", "7"), ("outcome.2", "Seven lots")], known)
    graph = answers.stated.graph
    values = {str(graph.value(graph.value(outcome, UAEU.hasMeasurement), CV.value)): outcome
              for outcome in graph.objects(answers.subject, UAEU.hasOutcome)}
    assert set(values) == {"50", "7"}
    assert graph.value(graph.value(values["50"], UAEU.hasMeasurement), UAEU.baseline) == Literal("20", lang="en")
    assert graph.value(graph.value(values["50"], UAEU.hasMeasurement), UAEU.valueStatus) == VOC["value-status/target"]
    assert graph.value(values["7"], DCT.description) == Literal("Seven lots", lang="en")


def test_names_answer_lists_and_a_name_may_hold_the_sign_between_values(known: Known) -> None:
    answers = read_form(FORMS["practice"], [("name", "Meals; and more"), ("themes", "circular economy"), ("themes", "local-food"),
                                            ("city", "Haarlem")], known)
    graph = answers.stated.graph
    assert not answers.faults
    assert graph.value(answers.subject, DCT.title) == Literal("Meals; and more", lang="en")
    assert set(graph.objects(answers.subject, UAEU.theme)) == {VOC["theme/circular-economy"], VOC["theme/local-food"]}
    assert graph.value(answers.subject, UAEU.appliedIn) == thing("city", "haarlem")


def test_a_text_may_stand_in_several_languages(known: Known) -> None:
    answers = read_form(FORMS["practice"], [("name", "Repas scolaires"), ("name@", "fr"), ("name.2", "write to meals @de"), ("name.2@", "en")], known)
    assert set(answers.stated.graph.objects(answers.subject, DCT.title)) == {
        Literal("Repas scolaires", lang="fr"), Literal("write to meals @de", lang="en")}
    assert answers.title == "Repas scolaires"


def test_every_fault_stands_at_its_field(known: Known) -> None:
    answers = read_form(FORMS["practice"], [("name", "Meals\x00"), ("year", "31/05/2021"), ("city", "Haarlm"), ("source_url", "example"),
                                            ("outcome_metric.2", "nothing-known"), ("bought", "x"), ("bought@", "english")], known)
    assert set(answers.faults) == {"name", "year", "city", "source_url", "outcome_metric.2", "bought"}
    assert "haarlem" in answers.faults["city"][0].advice.lower()


@pytest.mark.parametrize("pairs", [[("nonsense", "1")], [("name", "a"), ("name", "b")], [("id", "../x"), ("name", "a")],
                                   [("name@x", "en")], [("name", "a" * 200_000)]])
def test_what_no_form_sends_is_refused(known: Known, pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid):
        read_form(FORMS["practice"], pairs, known)


def test_a_thing_of_nearly_the_same_name_is_found(known: Known) -> None:
    like = known.find_like("practice", "buying back ICT equipmemt")
    assert [each.iri for each in like][:1] == [str(thing("practice", "aalborg-ict-buy-back"))]
    assert not known.find_like("practice", "Something that nobody ever bought")


def test_our_own_rows_are_what_the_form_would_state(known: Known, store: LocalStore) -> None:
    """A form filled with a row of data/ states what the table states."""
    form = FORMS["practice"]
    with (data() / "procurement" / "practices.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["outcome_value"] and row["initiatives"])
    pairs = [(key, value) for key, cell in row.items() if key in form.fields() and cell
             for value in (cell.split(";") if form.fields()[key].column.list else [cell])]
    answers = read_form(form, [("id", row["id"]), *pairs], known)
    assert not answers.faults
    published = {triple for name in store.names() if "/graph/procurement/" in name for triple in store.graph(name)}
    assert set(answers.stated.graph) <= published
    assert {(answers.subject, DCT.title), (answers.subject, UAEU.hasOutcome)} <= {triple[:2] for triple in answers.stated.graph}


def test_a_record_fills_the_form_that_states_it(known: Known) -> None:
    pairs = [("name", "Meals; and more"), ("name.2", "Repas"), ("name.2@", "fr"), ("themes", "local-food"), ("themes", "circular-economy"),
             ("contracting_authorities", "haarlem"), ("year", "2021-05"), ("cpv_division", "15"), ("objectives", "environmental-impact/circ-econ"),
             ("input_kind", "eu-grant"), ("outcome_value", "50"), ("outcome_unit", "percent"), ("outcome.2", "Sept lots"), ("outcome.2@", "fr"),
             ("step.3", "third"), ("source_url", "https://example.org/meals")]
    form = FORMS["practice"]
    answers = read_form(form, pairs, known)
    assert not answers.faults
    again = read_form(form, fill_form(form, answers.stated.graph, answers.subject, known), known)
    assert not again.faults and set(again.stated.graph) == set(answers.stated.graph)
