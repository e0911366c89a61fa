"""The languages of pages: whole catalogues, one switch kept in links, names with a stated fallback."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from api.languages import INTERFACE, LOCALE, OWN_NAMES, rank_languages
from api.rendering import TEMPLATES, keep_language
from api.words import STEPS, TITLES, WORDS
from kg import errors
from kg.rules import load_rules

API = LOCALE.parent
PLAIN = re.compile(r"SPARQL( 1\.1)?|Turtle|JSON-LD|RDF/XML|DCAT-AP[ 0-9.:]*( Feeds)?|VoID|LDES|Graph Store Protocol|IRI|\.?(xlsx|csv|json|geojson)"
                   r"|aria-\w+=\"(true\")?|-help|-remarks")
"""Names that are the same in every language, and pieces of attributes."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every sentence that the templates and the modules of the pages mark."""
    found: set[str] = set()
    for path in (*sorted(TEMPLATES.glob("*.html")), *sorted(API.rglob("*.py"))):
        method, options = ("jinja2", {"trimmed": "true", "silent": "false"}) if path.suffix == ".html" else ("python", {})
        for _, message, _, _ in extract_from_file(method, path, KEYWORDS, (), options):
            found.add(message[0] if isinstance(message, tuple) else message)
    assert len(found) > 500
    return found


def load(language: str) -> Catalog:
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: object) -> list[str]:
    return [str(each) for each in text] if isinstance(text, list | tuple) else [str(text)]


@pytest.mark.parametrize("language", INTERFACE[1:])
def test_a_catalogue_holds_every_sentence_and_none_that_is_gone(language: str, words: set[str]) -> None:
    held = {forms(each.id)[0] for each in load(language) if each.id}
    assert not words - held, "run `make words` and translate these"
    assert not held - words, "run `make words`; these stand on no page"


