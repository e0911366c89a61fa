"""One journey in Chromium for each kind of user: officer, developer, institution, partner, reviewer; with the network closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsing import IN_BROWSER, REVIEWER_KEY, serve
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kg.build import Built
from kg.settings import Settings

pytestmark = IN_BROWSER
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def address(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of its own: these journeys publish."""
    with serve(Path(settings.var), tmp_path_factory.mktemp("journeys")) as found:
        yield found


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=address, accept_downloads=True)
    made.set_default_timeout(60_000)
    yield made
    made.close()


def count_found(page: Page) -> int:
    return int(page.locator(".results > p").filter(has_text="found").inner_text().split()[0])


def read_rows(page: Page) -> list[str]:
    return page.locator("#answer tbody tr").all_inner_texts()


def test_an_officer_finds_who_already_does_it_understands_why_and_prints_it(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.locator("#home-q").fill("scool meels")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("found for “scool meels”")
    page.goto("/")
    page.get_by_role("link", name="describe what you plan").click()
    page.wait_for_url("**/match")
    page.get_by_label("The plan, in a sentence or two").fill("Organic school meals from farms nearby")
    page.get_by_label("Country").fill("Denmark")
    page.get_by_role("button", name="Find who can help").click()
    best = page.locator(".synergy").first
    assert "both" in best.locator(".why").inner_text().lower()
    best.get_by_text("where they are written").click()
    assert best.locator("tbody tr").count() > 1 and best.locator("tbody a").count() > 1
    name = best.locator(".with a").inner_text()
    best.locator(".with a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    source = page.locator(".sources a").first.get_attribute("href")
    assert source and source.startswith("http"), "it is written where the facts were read"
    page.emulate_media(media="print")
    assert not page.locator("nav[aria-label=Main]").is_visible() and page.locator(".facts").first.is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="All synergies, as picture and table").click()
    page.wait_for_url("**/synergies")
    assert page.locator(".ring a").count() == page.locator(".synergy").count() > 3
    page.locator(".ring a circle").first.click()
    page.wait_for_url("**/doc/**")


def test_an_officer_narrows_a_list_sees_it_on_the_map_and_sends_the_address_on(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/practices")
    every = count_found(page)
    page.locator(".facet a[href*='theme=']").first.click()
    page.wait_for_url("**/practices?theme=*")
    assert 0 < count_found(page) < every
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_url("**view=map")
    assert page.locator(".map svg a").count() > 2
    colleague = context.browser.new_context().new_page() if context.browser else page
    colleague.goto(page.url)
    assert colleague.locator(".map svg a").count() == page.locator(".map svg a").count(), "the address holds filter and view"
    page.get_by_label("Language").select_option("fr")
    page.get_by_role("button", name="Change").click()
    page.wait_for_url("**lang=fr")
    assert page.locator("html").get_attribute("lang") == "fr" and page.locator(".map svg a").count() > 2
    colleague.context.close()


def test_a_developer_goes_from_a_number_to_its_query_and_takes_rows_and_dump(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto("/practices?theme=food")
    total = count_found(page)
    page.get_by_text("The query behind this").last.click()
    page.get_by_role("link", name="Run it on the SPARQL page").last.click()
    page.wait_for_selector(".CodeMirror")
    assert len(read_rows(page)) >= total
    page.get_by_role("link", name="CSV", exact=True).click(trial=True)
    rows = httpx.get(page.get_by_role("link", name="CSV", exact=True).evaluate("each => each.href")).text.splitlines()
    assert len(rows) - 1 == len(read_rows(page))
    page.evaluate("""() => document.querySelector('.CodeMirror').CodeMirror.setValue('SELEC nothing')""")
    page.locator("#ask").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("line 1", re.IGNORECASE))
    page.get_by_text(re.compile("Start from one of")).click()
    page.locator(".examples a").first.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_selector("#answer tbody tr")
    page.goto("/doc/initiative/circular-pp")
    for kind in ("json", "ttl", "csv"):
        link = page.locator(".formats").get_by_role("link", name=kind, exact=True).evaluate("each => each.href")
        assert "html" not in httpx.get(link).headers["content-type"]
    page.goto("/docs")
    assert page.locator("code.task").count() >= 5
    page.goto("/data")
    with page.expect_download() as taken:
        page.get_by_role("link", name="urban-agenda-kg.nq.gz", exact=True).click()
    taken.value.save_as(tmp_path / "dump.nq.gz")
    assert (tmp_path / "dump.nq.gz").stat().st_size > 10_000


def test_an_institution_reads_the_model_checks_its_file_and_finds_the_catalogue(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="ontology", exact=True).click()
    page.get_by_role("link", name="procurement initiative", exact=True).first.click()
    expect(page.get_by_role("heading", name="Shapes that apply")).to_be_visible()
    page.get_by_role("link", name="ttl", exact=True).click(trial=True)
    example = page.locator(".facts a").last
    label = example.inner_text()
    example.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(label)
    wrong = tmp_path / "ours.csv"
    wrong.write_text("id;name;city;year;themes;source_url\nbread;Bread;Haarlm;soon;local-food;https://example.org/bread\n", encoding="utf-8")
    page.goto("/contribute")
    page.locator("#upload").set_input_files(wrong)
    page.locator("#form").select_option("practice")
    page.get_by_label("It may be published").check()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("region", name="Report")).to_be_visible()
    report = page.locator("main tbody tr").all_inner_texts()
    assert any("Haarlm" in row and "haarlem" in row and "line 2, column 3" in row for row in report)
    assert any("soon" in row and "line 2, column 4" in row for row in report)
    page.goto("/cooperation")
    page.locator(".matrix td a").first.click()
    expect(page.get_by_role("heading", name="Next steps")).to_be_visible()
    page.goto("/data")
    link = page.get_by_role("link", name="Turtle", exact=True).first.evaluate("each => each.href")
    assert "dcat:Catalog" in httpx.get(link).text


def test_a_partner_asks_for_help_and_a_reviewer_sends_it_back_then_publishes_it(context: BrowserContext, browser: Browser, address: str) -> None:
    page = context.new_page()
    page.goto("/exchange")
    page.get_by_role("link", name="Say what you seek").click()
    page.locator("#title").fill("A study visit to kitchens of a journey")
    page.locator("#kind").select_option(index=1)
    page.locator("#organisation").fill("City of Haarlem")
    page.locator("#valid").fill("2027-03-31")
    page.locator("#themes").fill("Food and catering")
    page.get_by_label("E-mail").fill("kitchens@example.org")
    page.get_by_label("It may be published").check()
    page.get_by_role("button", name="Check, and see").click()
    page.wait_for_load_state()
    assert not page.get_by_role("alert").all_inner_texts()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("A reviewer looks at it")
    mine = page.url
    reference = mine.split("/")[-1].split("?")[0]

    closed = httpx.get(f"{address}/reviews", headers={"Accept": "text/html"})
    assert closed.status_code == 401 and "key" in closed.text
    review = browser.new_context(base_url=address, http_credentials={"username": "reviewer", "password": REVIEWER_KEY}).new_page()
    review.set_default_timeout(120_000)
    review.goto("/reviews")
    review.get_by_role("link", name=reference).click()
    expect(review.locator("ins").filter(has_text="A study visit to kitchens of a journey")).to_be_visible()
    review.locator("#why-request-changes").fill("Say until when.")
    review.get_by_role("button", name="Ask for changes").click()
    expect(review.locator(".lead")).to_contain_text("Changes requested")

    page.goto(mine)
    expect(page.get_by_role("status")).to_contain_text("asks for changes")
    assert "Say until when." in page.locator("main").inner_text()
    page.get_by_role("link", name="Change something").click()
    page.locator("#valid").fill("2027-06-30")
    page.get_by_role("button", name="Check, and see").click()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("A reviewer looks at it")
    review.goto(f"/reviews/{reference}")
    review.get_by_role("button", name="Publish").click()
    expect(review.locator(".lead")).to_contain_text("Published")
    review.context.close()

    page.goto("/exchange")
    asked = page.get_by_role("article").filter(has_text="A study visit to kitchens of a journey")
    assert "2027-06-30" in asked.inner_text() and "kitchens@example.org" not in page.content()
    asked.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A study visit to kitchens of a journey")
