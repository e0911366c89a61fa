"""A partner's journey in Chromium, without script: wrong, corrected, sent, reviewed, published, found, withdrawn."""

from __future__ import annotations

import httpx
import pytest
from browsing import IN_BROWSER, REVIEWER_KEY
from conftest import settle
from playwright.sync_api import Browser, Page

pytestmark = IN_BROWSER
NAME = "Orchard fruit for the schools of a journey"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/contribute", "/contribute/practice", "/contribute/need", "/contribute/recovery-survey"])
def test_a_page_of_contributing_is_whole_at_every_width(browser: Browser, address: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    foreign: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((address, "data:")) else foreign.append(request.url))
    answer = page.goto(address + path)
    assert answer is not None and answer.status == 200 and page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unlabelled = page.eval_on_selector_all("main input:not([type=hidden]), main select, main textarea",
                                           "all => all.filter(each => !each.labels.length && !each.ariaLabel).map(each => each.name)")
    assert not unlabelled and not foreign and not page.context.cookies()
    page.close()


def fill_wrongly(page: Page) -> None:
    page.locator("#year").fill("May 2021")
    page.locator("#city").fill("Haarlm")
    page.locator("#themes").fill("local and short-chain food")
    page.get_by_role("button", name="Add one more: outcome").click()
    assert page.locator("#city").input_value() == "Haarlm", "what was typed is kept when a part is added"
    page.locator("#outcome_value").fill("50")
    page.locator("#outcome_unit").fill("percent")
    page.locator("#outcome_status").select_option("measured")
    page.locator("#outcome_value-2").fill("7")
    page.locator("#outcome_unit-2").fill("farms")
    page.locator("#outcome_status-2").select_option("measured")
    page.locator("#outcome-2").fill("Seven farms deliver")
    page.get_by_role("button", name="Check, and see").click()


def test_a_partner_goes_the_whole_way(browser: Browser, address: str) -> None:
    partner = browser.new_context(java_script_enabled=False)
    page = partner.new_page()
    page.goto(f"{address}/contribute")
    page.get_by_role("link", name="Practice", exact=True).click()
    fill_wrongly(page)
    wrong = page.get_by_role("alert")
    assert "4 things to correct" in wrong.inner_text()
    wrong.get_by_role("link", name="City").click()
    assert page.url.endswith("#city") and page.locator("#city").get_attribute("aria-invalid") == "true"
    remarks = page.locator("#city").get_attribute("aria-describedby") or ""
    assert "haarlem" in page.locator(f"#{remarks.split()[-1]}").inner_text().lower()
    page.locator("#name").fill(NAME)
    page.locator("#year").fill("2021-05")
    page.locator("#city").fill("Haarlem")
    page.get_by_label("E-mail").fill("fruit@example.org")
    page.get_by_label("It may be published").check()
    page.get_by_role("button", name="Check, and see").click()
    assert page.get_by_role("heading", level=1).inner_text() == NAME
    assert "Not sent yet" in page.get_by_role("status").inner_text()
    assert "Seven farms deliver" in page.locator(".facts").inner_text()
    page.get_by_role("button", name="Send it").click()
    assert "Sent" in page.get_by_role("status").inner_text()
    link = page.url

    stranger = browser.new_context().new_page()
    stranger.goto(link.split("?")[0])
    assert NAME not in stranger.content()
    stranger.goto(f"{address}/search?q=orchard+fruit+journey")
    assert NAME not in stranger.content()

    reviewer = browser.new_context(http_credentials={"username": "reviewer", "password": REVIEWER_KEY}).new_page()
    reviewer.set_default_timeout(120_000)
    reviewer.goto(f"{address}/reviews")
    reviewer.get_by_role("link", name=link.split("/")[-1].split("?")[0]).click()
    assert "fruit@example.org" in reviewer.content() and NAME in reviewer.content()
    reviewer.get_by_role("button", name="Publish").click()
    reviewer.get_by_text("Published").first.wait_for()

    stranger.goto(f"{address}/search?q=orchard+fruit+journey")
    stranger.get_by_role("link", name=NAME).first.click()
    record = stranger.url
    assert "fruit@example.org" not in stranger.content()
    with httpx.Client(base_url=address, timeout=120) as client:
        settle(client)
    stranger.goto(f"{record}/synergies")
    assert stranger.locator(".synergy").count() > 0
    query = f'PREFIX dct: <http://purl.org/dc/terms/> ASK {{ ?practice dct:title "{NAME}"@en }}'
    asked = httpx.get(f"{address}/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"})
    assert asked.json()["boolean"] is True

    page.set_default_timeout(120_000)
    page.goto(link)
    assert "Published" in page.get_by_role("status").inner_text()
    page.get_by_label("Reason").fill("The figures were wrong.")
    page.get_by_role("button", name="Withdraw it").click()
    assert "Withdrawn" in page.get_by_role("status").inner_text()
    gone = stranger.goto(record)
    assert gone is not None and gone.status == 410
    stranger.goto(f"{address}/search?q=orchard+fruit+journey")
    assert NAME not in stranger.content()
    partner.close()