@pytest.mark.parametrize("language", INTERFACE[1:])
def test_every_sentence_is_translated_with_its_placeholders_and_tags(language: str) -> None:
    for each in load(language):
        if not each.id:
            continue
        assert not each.fuzzy, each.id
        assert all(part.strip() for part in forms(each.string)), each.id
        assert not list(each.check()), each.id
        for original, translated in zip(forms(each.id), forms(each.string), strict=True):
            assert sorted(re.findall(r"%\(\w+\)s|</?\w+[^>]*>", original)) == sorted(re.findall(r"%\(\w+\)s|</?\w+[^>]*>", translated))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_word_of_a_template_is_left_out_of_the_catalogues(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|<(pre|code|style|script)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\0", text, flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|placeholder|alt|title)="([^"]*)"', text)
    said += re.split(r"[\0\1\n]", re.sub(r"<[^<>]*>", "\1", text))
    left = [each.strip() for each in said if re.search(r"[A-Za-z]{2}", each) and not PLAIN.fullmatch(each.strip())]
    assert not left


def test_the_rules_are_called_in_each_language_of_the_interface_and_kinds_are_in_the_catalogues() -> None:
    """A new rule needs no Python: what it is called stands beside its query; a new kind is called by its code until it is translated."""
    assert all(rule.titles.keys() == rule.sentences.keys() == set(INTERFACE) for rule in load_rules())
    kinds = {rule.type.rsplit("/", 1)[-1] for rule in load_rules()}
    assert STEPS.keys() <= kinds and STEPS.keys() <= WORDS.keys()


def test_the_titles_of_all_errors_are_in_the_catalogues() -> None:
    kinds, titles = [errors.KgError], set()
    while kinds:
        kind = kinds.pop()
        titles.add(kind.title)
        kinds += kind.__subclasses__()
    assert titles - set(TITLES) == set()


@pytest.mark.parametrize("accepted, page, names", [
    ("", "en", "en"), ("fr", "fr", "fr"), ("de-AT, en;q=0.5", "de", "de"), ("et, de;q=0.4, en;q=0.8", "en", "et"), ("zh, ja", "en", "en"),
    ("fr;q=0, de", "de", "de"), ("fr;q=x, de", "de", "de"), ("*", "en", "en"), (";;,,;q=,", "en", "en"), ("fr" * 5000, "en", "en")])
def test_the_browser_chooses_the_language(client: TestClient, accepted: str, page: str, names: str) -> None:
    answer = client.get("/initiatives", headers={**HTML, "Accept-Language": accepted})
    assert answer.status_code == 200 and f'<html lang="{page}">' in answer.text
    assert answer.headers["Content-Language"] == ", ".join(dict.fromkeys((page, names)))
    assert "Accept-Language" in answer.headers["Vary"]
    assert f'<option value="{names}" lang="{names}" selected>' in answer.text


def test_the_address_wins_over_the_browser() -> None:
    assert rank_languages("FR", "de, et;q=0.3")[:2] == ("fr", "de")


@pytest.mark.parametrize("address, english, french", [
    ("/practices", "Netherlands", "Pays-Bas"), ("/doc/theme/housing", "", ""), ("/synergies", "Who could help whom", "Qui pourrait aider qui")])
def test_names_stand_in_the_language_where_there_are_any(client: TestClient, address: str, english: str, french: str) -> None:
    text = client.get(address, params={"lang": "fr"}, headers=HTML).text
    assert french in unescape(text) and (not english or english not in text)
    assert "Les noms sont en «\u00a0français\u00a0»" in unescape(text)


@pytest.mark.parametrize("language", sorted(OWN_NAMES))
def test_each_of_the_24_languages_is_answered_and_its_fallback_said(client: TestClient, language: str) -> None:
    answer = client.get("/initiatives", params={"lang": language, "limit": 1}, headers=HTML)
    assert answer.status_code == 200
    facet = client.get("/initiatives.json", params={"lang": language, "limit": 1}).json()["facets"]["country"]
    assert {"bg": "Нидерландия", "de": "Niederlande", "el": "Κάτω Χώρες", "fi": "Alankomaat", "fr": "Pays-Bas", "ga": "An Ísiltír"}.get(
        language, facet[0][1] if isinstance(facet[0], list) else facet[0]["label"]) in {each["label"] for each in facet}
    assert language == "en" or (OWN_NAMES[language] in answer.text.split("<footer")[1])


@pytest.mark.parametrize("language", ["xx", "zz-ZZ", "<script>alert(1)</script>", "'; DROP", "\u202e", "f" * 3000])
def test_an_unknown_language_is_said_and_harmless(client: TestClient, language: str) -> None:
    answer = client.get("/cities", params={"lang": language}, headers=HTML)
    assert answer.status_code == 200 and "none of the 24 official languages" in answer.text
    assert "<script>alert" not in answer.text and "lang=xx" not in answer.text.split("<main")[0]


@pytest.mark.parametrize("address", ["/", "/initiatives?theme=food&view=map", "/doc/city/haarlem", "/doc/initiative/circular-pp/synergies",
                                     "/synergies?view=graph", "/search?q=food", "/contribute", "/queries", "/sparql", "/about", "/no-such-page"])
def test_links_and_forms_of_a_page_keep_the_language(client: TestClient, address: str) -> None:
    text = client.get(address + ("&" if "?" in address else "?") + "lang=de", headers=HTML).text
    inside = [unescape(each) for each in re.findall(r'<a [^>]*?href="(/[^"]*)"', text)]
    pages = [each for each in inside if not re.match(r"/(static/|data/|graphs|stream|catalogue|openapi\.json|\.well-known/)", each)]
    assert len(pages) > 15 and not [each for each in pages if "lang=de" not in each]
    for form in re.findall(r'<form(?![^>]*method="post").*?</form>', text, re.DOTALL):
        assert 'name="lang"' in form


def test_only_links_within_the_service_are_changed() -> None:
    page = ('<a href="/x/a">a</a><a class="b" href="/x/b?c=d#e">b</a><a href="https://example.org/">c</a><a href="#f">d</a>'
            '<a href="/x/static/g.svg">e</a><a href="/x/data/1/h.gz">f</a><a href="/y">g</a><link href="/x/i.css"><a href="/x/j?lang=et">h</a>')
    assert keep_language(page, "/x", "fr") == (
        '<a href="/x/a?lang=fr">a</a><a class="b" href="/x/b?c=d&amp;lang=fr#e">b</a><a href="https://example.org/">c</a><a href="#f">d</a>'
        '<a href="/x/static/g.svg">e</a><a href="/x/data/1/h.gz">f</a><a href="/y">g</a><link href="/x/i.css"><a href="/x/j?lang=et">h</a>')
