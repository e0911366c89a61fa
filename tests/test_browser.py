"""Pages in Chromium: no foreign request, no error, no sideways scroll on a small screen, usable by keyboard and without script."""

from __future__ import annotations

import re

import httpx
import pytest
from browsing import IN_BROWSER
from playwright.sync_api import Browser

pytestmark = IN_BROWSER
PAGES = ("/", "/initiatives", "/practices?theme=food", "/doc/initiative/circular-pp", "/doc/initiative/circular-pp/synergies",
         "/doc/city/haarlem", "/search?q=harlem", "/search?q=zzzzzz", "/recovery", "/gaps", "/cooperation", "/about", "/docs", "/ontology",
         "/shapes", "/voc/theme/food", "/doc/city/nowhere", "/sparql", "/accessibility", "/privacy")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_at_every_width(browser: Browser, address: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else foreign.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    answer = page.goto(address + path)
    assert answer is not None and answer.status == (404 if "nowhere" in path else 200)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not foreign and not errors and not page.context.cookies()
    page.close()


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_proposal_for_a_pair_prints_on_one_page(browser: Browser, address: str, language: str) -> None:
    pairs = sorted(httpx.get(f"{address}/cooperation.json").json()["pairs"], key=lambda pair: (-pair["total"], pair["page"]))
    page = browser.new_page()
    for pair in pairs[:6]:
        page.goto(f"{address}{pair['page']}?lang={language}")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1, pair["page"]
    page.close()


def test_the_keyboard_reaches_content_and_search(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#home-q").fill("school meals")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=school+meals")
    assert page.locator(".cards li").count() > 0
    page.close()


def test_an_officer_finds_who_helps_and_why_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.locator("#home-q").fill("circular public procurement")
    page.locator(".hero button").click()
    page.get_by_role("link", name="Circular Public Procurement (Circular PP)").first.click()
    page.get_by_role("link", name="All synergies, as picture and table").click()
    assert page.locator(".synergy").count() == 10
    assert "both" in page.locator(".why").first.inner_text().lower()
    page.locator(".synergy summary").first.click()
    assert page.locator(".synergy table").first.is_visible()
    context.close()


def test_the_editor_completes_from_the_description_of_the_data(browser: Browser, address: str) -> None:
    page = browser.new_page()
    # The first description of the data is counted anew, which takes a busy machine longer than a browser waits.
    assert page.request.get(address + "/.well-known/void", timeout=120_000).ok
    # The editor asks as soon as it is there, so the answer may come before the page counts as loaded.
    with page.expect_response("**/.well-known/void") as told:
        page.goto(address + "/sparql")
    assert told.value.ok
    page.evaluate("""() => {
        const editor = document.querySelector(".CodeMirror").CodeMirror;
        editor.setValue("SELECT * WHERE { ?s a <https://w3id.org/uaeu-kg/ontology#Them"); editor.focus();
        editor.execCommand("goDocEnd"); editor.autocomplete(); }""")
    page.wait_for_selector(".CodeMirror-hints li, .CodeMirror-hint")
    assert "ThematicPartnership" in page.locator(".CodeMirror-hints").inner_text()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url))
    for start, expected in (("?s a uaeu:Them", "uaeu:ThematicPartnership"), ("?s uaeu:urb", "uaeu:urbanAuthorityOf")):
        page.evaluate("""text => {
            const editor = document.querySelector(".CodeMirror").CodeMirror;
            editor.setValue(text); editor.focus(); editor.execCommand("goDocEnd"); editor.autocomplete(); }""",
                      f"PREFIX uaeu: <https://w3id.org/uaeu-kg/ontology#> SELECT * WHERE {{ {start}")
        page.wait_for_selector(f".CodeMirror-hints >> text={expected}")
    assert not said, "nobody else is asked for names"
    page.close()


def test_a_button_copies_what_is_shown(browser: Browser, address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/sparql?query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%202")
    page.locator("summary", has_text="curl").click()
    page.get_by_role("button", name="Copy: curl").click()
    page.locator("[role=status]", has_text="Copied.").wait_for()
    assert "SELECT * WHERE {?s ?p ?o} LIMIT 2" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy: Link for Excel").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.startsWith('http') && text.includes('format=excel'))")
    context.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sparql")
    page.locator("summary", has_text="pandas").click()
    assert page.locator("pre", has_text="pandas.read_csv").is_visible() and page.get_by_role("button", name="Copy").count() == 0
    context.close()
