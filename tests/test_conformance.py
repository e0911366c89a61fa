"""`kg validate`: the data conform; what does not is named by row, with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg import resources
from kg.cli import make_app
from kg.conformance import check_path
from kg.errors import NotFound, UnreadableFile

PRACTICE = """@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://w3id.org/uaeu-kg/id/practice/mine> a uaeu:ProcurementPractice ; {more} .
"""


def test_the_data_conform_to_our_shapes() -> None:
    found = check_path(resources.data())
    assert found.report.conforms, [each for each in found.findings if each.result.severity == "Violation"][:5]
    assert found.sentence().startswith("It conforms")
    assert any(each.places for each in found.findings)


def test_a_file_without_a_title_does_not_conform(tmp_path: Path) -> None:
    path = tmp_path / "practice.ttl"
    path.write_text(PRACTICE.format(more='dct:description "No title"@en'), encoding="utf-8")
    found = check_path(path)
    assert not found.report.conforms and found.sentence().startswith("It does not conform: 1 thing")
    path.write_text(PRACTICE.format(more='dct:title "School meals"@en'), encoding="utf-8")
    assert check_path(path).report.conforms


def test_a_natural_person_does_not_conform(tmp_path: Path) -> None:
    path = tmp_path / "person.ttl"
    path.write_text('<urn:x> a <http://xmlns.com/foaf/0.1/Person> ; <http://xmlns.com/foaf/0.1/name> "Somebody"@en .', encoding="utf-8")
    found = check_path(path)
    assert not found.report.conforms and "person" in found.findings[0].result.message().lower()


@pytest.mark.parametrize(("name", "text", "error", "words"), [
    ("broken.ttl", "<urn:a> <urn:b> .", UnreadableFile, "broken.ttl.*Turtle"), ("broken.jsonld", "{", UnreadableFile, "JSON-LD"),
    ("table.pdf", "x", UnreadableFile, ".pdf")])
def test_what_cannot_be_read_is_said_so(tmp_path: Path, name: str, text: str, error: type[Exception], words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        check_path(tmp_path / name)


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        check_path(tmp_path / "nowhere")


def test_the_command_has_an_exit_status_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "practice.ttl"
    path.write_text(PRACTICE.format(more='dct:description "No title"@en'), encoding="utf-8")
    answer = CliRunner().invoke(make_app(), ["validate", str(path), "--format", "json", "--language", "de"])
    assert answer.exit_code == 2
    report = json.loads(answer.stdout)
    assert report["conforms"] is False and report["findings"][0]["component"] == "MinCountConstraintComponent"
