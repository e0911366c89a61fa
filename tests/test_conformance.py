"""`kg validate`: the data conform; what does not is named by row or line, with what to do, in forms for people and programs."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from typer.testing import CliRunner

from kg import resources
from kg.cli import make_app
from kg.conformance import _judge, check_path
from kg.errors import NotFound, UnreadableFile
from kg.store.local import LocalStore
from kg.terms import GRAPH, RDF, SH, SKOS, UAEU, VOC, XSD, thing

THEMED = f'uaeu:theme <{VOC["theme/food"]}>'
PRACTICE = """@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://w3id.org/uaeu-kg/id/practice/mine> a uaeu:ProcurementPractice ; {more} .
"""


def hold_theme(store: LocalStore) -> None:
    store.put(GRAPH["test/voc"], Graph().add((VOC["theme/food"], SKOS.inScheme, VOC["theme"])))


def test_the_data_conform_to_our_shapes() -> None:
    found = check_path(resources.data())
    assert found.conforms, found.remarks[:5]
    assert found.sentence().startswith("Nothing has to be corrected")
    assert any(each.where.endswith(".csv") and each.line > 1 for each in found.remarks)


def test_a_file_without_a_title_does_not_conform(tmp_path: Path) -> None:
    path = tmp_path / "practice.ttl"
    hold_theme(store := LocalStore())
    path.write_text(PRACTICE.format(more=f'dct:description "No title"@en ; {THEMED}'), encoding="utf-8")
    found = check_path(path, store)
    assert not found.conforms and found.sentence().startswith("1 thing has to be corrected")
    path.write_text(PRACTICE.format(more=f'dct:title "School meals of mine"@en ; {THEMED}'), encoding="utf-8")
    assert check_path(path, store).conforms


def test_a_natural_person_does_not_conform(tmp_path: Path) -> None:
    path = tmp_path / "person.ttl"
    path.write_text('<urn:x> a <http://xmlns.com/foaf/0.1/Person> ; <http://xmlns.com/foaf/0.1/name> "Somebody"@en .', encoding="utf-8")
    found = check_path(path, LocalStore())
    assert not found.conforms and any("person" in each.text.lower() for each in found.remarks)


def test_a_source_is_judged_beside_the_packaged_ones(tmp_path: Path) -> None:
    folder = tmp_path / "procurement"
    folder.mkdir()
    shutil.copy(resources.data() / "procurement" / "source.ttl", folder)
    (folder / "extra.ttl").write_text(PRACTICE.format(more='dct:title "Meals"@en ; uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/nothing>'),
                                      encoding="utf-8")
    found = check_path(tmp_path)
    wrong = [each for each in found.remarks if each.severity == "Violation"]
    assert {each.code for each in wrong} == {"ProcurementPractice-themes.Node"} and {each.record.split("/id/")[1] for each in wrong} == {"practice/mine"}


def test_a_number_that_a_store_would_rewrite_is_judged_as_written() -> None:
    city, graph = thing("city", "c"), Graph()
    graph.add((city, RDF.type, UAEU.City))
    graph.add((city, UAEU.population, Literal("5", datatype=XSD.int, normalize=False)))
    found = _judge({URIRef("urn:g"): graph}, {}).results
    assert [each.component for each in found if each.value is not None] == ["DatatypeConstraintComponent"]


@pytest.mark.parametrize(("name", "text", "error", "words"), [
    ("broken.ttl", "<urn:a> <urn:b> .", UnreadableFile, "line 1.*parse"), ("broken.jsonld", "{", UnreadableFile, "JSON"),
    ("table.pdf", "x", UnreadableFile, "pdf")])
def test_what_cannot_be_read_is_said_so(tmp_path: Path, name: str, text: str, error: type[Exception], words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        check_path(tmp_path / name, LocalStore())


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        check_path(tmp_path / "nowhere")


def test_the_command_has_an_exit_status_and_forms_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "practice.ttl"
    path.write_text(PRACTICE.format(more=f'dct:description "No title"@en ; {THEMED}'), encoding="utf-8")
    hold_theme(store := LocalStore(tmp_path / "var" / "store"))
    store.close()
    monkeypatch.setenv("KG_VAR", str(tmp_path / "var"))

    def run(*arguments: str) -> str:
        answer = CliRunner().invoke(make_app(), ["validate", str(path), *arguments])
        assert answer.exit_code == 2, answer.output
        return answer.stdout

    report = json.loads(run("--format", "json", "--language", "de"))
    assert report["conforms"] is False and report["remarks"][0]["code"] == "ProcurementPractice-name.MinCount"
    assert report["sentence"].startswith("1 Sache ist zu berichtigen") and report["remarks"][0]["line"] == 3
    result = json.loads(run("--format", "sarif"))["runs"][0]["results"][0]
    assert result["level"] == "error" and result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path.as_uri()
    assert next(csv.DictReader(io.StringIO(run("--format", "csv"))))["line"] == "3"
    for form, name in (("ttl", "turtle"), ("jsonld", "json-ld")):
        graph = Graph().parse(data=run("--format", form), format=name)
        assert Literal(False) in set(graph.objects(None, SH.conforms))
    assert "file, line 3" in run()
    path.write_text(PRACTICE.format(more=f'dct:title "School meals of mine"@en ; {THEMED}'), encoding="utf-8")
    assert CliRunner().invoke(make_app(), ["validate", str(path)]).exit_code == 0
    assert CliRunner().invoke(make_app(), ["validate", str(path), "--language", "xx"]).exit_code == 1
