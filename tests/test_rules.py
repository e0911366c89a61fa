"""Rules of synergies: each finds what its case expects and nothing in unrelated data; a broken rule names file and line."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from kg import resources
from kg.errors import QuerySyntax, UnreadableFile
from kg.rules import load_rules
from kg.shapes import parse_turtle
from kg.store.local import LocalStore
from kg.synergies.features import gather
from kg.synergies.materialise import compute_synergies, silent
from kg.terms import GRAPH, RDF, UAEU

CASES = Path(__file__).parent / "cases" / "rules"
RULES = {rule.name: rule for rule in load_rules()}


def rows_of(rule: str, file: Path) -> set[tuple[str, ...]]:
    store = LocalStore()
    store.put(GRAPH["case"], parse_turtle(file, Graph()))
    return {tuple(str(row.get(name, "")) for name in ("item", "role", "on", *RULES[rule].conditions))
            for row in store.select(RULES[rule].query.text)}


def test_every_rule_has_a_case() -> None:
    assert {folder.name for folder in CASES.iterdir()} == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_finds_what_its_case_expects(name: str) -> None:
    with (CASES / name / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = {tuple(row.values()) for row in csv.DictReader(file)}
    assert expected and rows_of(name, CASES / name / "data.ttl") == expected


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_yields_nothing_from_unrelated_data(name: str) -> None:
    assert rows_of(name, CASES / name / "unrelated.ttl") == set()


def test_every_query_belongs_to_a_rule() -> None:
    assert {path.stem for path in (resources.ontology() / "rules").glob("*.rq")} == set(RULES)


def test_weights_sum_up_to_one_and_every_rule_gives_its_reason() -> None:
    assert sum(rule.weight for rule in RULES.values()) == pytest.approx(1, abs=1e-5)
    assert all(rule.reason and rule.definition and rule.sentence for rule in RULES.values())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "rules"
    shutil.copytree(resources.ontology() / "rules", copy)
    return copy


def test_a_rule_that_does_not_parse_names_file_and_line(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(
        "# Which themes?\nSELECT ?item ?role ?on WHERE {\n  ?item uaeu:theme ?on ?on\n}\n")
    with pytest.raises(QuerySyntax) as caught:
        load_rules(folder)
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 3 and "line:" not in caught.value.what


def test_a_rule_that_does_not_select_the_value_names_file_and_line(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text("# Which themes?\nSELECT ?item ?role WHERE { ?item uaeu:theme ?role }\n")
    with pytest.raises(QuerySyntax, match=r"\?on") as caught:
        load_rules(folder)
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 2


def test_a_rule_with_an_unbound_variable_stops_the_build(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(
        '# Which themes?\nSELECT ?item ?role ?on WHERE {\n  ?item uaeu:theme ?other\n  OPTIONAL { ?item uaeu:none ?on }\n  BIND("shares" AS ?role)\n}\n')
    store = LocalStore()
    store.put(GRAPH["case"], parse_turtle(CASES / "shared-theme" / "data.ttl", Graph()))
    item = URIRef("https://w3id.org/uaeu-kg/id/initiative/a")
    with pytest.raises(QuerySyntax, match=r"does not bind \?on") as caught:
        gather(store, load_rules(folder), (item,))
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 4


BODY = "WHERE {\n  ?item uaeu:theme ?on .\n"
SHARES = '  BIND("shares" AS ?role)\n'


@pytest.mark.parametrize(("query", "line", "said"), [
    (f"SELECT ?item ?role ?on {BODY}{SHARES}}} GROUP BY ?item\n", 2, r"\?role is neither grouped"),
    (f"SELECT ?item ?role ?on {BODY}{SHARES}  BIND(1 AS ?on)\n}}\n", 5, r"\?on has a value already"),
    (f"SELECT ?item ?role ?on {BODY}  BIND(uaeu:nothing(?on) AS ?role)\n}}\n", 2, "function <.*nothing> is not known")])
def test_a_rule_that_the_engine_refuses_stops_the_build_with_file_and_line(query: str, line: int, said: str, folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(f"# Which themes?\n{query}")
    with pytest.raises(QuerySyntax, match=said) as caught:
        gather(LocalStore(), tuple(rule for rule in load_rules(folder) if rule.name == "shared-theme"), ())
    assert caught.value.where == "shared-theme.rq" and caught.value.line == line


def test_a_rule_with_an_unknown_prefix_names_file_and_line(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(f"# Which themes?\nSELECT ?item ?role ?on {BODY.replace('uaeu', 'nobody')}{SHARES}}}\n")
    with pytest.raises(QuerySyntax, match="nobody") as caught:
        load_rules(folder)
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 3


def test_only_what_is_selected_is_a_condition(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(f"# Which themes?\nSELECT ?item ?role ?on {{\n  ?item uaeu:theme ?on ; uaeu:usesInstrument ?other\n{SHARES}}}\n")
    assert {rule.name: rule.conditions for rule in load_rules(folder)}["shared-theme"] == ()


@pytest.mark.parametrize(("right", "wrong", "said"), [
    ("uaeu:weight 0.5", 'uaeu:weight "much"', "weight"), ("uaeu:weight 0.5", "uaeu:weight -0.5", "weight"), ("uaeu:weight 0.5", "uaeu:weight 0", "weight"),
    ("uaeu:weight 0.5", 'uaeu:weight "NaN"', "weight"), ("uaeu:weight 0.5", "uaeu:weight 0.5, 0.7", "has several uaeu:weight"),
    ("    uaeu:weight 0.5 ;\n", "", "lacks uaeu:weight"), ('"shared-place"', '"shared-theme"', "two rules")])
def test_a_rule_that_is_described_wrongly_names_file_and_line(right: str, wrong: str, said: str, folder: Path) -> None:
    text = (folder / "rules.ttl").read_text()
    (folder / "rules.ttl").write_text(text.replace(right, wrong, 1))
    with pytest.raises(UnreadableFile, match=said) as caught:
        load_rules(folder)
    assert caught.value.where == "rules.ttl" and caught.value.line


def test_a_rule_that_runs_too_long_stops_the_build(folder: Path) -> None:
    (folder / "shared-theme.rq").write_text(
        "# Which things?\nSELECT ?item ?role ?on WHERE { ?item ?a ?b . ?c ?d ?on . ?e ?f ?g . ?h ?i ?j . ?k ?l ?role }\n")
    store, graph = LocalStore(), Graph()
    for number in range(14):
        graph.add((URIRef(f"https://w3id.org/uaeu-kg/id/initiative/x{number}"), UAEU.theme, URIRef(f"https://w3id.org/uaeu-kg/voc/theme/{number}")))
    store.put(GRAPH["case"], graph)
    with pytest.raises(QuerySyntax, match="has run for") as caught:
        gather(store, tuple(rule for rule in load_rules(folder) if rule.name == "shared-theme"), (), seconds=0.05)
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 2


def test_a_rule_whose_pairs_rest_on_no_statement_stops_the_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "shared-theme.rq").write_text(
        '# Which themes?\nSELECT ?item ?role ?on WHERE { ?item a uaeu:ProcurementInitiative BIND(<https://w3id.org/uaeu-kg/voc/theme/none> AS ?on) '
        'BIND("shares" AS ?role) }\n')
    store, graph = LocalStore(), Graph()
    for number in range(3):
        item = URIRef(f"https://w3id.org/uaeu-kg/id/initiative/x{number}")
        graph.add((item, RDF.type, UAEU.ProcurementInitiative if number < 2 else UAEU.Action))
    store.put(GRAPH["case"], graph)
    rules = load_rules(folder)
    for module in ("materialise", "find"):
        monkeypatch.setattr(f"kg.synergies.{module}.load_rules", lambda: rules)
    with pytest.raises(QuerySyntax, match="no statement supports it") as caught:
        compute_synergies(store, silent)
    assert caught.value.where == "shared-theme.rq" and caught.value.line == 2


@pytest.mark.parametrize(("right", "wrong"), [("both work on {on}", "both work on {money}"), ("both work on {on}", "both work on {on"),
                                              ("synergy-type/shared-theme", "synergy-type/shared-money")])
def test_a_rule_with_a_wrong_sentence_or_type_names_file_and_line(folder: Path, right: str, wrong: str) -> None:
    text = (folder / "rules.ttl").read_text()
    (folder / "rules.ttl").write_text(text.replace(right, wrong))
    with pytest.raises(UnreadableFile, match="shared-theme") as caught:
        load_rules(folder)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if right in line)
    assert caught.value.where == "rules.ttl" and caught.value.line == line


def test_a_rule_without_query_is_named(folder: Path) -> None:
    (folder / "shared-theme.rq").unlink()
    with pytest.raises(UnreadableFile, match="shared-theme"):
        load_rules(folder)
