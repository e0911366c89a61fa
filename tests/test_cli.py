"""The command: answers like the service, errors in one sentence with exit status 1."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Graph

from kg.build import Built
from kg.cli.answers import FORMATS, write_synergies
from kg.formats import BY_SUFFIX
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.synergies import find_documented, find_synergies, synergy_iri
from kg.terms import UAEU, VOC, thing


def run(settings: Settings | None, *words: str, text: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KG_")}
    if settings is not None:
        environment["KG_VAR"] = str(settings.var)
    return subprocess.run([sys.executable, "-m", "kg", *words], capture_output=True, text=True, timeout=120, input=text,
                          cwd=Path(__file__).resolve().parent.parent, env={**environment, **variables})


def test_synergies_are_those_of_the_library(settings: Settings, store: LocalStore) -> None:
    done = run(settings, "synergies", "big-buyers-initiative", "--format", "json", "--limit", "5")
    assert done.returncode == 0, done.stderr
    expected = find_synergies(store, thing("initiative", "big-buyers-initiative"), limit=5)
    assert [each["target"] for each in json.loads(done.stdout)["synergies"]] == [str(each.target) for each in expected]
    assert [each["id"] for each in json.loads(done.stdout)["synergies"]] == [str(synergy_iri(each)) for each in expected]
    table = run(settings, "synergies", "initiative/circular-pp")
    assert "Documented links" in table.stdout and "Synergies of Circular Public Procurement" in table.stdout


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_the_same_synergies_in_every_format_that_verbs_share(form: str, store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    found = find_synergies(store, thing("initiative", "circular-pp"), limit=3)
    documented = find_documented(store, thing("initiative", "circular-pp"))
    write_synergies(found, form, "Three", documented)
    text = capsys.readouterr().out
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["target"] for row in rows] == [str(each.target) for each in (*found, *documented)]
        assert [row["id"] for row in rows[:3]] == [str(synergy_iri(each)) for each in found]
        assert {row["review"] for row in rows[3:]} == {"documented"}
    elif form in ("table", "text"):
        assert all(f"{each.score:.3f}" in text and each.target_label.split(" ", 1)[0] in text for each in found)
    else:
        graph = Graph().parse(data=text, format=BY_SUFFIX[form].rdflib)
        assert set(graph.subjects(UAEU.score)) == {synergy_iri(each) for each in found}
        assert len(set(graph.subjects(UAEU.reviewStatus, VOC["review-status/documented"]))) == len(documented) > 0


@pytest.mark.parametrize("form", ["nt", "json"])
def test_a_plan_is_matched_in_a_format_for_programs(form: str, settings: Settings, built: Built) -> None:
    done = run(settings, "match", "school meals", "--theme", "food", "--country", "Denmrk", "--format", form, "--limit", "3")
    assert done.returncode == 0, done.stderr
    if form == "json":
        found = json.loads(done.stdout)
        assert len(found["synergies"]) == 3 and found["unknown"][0]["term"] == "Denmrk"
    else:
        assert len(set(Graph().parse(data=done.stdout, format="nt").subjects(UAEU.score))) == 3 and "Denmrk" in done.stderr


def test_the_printed_query_redoes_the_answer(settings: Settings, store: LocalStore) -> None:
    text = run(settings, "synergies", "circular-pp", "--query").stdout
    done = run(settings, "query", "-", "--csv", text=text)
    assert done.returncode == 0, done.stderr
    scores: dict[str, float] = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        scores[row["other"]] = scores.get(row["other"], 0.0) + float(row["contribution"])
    best = find_synergies(store, thing("initiative", "circular-pp"), limit=1)[0]
    assert scores[str(best.target)] == pytest.approx(best.score, abs=1e-5)


@pytest.mark.parametrize(("words", "variables", "expected"), [
    (("synergies", "circular-ppp"), {}, "Nearest: initiative/circular-pp"), (("synergies", "x", "--format", "odt"), {}, "table, text, json, csv, ttl"),
    (("build",), {"KG_PROT": "1"}, "KG_PROT is not known"), (("serve",), {"KG_PORT": "none"}, "KG_PORT"),
    (("validate", "nowhere/"), {}, "no such file"),
    (("validate", "nowhere/", "--language", "de"), {}, "gibt es nicht. Nennen Sie"),
    (("synergies", "circular-pp", "--type", "friendship"), {}, "Known are")])
def test_errors_are_one_sentence(settings: Settings, built: Built, words: tuple[str, ...], variables: dict[str, str], expected: str) -> None:
    done = run(settings, *words, **variables)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert expected in " ".join(done.stderr.split())


def test_a_least_score_above_1_is_refused(settings: Settings, built: Built) -> None:
    done = run(settings, "synergies", "circular-pp", "--min-score", "7")
    assert done.returncode == 2 and "less than or equal to 1" in done.stderr


def test_a_port_in_use_is_said_to_be_in_use(settings: Settings, built: Built) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        done = run(settings, "serve", "--port", str(held.getsockname()[1]))
    assert done.returncode == 1 and "cannot be used" in done.stderr and "KG_PORT" in done.stderr


def test_serving_without_a_store_says_what_to_do(tmp_path: Path) -> None:
    done = run(None, "serve", KG_VAR=str(tmp_path / "empty"))
    assert done.returncode == 1 and "kg build" in done.stderr


def test_building_a_store_in_use_says_so(settings: Settings, store: LocalStore) -> None:
    done = run(settings, "build")
    assert done.returncode == 1 and "another process has the store open" in " ".join(done.stderr.split())
