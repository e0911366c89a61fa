"""Every page: its weight, its policy, what stands on each, what it lets in, and the scripts of others that it carries."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import STATIC
from api.description import read_graphs
from kg.bench.pages import PAGES, find_pages
from kg.index import LISTS, Index
from kg.queries import load_query
from kg.settings import Settings
from kg.store.local import LocalStore

HTML = {"Accept": "text/html"}
VENDORED = sorted(STATIC.glob("vendor/*/vendor.toml"))
TEXTS = ("/docs", "/about", "/accessibility", "/privacy", "/match", "/contribute", "/contribute/practice", "/validate", "/queries", "/sparql")
"""Pages that are forms or prose, or lead to data; all others are data themselves."""


@pytest.fixture(scope="module")
def pages(client: TestClient, settings: Settings) -> dict[str, str]:
    """Every page once: one of each address of the service and of each type of thing."""
    index = Index(settings.var / "index.sqlite")
    found = {}
    for address in (*PAGES, *(page for each in LISTS.values() for page in find_pages(index, each))):
        answer = client.get(address, headers=HTML)
        assert answer.status_code == 200, address
        found[address] = answer.text
    return found


def pack(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def test_every_page_keeps_its_weight(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        styles = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', text)
        scripts = re.findall(r'<script src="/static/([^"]+)"', text)
        assert pack(text.encode()) + sum(pack((STATIC / each).read_bytes()) for each in styles) <= 60_000, address
        limit = 180_000 if "yasqe" in text else 40_000
        assert sum(pack((STATIC / each).read_bytes()) for each in scripts) <= limit, address


def test_no_page_asks_another_host_or_runs_text(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        loaded = re.findall(r'<(?:script|img|iframe|source|use|object|embed)\b[^>]*?\b(?:src|href|data)="([^"]+)"', text)
        loaded += re.findall(r'<link rel="(?:stylesheet|icon|preload)" href="([^"]+)"', text)
        assert loaded and all(each.startswith("/") and not each.startswith("//") for each in loaded), address
        assert not re.search(r"<[^>]+\son\w+=|javascript:", text), address
        assert not re.search(r"<script(?![^>]*(src=|application/ld\+json))", text), address


@pytest.mark.parametrize("address", ["/", "/doc/city/haarlem", "/synergies?view=map", "/themes?view=matrix", "/cooperation", "/data", "/queries",
                                     "/no-such-page", "/sparql", "/ontology/term/Synergy"])
def test_the_policy_is_strict_and_holds_for_the_page(client: TestClient, address: str) -> None:
    answer = client.get(address, headers=HTML)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe-eval" not in policy and "script-src" not in policy and "object-src 'none'" in policy
    if "style-src 'self' 'unsafe-inline'" not in policy:
        assert not re.search(r"<style|\sstyle=", answer.text), address
    assert "set-cookie" not in answer.headers and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_page_carries_licence_citation_version_and_language(pages: dict[str, str], store: LocalStore) -> None:
    for address, text in pages.items():
        foot = text.split("<footer")[1]
        assert 'rel="license"' in foot and store.version() in foot, address
        assert unescape(foot).count(address.split("?")[0]) > 0, address
        assert 'id="lang"' in text and text.count("<h1") == 1, address


def test_every_page_of_facts_is_data_too_and_shows_its_query(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        if address in TEXTS or address.startswith("/queries/"):
            continue
        assert address == "/data" or re.search(r'class="formats".*href="[^"]+\.(json|ttl)', text, re.DOTALL), address
        assert 'class="query"' in text, address


@pytest.mark.parametrize("address", ["/", "/match?theme=food", "/search?q=school+meals", "/ontology/term/Synergy", "/ontology", "/shapes", "/voc/theme",
                                     "/voc/theme/food", "/synergies", "/doc/city/haarlem"])
def test_what_a_page_offers_as_data_comes(client: TestClient, address: str) -> None:
    offered = re.search(r'<p class="formats">(.*?)</p>', client.get(address, headers=HTML).text, re.DOTALL)
    links = [unescape(each) for each in re.findall(r'href="([^"]+)"', offered[1])] if offered else []
    assert any(".csv" in each for each in links)
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200 and "html" not in answer.headers["content-type"] and len(answer.content) > 100, link


def read_queries(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<details class="query">.*?<code>(.*?)</code>', text, re.DOTALL)]


@pytest.mark.parametrize("address", ["/", "/about", "/ontology", "/ontology/term/Synergy", "/shapes", "/gaps", "/recovery", "/cooperation", "/voc/theme"])
def test_the_query_behind_a_page_gives_rows(client: TestClient, store: LocalStore, address: str) -> None:
    queries = read_queries(client.get(address, headers=HTML).text)
    assert queries and all(len(store.select(query)) for query in queries)


@pytest.mark.parametrize("words", ["school meals", "haarlem", "harlem", "furniture"])
def test_the_query_behind_a_search_gives_what_was_found(client: TestClient, store: LocalStore, words: str) -> None:
    [query] = read_queries(client.get("/search", params={"q": words}, headers=HTML).text)
    hits = {each["iri"] for each in client.get("/search.json", params={"q": words, "limit": 100}).json()["hits"]}
    assert hits and (hits if words != "harlem" else {"https://w3id.org/uaeu-kg/id/city/haarlem"}) <= {str(row["thing"]) for row in store.select(query)}


def test_results_stand_by_type_and_say_when_there_are_more(client: TestClient) -> None:
    text = client.get("/search?q=food&limit=20", headers=HTML).text
    counts = [int(each) for each in re.findall(r'<h2 id="[a-z-]+">[^<]+<span class="count">(\d+)</span>', text)]
    assert len(counts) > 3 and sum(counts) == 20 and "The first 20 found" in text
    assert re.search(r'href="/practices\?q=food"', text) and text.count("<li><a href=\"#") == len(counts)
    assert client.get("/search.json?q=food&limit=20").json()["more"] is True
    assert client.get("/search.json?q=haarlem&limit=100").json()["more"] is False


def test_the_query_behind_a_match_gives_its_scores(client: TestClient, store: LocalStore) -> None:
    address = {"text": "Organic school meals from local farms", "theme": "food", "input": "needs assessment", "country": "Denmark"}
    [query] = read_queries(client.get("/match", params=address, headers=HTML).text)
    scores = {str(row["thing"]): float(str(row["score"])) for row in store.select(query)}
    found = client.get("/match.json", params=address).json()["synergies"]
    assert len(found) == 10 and all(scores[each["target"]] == pytest.approx(each["score"], abs=1e-6) for each in found)
    # Of one type at most eight are shown, so the strongest are the first, but not all ten.
    assert sorted(scores.values(), reverse=True)[:8] == pytest.approx([each["score"] for each in found[:8]], abs=1e-6)


def test_a_bar_shows_a_score_beside_the_strongest(client: TestClient) -> None:
    text = client.get("/doc/initiative/circular-pp/synergies", headers=HTML).text
    bars = [(float(most), float(value)) for most, value in re.findall(r'<meter min="0" max="([\d.]+)" value="([\d.]+)"', text)]
    assert len(bars) == 10 and len({most for most, _ in bars}) == 1 and max(value for _, value in bars) == bars[0][0] > 0


def test_figures_of_recovery_are_written_for_people(client: TestClient) -> None:
    text = unescape(client.get("/recovery", headers=HTML).text)
    assert "1\u00a0billion\u00a0EUR" in text or "1 billion\u00a0EUR" in text
    assert "1000000000" not in text and "1 persons" not in text and "1\u00a0person per year" in text
    assert "1 milliard\u00a0EUR" in unescape(client.get("/recovery?lang=fr", headers=HTML).text)
    assert "1000000000" in client.get("/recovery.csv").text


@pytest.mark.parametrize("address", ["/practices", "/themes", "/initiatives?theme=food", "/practices?country=ITA&theme=food", "/cities"])
def test_the_queries_of_a_list_give_its_rows(client: TestClient, store: LocalStore, address: str) -> None:
    text = client.get(address, headers=HTML).text
    listed = client.get(address.replace("?", ".json?") if "?" in address else address + ".json", params=None).json()
    queries = read_queries(text)
    rows = set.intersection(*({str(row["thing"]) for row in store.select(query)} for query in queries))
    assert len(rows) == listed["total"] > 0
    assert {each["iri"] for each in listed["things"]} <= rows


def test_a_fact_names_its_source_and_the_day_of_it(client: TestClient, store: LocalStore) -> None:
    text = client.get("/doc/initiative/circular-pp", headers=HTML).text
    sources = text.split('<ol class="sources">')[1].split("</ol>")[0]
    assert re.search(r"of 20\d\d-\d\d-\d\d", sources) and 'rel="noreferrer"' in sources
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", each.date) for each in read_graphs(store).values() if each.date)


@pytest.mark.parametrize("path", VENDORED, ids=lambda path: path.parent.name)
def test_what_is_vendored_says_what_it_is_and_is_unchanged(path: Path) -> None:
    about = tomllib.loads(path.read_text(encoding="utf-8"))
    assert all(about[name] for name in ("name", "version", "licence", "origin"))
    held = {each.name for each in path.parent.iterdir()} - {"vendor.toml", "LICENSE"}
    assert held == set(about["sha256"]) and (path.parent / "LICENSE").stat().st_size > 500
    for name, digest in about["sha256"].items():
        assert hashlib.sha256((path.parent / name).read_bytes()).hexdigest() == digest


def test_no_script_of_others_stands_outside_the_vendored() -> None:
    assert {each.parent.name for each in VENDORED} == {each.name for each in (STATIC / "vendor").iterdir()}
    assert all(each.stat().st_size < 12_000 for each in STATIC.glob("*.js"))


BAD = ["x" * 10_000, "<script>alert(1)</script>", "\x00\x01\x07\x1b[31m", "‮‏\u200b", "') OR 1=1 --", "*" * 300, '"' * 300, "NEAR(a b)", "${7*7}{{7*7}}",
       "javascript:alert(1)", "%00%0d%0aSet-Cookie: a=b", "🏙️" * 200]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("address, name", [("/search", "q"), ("/suggest", "q"), ("/initiatives", "q"), ("/match", "text"), ("/synergies", "theme"),
                                           ("/practices", "country"), ("/cities", "cursor"), ("/practices", "sort"), ("/synergies", "view"),
                                           ("/themes", "year_from"), ("/synergies", "min_score"), ("/practices", "nonsense")])
def test_what_is_absurd_is_answered_and_harmless(client: TestClient, address: str, name: str, text: str) -> None:
    answer = client.get(address, params={name: text}, headers=HTML)
    assert answer.status_code in (200, 400)
    assert "set-cookie" not in answer.headers and answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.headers["content-type"] == "application/json":
        return
    assert "<script>alert" not in answer.text and 'href="javascript:' not in answer.text
    assert "49{{" not in answer.text and "Traceback" not in answer.text and pack(answer.content) < 60_000
    if answer.status_code == 400:
        assert 'role="alert"' in answer.text


def test_a_page_asked_for_again_is_sent_from_memory_and_a_known_one_not_at_all(client: TestClient) -> None:
    first, again = (client.get("/doc/city/haarlem", headers=HTML) for _ in range(2))
    assert first.text == again.text and first.headers["etag"] == again.headers["etag"]
    known = client.get("/doc/city/haarlem", headers={**HTML, "If-None-Match": first.headers["etag"]})
    assert known.status_code == 304 and not known.content and known.headers["etag"] == first.headers["etag"]
    assert client.get("/doc/city/haarlem", headers={**HTML, "Accept-Language": "fr"}).text != first.text
    assert client.get("/doc/city/haarlem", headers={"Accept": "text/turtle"}).headers["content-type"].startswith("text/turtle")


def test_a_long_field_is_read_to_its_end(client: TestClient) -> None:
    strange = "application/x-strange, " * 20
    for kind in ("text/turtle", "text/html"):
        assert client.get("/doc/city/haarlem", headers={"Accept": strange + kind}).headers["content-type"].startswith(kind)
    with_lines = client.get("/doc/city/haarlem", headers=[("Accept", "image/png"), ("Accept", "text/turtle")])
    assert with_lines.headers["content-type"].startswith("text/turtle")


def test_pages_that_are_packed_have_a_tag_of_their_own(client: TestClient) -> None:
    plain, packed = (client.get("/doc/city/haarlem", headers={**HTML, "Accept-Encoding": each}) for each in ("gzip;q=0", "gzip"))
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == "W/" + plain.headers["etag"]
    for kind in ("*", f'"x", {packed.headers["etag"]}'):
        assert client.get("/doc/city/haarlem", headers={**HTML, "Accept-Encoding": "gzip", "If-None-Match": kind}).status_code == 304


def test_the_query_of_a_list_says_what_it_asks() -> None:
    assert load_query(Path(__file__).parent.parent / "api" / "queries" / "list.rq").title.endswith("?")
