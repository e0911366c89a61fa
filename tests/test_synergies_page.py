"""The page of all synergies, lists on a map, and charts: the same rows in every view and format."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from collections import defaultdict
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from markupsafe import escape
from rdflib import Graph, URIRef

from kg.matching import WANTED
from kg.queries import PROLOGUE, load_query
from kg.store.bindings import bind_rows
from kg.store.local import LocalStore
from kg.synergies.find import REDO
from kg.synergies.ranking import load_ranking
from kg.terms import DCAT, DCT, RDF, UAEU

PAGE = {"Accept": "text/html"}
VENDOR = Path(__file__).parent.parent / "api" / "static" / "vendor"
PARTS, TOGETHER = 16, 4
"""Into how many tests the comparison of every thing is cut, and how many things one query asks of."""


def table(text: str) -> str:
    return text[text.index('class="wide'):]


@pytest.mark.parametrize("query", ["", "country=FIN", "theme=food&min_score=0.05", "partnership=circular-economy", "between=partnerships",
                                   "review=documented", "type=shared-actor&limit=7", "type=joint-procurement", "type=duplication-risk"])
def test_the_same_rows_as_page_json_csv_and_turtle(client: TestClient, query: str) -> None:
    found = client.get(f"/synergies.json?{query}").json()
    rows = found["synergies"]
    assert rows and found["total"] >= len(rows)
    page = client.get(f"/synergies?{query}", headers=PAGE).text
    assert table(page).count("<tr>") == len(rows) + 1 and f"{found['total']} found" in page
    assert [row["id"] for row in csv.DictReader(io.StringIO(client.get(f"/synergies.csv?{query}").text))] == [row["id"] for row in rows]
    graph = Graph().parse(data=client.get(f"/synergies.ttl?{query}").text, format="turtle")
    assert {URIRef(row["id"]) for row in rows} == set(graph.subjects(RDF.type, UAEU.Synergy))


def test_a_type_finds_what_has_it_among_its_reasons(client: TestClient, store: LocalStore) -> None:
    query = PROLOGUE + ("SELECT (COUNT(DISTINCT ?synergy) AS ?n) WHERE { ?synergy uaeu:hasEvidence/uaeu:evidenceType/uaeu:synergyType "
                        "<https://w3id.org/uaeu-kg/voc/synergy-type/joint-procurement> }")
    found = client.get("/synergies.json?type=joint-procurement&limit=1").json()
    assert str(store.select(query).rows[0][0]) == str(found["total"])
    assert 'value="duplication-risk"' in client.get("/synergies", headers=PAGE).text


def test_filters_narrow_to_what_they_say(client: TestClient) -> None:
    rows = client.get("/synergies.json?between=partnerships&limit=100").json()["synergies"]
    assert all("/id/partnership/" in row["one"] and "/id/partnership/" in row["other"] for row in rows)
    rows = client.get("/synergies.json?min_score=0.1&limit=100").json()["synergies"]
    assert all(row["score"] >= 0.1 for row in rows)
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    rows = client.get("/synergies.json?country=FIN&limit=20").json()["synergies"]
    finnish = "http://publications.europa.eu/resource/authority/country/FIN"
    index = client.app.state.index  # type: ignore[attr-defined]
    assert all(("country", finnish) in index.facets(row["one"]) + index.facets(row["other"]) for row in rows)


def test_the_page_of_one_synergy_says_every_reason_and_where_it_is_written(client: TestClient) -> None:
    row = client.get("/synergies.json?limit=1").json()["synergies"][0]
    address = row["id"].replace("https://w3id.org/uaeu-kg/id", "/doc")
    text = client.get(address, headers=PAGE).text
    reasons = client.get(f"/doc/{row['one'].split('/id/')[1]}/synergies.json").json()["synergies"]
    evidence = next(each["evidence"] for each in reasons if each["id"] == row["id"])
    assert evidence and all(str(escape(reason["sentence"])) in text for reason in evidence)
    assert client.get(f"{address}.json").json()["evidence"] == evidence
    assert str(escape(row["one_label"])) in text and str(escape(row["other_label"])) in text and "/graphs?graph=" in text
    assert (URIRef(row["id"]), RDF.type, UAEU.Synergy) in Graph().parse(data=client.get(f"{address}.ttl").text, format="turtle")


def test_the_page_of_a_documented_synergy_says_what_its_source_states(client: TestClient) -> None:
    row = client.get("/synergies.json?review=documented&limit=1").json()["synergies"][0]
    text = client.get(row["id"].replace("https://w3id.org/uaeu-kg/id", "/doc"), headers=PAGE).text
    assert str(escape(row["why"])) in text and str(escape(row["other_label"])) in text
    assert client.get("/doc/synergy/none", headers=PAGE).status_code == 404


def test_the_stretches_hold_every_synergy_once(client: TestClient) -> None:
    address, seen = "/synergies.json?limit=100", []
    while address:
        page = client.get(address).json()
        seen += [row["id"] for row in page["synergies"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == page["total"] > 1000


@pytest.mark.parametrize("limit", ["1.5", "0", "101", "ten", "1e1"])
def test_a_limit_that_is_no_whole_number_is_refused(limit: str, client: TestClient) -> None:
    answer = client.get(f"/doc/initiative/big-buyers-initiative/synergies.json?limit={limit}")
    assert answer.status_code == 400 and "whole number from 1 to 100" in answer.json()["detail"]


@pytest.mark.parametrize(("query", "said"), [("colour=red", "min_score"), ("view=pie", "graph"), ("between=cities", "partnerships"),
                                             ("type=nothing", "shared-actor"), ("review=maybe", "documented"), ("min_score=2", "0 to 1"),
                                             ("limit=1000", "100"), ("cursor=-1", "next stretch")])
def test_a_wrong_parameter_is_refused_with_what_there_is(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/synergies?{query}")
    assert answer.status_code == 400 and said in answer.json()["detail"]


def test_a_filter_that_fits_nothing_says_what_to_do(client: TestClient) -> None:
    answer = client.get("/synergies?country=XXX", headers=PAGE)
    assert answer.status_code == 200 and "Remove a filter" in answer.text


def test_the_graph_holds_both_ends_of_each_row_above_the_table(client: TestClient) -> None:
    text = client.get("/synergies?view=graph&country=FIN", headers=PAGE).text
    rows = client.get("/synergies.json?country=FIN").json()["synergies"]
    drawn = text[text.index("<svg"):text.index("</svg>")]
    assert drawn.count("<line") == len(rows)
    assert drawn.count("<a ") == len({end for row in rows for end in (row["one"], row["other"])})
    assert text.index("</svg>") < text.index('class="wide')
    assert 'role="img"' not in text


def test_a_graph_of_too_many_asks_for_a_filter(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.synergy_list.MOST", 20)
    text = client.get("/synergies?view=graph&min_score=0.01", headers=PAGE).text  # an address that no other test keeps
    assert "at most 20" in text and "<svg" not in text and 'class="wide' in text


def test_the_map_of_synergies_and_its_geojson_hold_the_same_rows(client: TestClient) -> None:
    text = client.get("/synergies?view=map&limit=100", headers=PAGE).text
    features = client.get("/synergies.geojson?limit=100").json()["features"]
    assert f"{len(features)} of these 100 synergies" in text
    lines = [feature for feature in features if feature["geometry"]["type"] == "LineString"]
    assert lines and 0 < text.count("<line") <= len(lines)


@pytest.mark.parametrize("name", ["cities", "practices", "initiatives", "organisations"])
def test_a_list_with_places_has_a_map_of_the_same_rows(client: TestClient, name: str) -> None:
    text = client.get(f"/{name}?view=map", headers=PAGE).text
    features = client.get(f"/{name}.geojson?view=map").json()["features"]
    rows = re.findall(r'<tbody id="place-\d+">(.*?)</tbody>', text)
    assert features and sum(row.count("<tr>") for row in rows) == len(features)
    drawn = text[text.index("<svg"):text.index("</svg>")]
    assert drawn.count("<a ") == len(rows) and "Natural Earth, modified" in text


def test_a_filter_narrows_the_map(client: TestClient) -> None:
    assert len(client.get("/cities.geojson?view=map&country=FIN").json()["features"]) < len(
        client.get("/cities.geojson?view=map").json()["features"])
    assert client.get("/themes?view=map").status_code == 400


def test_the_timeline_shows_every_partnership_and_its_plans(client: TestClient) -> None:
    text = client.get("/partnerships?view=timeline", headers=PAGE).text
    for each in client.get("/partnerships.json?limit=100").json()["things"] + client.get("/plans.json?limit=100").json()["things"]:
        assert f'href="/doc/{each["type"]}/{each["ref"]}"' in text[text.index("</svg>"):]


def test_the_matrix_and_its_table_hold_the_same_counts(client: TestClient) -> None:
    text = client.get("/themes?view=matrix", headers=PAGE).text
    drawn, below = text[text.index("<svg"):text.index("</svg>")], text[text.index("</svg>"):]
    assert drawn.count('class="cell"') == len(re.findall(r'href="/practices\?theme=', below)) > 100


def test_an_initiative_shows_its_flow(client: TestClient) -> None:
    text = client.get("/doc/initiative/circular-pp", headers=PAGE).text
    drawn = text[text.index('aria-label="Inputs, processes'):]
    assert re.search(r'<a href="/voc/process/[a-z-]+"><title>', drawn)


@pytest.mark.parametrize("package", sorted(each.parent.name for each in VENDOR.glob("*/vendor.toml")))
def test_what_is_of_others_is_as_its_record_says(package: str) -> None:
    record = tomllib.loads((VENDOR / package / "vendor.toml").read_text(encoding="utf-8"))
    assert record["version"] and record["licence"] and record["origin"] and (VENDOR / package / "LICENSE").exists()
    files = {each.name for each in (VENDOR / package).iterdir()} - {"vendor.toml", "LICENSE"}
    assert files == set(record["sha256"])
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((VENDOR / package / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("part", range(PARTS))
def test_page_data_rdf_and_public_query_say_the_same_of_every_thing(part: int, client: TestClient, store: LocalStore) -> None:
    items = load_ranking(store).items[part::PARTS]
    for start in range(0, len(items), TOGETHER):
        redone = ask_the_public_query(client, items[start:start + TOGETHER])
        for item in items[start:start + TOGETHER]:
            compare_answers(client, item, redone[str(item)])


def ask_the_public_query(client: TestClient, items: list[URIRef]) -> dict[str, dict[str, float]]:
    """The sums of the published query over public SPARQL, by thing and other thing."""
    query = load_query(REDO).text.removeprefix(PROLOGUE)
    bound = bind_rows(query, ("item",), [(item,) for item in items])
    whole = f"{PROLOGUE}SELECT ?item ?other (SUM(?contribution) AS ?score) WHERE {{ {{\n{bound}\n}} }} GROUP BY ?item ?other"
    answer = client.post("/sparql", data={"query": whole}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    sums: dict[str, dict[str, float]] = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(answer.text)):
        sums[row["item"]][row["other"]] = float(row["score"])
    return sums


def compare_answers(client: TestClient, item: URIRef, redone: dict[str, float]) -> None:
    """JSON, RDF and page of one thing say the scores of the query, and the query knows no stronger one."""
    address = item.replace("https://w3id.org/uaeu-kg/id/", "/doc/") + "/synergies"
    answer = client.get(f"{address}.json").json()
    found, stated_others = answer["synergies"], {each["target"] for each in answer["documented"]}
    page = unescape(client.get(address, headers=PAGE).text)
    stated: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in client.get(f"{address}.nt").text.splitlines():
        subject, predicate, value = line.removesuffix(" .").split(" ", 2)
        stated[subject].append((predicate.strip("<>"), value))

    def values(subject: str, predicate: URIRef) -> list[str]:
        return [value for name, value in stated[subject] if name == str(predicate)]

    strongest = max(score for other, score in redone.items() if other not in stated_others)
    assert found and found[0]["score"] == pytest.approx(strongest, abs=1e-6), address
    assert all(each["statement"] in page for each in answer["documented"])
    assert sum((str(RDF.type), f"<{UAEU.Synergy}>") in pairs for pairs in stated.values()) == len(found) + len(answer["documented"])
    for each in found:
        reasons = values(f"<{each['id']}>", UAEU.hasEvidence)
        shares = [number(value) for reason in reasons for value in values(reason, UAEU.contributionToScore)]
        score, = values(f"<{each['id']}>", UAEU.score)
        assert number(score) == pytest.approx(each["score"], abs=1e-6)
        assert sum(shares) == pytest.approx(each["score"], abs=1e-6 * (1 + len(shares))) and len(shares) == len(each["evidence"])
        assert redone[each["target"]] == pytest.approx(each["score"], abs=1e-6)
        # The page rounds the score, JSON has rounded it before: half a thousandth may go either way.
        assert {f"{each['score'] + less:.3f}" for less in (-1e-6, 0, 1e-6)} & scores_of(page) and each["sentence"] in page


def scores_of(page: str) -> set[str]:
    """What stands on a page as a number of three digits after the point."""
    return set(re.findall(r"\d\.\d{3}", page))


def number(literal: str) -> float:
    """The number of a literal as N-Triples writes it."""
    return float(literal.split('"')[1])


def test_each_row_says_when_the_other_thing_runs_in_every_format(client: TestClient) -> None:
    address = "/doc/initiative/big-buyers-initiative/synergies"
    found = client.get(f"{address}.json").json()
    periods = {each["target"]: each["period"] for each in (*found["synergies"], *found["documented"])}
    assert any(each["ended"] for each in periods.values()) and any(each["start"] and not each["ended"] for each in periods.values())
    rows = {row["target"]: row for row in csv.DictReader(io.StringIO(client.get(f"{address}.csv").text))}
    graph = Graph().parse(data=client.get(f"{address}.ttl").text, format="turtle")
    text = unescape(client.get(address, headers=PAGE).text)
    for target, period in periods.items():
        assert (rows[target]["start"], rows[target]["end"]) == (period["start"], period["end"])
        assert rows[target]["ended"] == ("yes" if period["ended"] else "no" if period["end"] else "")
        stated = {str(end) for node in graph.objects(URIRef(target), DCT.temporal) for end in graph.objects(node, DCAT.endDate)}
        assert not period["end"] or period["end"] in stated
        said = f"{period['start']} to {period['end']}" if period["start"] and period["end"] else "not known"
        assert said in text
    assert text.count('class="when"') == len(found["synergies"]) and ", ended" in text
    assert ", beendet" in client.get(f"{address}?lang=de", headers=PAGE).text


@pytest.mark.parametrize("language", ["de", "fr"])
def test_reasons_are_said_in_the_language_of_the_page_and_of_the_json(client: TestClient, language: str) -> None:
    address = "/doc/initiative/big-buyers-initiative/synergies"
    english = client.get(f"{address}.json").json()["synergies"]
    said = client.get(f"{address}.json", headers={"Accept-Language": language}).json()["synergies"]
    assert said == client.get(f"{address}.json?lang={language}").json()["synergies"]
    assert [(each["target"], each["score"]) for each in said] == [(each["target"], each["score"]) for each in english]
    assert {each["language"] for each in said} == {language} and all(one["sentence"] != other["sentence"]
                                                                     for one, other in zip(said, english, strict=True))
    text = unescape(client.get(f"{address}?lang={language}", headers=PAGE).text)
    assert all(reason["sentence"] in text for each in said for reason in each["evidence"]) and '<p class="why">' in text
    one = client.get(said[0]["id"].replace("https://w3id.org/uaeu-kg/id", "/doc") + f"?lang={language}", headers=PAGE).text
    assert {reason["sentence"] for reason in said[0]["evidence"]} & {reason for reason in re.findall(r"<td>([^<]+)</td>", unescape(one))}


@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("address, rows, why", [
    ("/synergies", "synergies", "why"), ("/home", "synergies", "why"), ("/gaps", "pairs", "why"),
    ("/match", "synergies", "sentence")])
def test_every_list_says_its_reasons_in_the_language(address: str, rows: str, why: str, language: str, client: TestClient) -> None:
    asked = {"theme": "food", "have": "training-materials", "country": "NLD"} if address == "/match" else {}
    english, said = (client.get(f"{address}.json", params={**asked, **spoken}).json()[rows] for spoken in ({}, {"lang": language}))
    assert len(said) == len(english) > 0
    assert {each["language"] for each in english} == {"en"} and {each["language"] for each in said} == {language}
    assert [each["score"] for each in said] == [each["score"] for each in english]
    assert all(one[why] != other[why] for one, other in zip(said, english, strict=True))
    page = unescape(client.get(address.replace("/home", "/"), params={**asked, "lang": language}, headers=PAGE).text)
    assert all(each[why] in page for each in said)


def test_kinds_and_states_of_synergies_are_in_the_language_of_the_page(client: TestClient) -> None:
    text = unescape(client.get("/synergies?lang=fr", headers=PAGE).text)
    assert "<td>Démarche commune</td>" in text and "<td>Acteur commun</td>" in text
    assert not re.search(r"<td>(Shared|One names)", text) and ">Shared process<" not in text
    assert "Documenté" in unescape(client.get("/synergies?lang=fr&review=documented", headers=PAGE).text)


def test_rdf_says_reasons_as_they_are_published(client: TestClient) -> None:
    asked = {"theme": "food", "country": "NLD"}
    for address in ("/match.nt", "/synergies.nt", "/gaps.nt"):
        english, said = (sorted(client.get(address, params={**asked, **spoken} if address == "/match.nt" else spoken).text.splitlines())
                         for spoken in ({}, {"lang": "de"}))
        assert len(english) > 20
        assert [line for line in said if "description" in line and "@" in line] == [
            line for line in english if "description" in line and "@" in line], address


def test_a_plan_is_called_and_advised_in_the_language(client: TestClient) -> None:
    found = client.get("/match.json", params={"have": "needs-assessment", "lang": "de"}).json()
    assert any("Ihr Vorhaben" in reason["sentence"] for each in found["synergies"] for reason in each["evidence"])
    assert found["improve"] and not set(found["improve"]) & set(WANTED.values())


def test_what_a_source_states_stays_in_its_words(client: TestClient) -> None:
    asked = {"review": "documented", "limit": "5"}
    english, said = (client.get("/synergies.json", params={**asked, **spoken}).json()["synergies"] for spoken in ({}, {"lang": "de"}))
    assert [each["why"] for each in said] == [each["why"] for each in english] and {each["language"] for each in said} == {"en"}
