"""The competency questions: expected rows on a hand-written world, and an answer on the real data.

`tests/cases/questions/world.trig` is the world; `<question>.csv` holds the rows that a question must give there, IRIs as their last
two parts. Lines that start with `#` give parameters, `# plan id/plan/food-1`. Whoever adds a question adds its rows.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Literal, URIRef

from kg import resources
from kg.queries import Query, load_queries
from kg.store import Term
from kg.store.local import LocalStore
from kg.terms import BASE

CASES = Path(__file__).parent / "cases" / "questions"
QUESTIONS = load_queries(resources.ontology() / "questions")


@pytest.fixture(scope="module")
def world() -> LocalStore:
    store = LocalStore()
    quads = ox.parse(path=CASES / "world.trig", format=ox.RdfFormat.TRIG, rename_blank_nodes=False)
    store.load(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return store


def short(term: Term | None) -> str:
    return "" if term is None else "/".join(str(term).rsplit("/", 2)[-2:]) if isinstance(term, URIRef) else str(term)


def read_case(name: str) -> tuple[dict[str, str], list[list[str]]]:
    lines = (CASES / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    given = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
    return given, list(csv.reader(line for line in lines if not line.startswith("# ")))


def bind(query: Query, given: dict[str, str]) -> dict[str, Term]:
    bound: dict[str, Term] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name, parameter.example)
        bound[parameter.name] = URIRef(value if "://" in value else BASE + value) if parameter.type == "iri" else Literal(value)
    return bound


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_question_has_its_rows_on_the_world(name: str, world: LocalStore) -> None:
    given, (header, *rows) = read_case(name)
    found = world.select(QUESTIONS[name].text, bind(QUESTIONS[name], given))
    assert list(found.variables) == header
    assert sorted([short(term) for term in row] for row in found.rows) == sorted(rows)
    assert rows, "a question without a row on the world proves nothing"


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_question_has_an_answer_on_the_real_data(name: str, store: LocalStore) -> None:
    found = store.select(QUESTIONS[name].text, bind(QUESTIONS[name], {}))
    assert len(found) > 0
    filled = {name for row in found for name in row}
    assert len(filled) >= min(2, len(found.variables)), f"only {filled} are ever filled"


def test_the_28_questions_of_the_domain_model_are_asked_and_more() -> None:
    asked = {row["number"]: row["question"] for row in csv.DictReader((CASES / "numbers.tsv").open(encoding="utf-8"), delimiter="\t")}
    assert sorted(int(number) for number in asked) == list(range(1, 32))
    assert {name for names in asked.values() for name in names.split(" ")} <= set(QUESTIONS)
