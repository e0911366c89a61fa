"""Accessibility in Chromium with the network closed: WCAG 2.2 AA by axe in every state, keyboard, zoom, motion, names of pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from browsing import IN_BROWSER, REVIEWER_KEY, find_barriers
from playwright.sync_api import Browser, Page

from kg.bench.pages import PAGES, find_pages
from kg.index import LISTS, Index
from kg.settings import Settings

pytestmark = IN_BROWSER
WIDTHS = (390, 1280)
NARROW = 600
LONG = "Beschaffungsvereinbarung" * 30
EMPTY = ("/search", "/search?q=zzzzzz", "/practices?q=zzzzzz", "/synergies?country=XXX", "/synergies?country=XXX&view=map",
         "/match?text=zzzzzz&theme=zzzzzz", "/sparql?query=SELECT%20*%20WHERE%20%7B%3Ca%3Ab%3E%20%3Fp%20%3Fo%7D", "/exchange?side=need")
WRONG = ("/doc/city/nowhere", "/no-such-page", "/practices?nonsense=1", "/practices?year_from=soon", "/synergies?view=sphere",
         "/sparql?query=SELEC", "/queries/nothing", "/doc/city/haarlem.geotiff", "/match?theme=food&limit=many")
FULL = (f"/search?q={LONG[:200]}", f"/practices?q={LONG[:200]}", f"/match?text={LONG}", f"/?lang={LONG}", "/initiatives?limit=100",
        "/?lang=de", "/doc/initiative/circular-pp?lang=fr", "/synergies?lang=de", "/cities?lang=el",
        "/sparql?query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%20200", "/sparql?query=ASK%7B%7D",
        "/sparql?query=DESCRIBE%20%3Chttps%3A%2F%2Fw3id.org%2Fuaeu-kg%2Fid%2Finitiative%2Fcircular-pp%3E")


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """One page for all of a file: what is read of it is asked anew each time."""
    context = browser.new_context(base_url=address)
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def examine(page: Page, widths: Sequence[int] = WIDTHS) -> None:
    """The page that is shown, at each width, dark where it is narrow: no barrier, one heading, nothing to scroll sideways."""
    for width in widths:
        page.emulate_media(color_scheme="dark" if width < NARROW else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert not find_barriers(page), (page.url, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    assert page.locator("h1").count() == 1 and page.title() and page.locator("html").get_attribute("lang")


@pytest.mark.parametrize("path", [*PAGES, *EMPTY, *WRONG, *FULL])
def test_a_page_has_no_barrier(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None and (answer.status >= 400) == (path in WRONG)
    examine(page)


@pytest.mark.parametrize("record_type", LISTS.values())
def test_the_pages_of_things_have_no_barrier(page: Page, settings: Settings, record_type: str) -> None:
    found = find_pages(Index(Path(settings.var) / "index.sqlite"), record_type)
    assert found
    for path in found:
        page.goto(path)
        examine(page)


def test_a_form_has_no_barrier_right_after_it_failed_and_when_it_is_sent(page: Page, browser: Browser, address: str, tmp_path: Path) -> None:
    page.goto("/contribute/practice")
    page.locator("#year").fill("soon")
    page.locator("#city").fill(LONG)
    page.get_by_role("button", name="Check, and see").click()
    page.locator("[role=alert]:focus").wait_for()  # who does not see the page hears what is wrong
    assert page.locator("#city").get_attribute("aria-invalid") == "true"
    examine(page)
    page.get_by_role("alert").get_by_role("link", name=re.compile("^City")).click()
    assert page.evaluate("document.activeElement.id") == "city"
    page.locator("#name").fill(f"{LONG} of a test")
    page.locator("#year").fill("2024")
    page.locator("#themes").fill("local and short-chain food")
    page.locator("#city").fill("Haarlem")
    page.get_by_label("It may be published").check()
    page.get_by_role("button", name="Check, and see").click()
    assert "Not sent yet" in page.get_by_role("status").inner_text()
    examine(page)
    page.get_by_role("button", name="Send it").click()
    examine(page)
    sent = page.url.split("/")[-1].split("?")[0]
    for target in ("/contribute", "/validate"):
        wrong = tmp_path / "wrong.ttl"
        wrong.write_text("<a> <b>", encoding="utf-8")
        page.goto(target)
        page.locator("input[type=file]").set_input_files(wrong)
        if target == "/contribute":
            page.get_by_label("It may be published").check()
        page.get_by_role("button", name="Check", exact=target == "/validate").last.click()
        page.wait_for_load_state()
        examine(page)
    context = browser.new_context(base_url=address, http_credentials={"username": "reviewer", "password": REVIEWER_KEY})
    review = context.new_page()
    for path in ("/reviews", f"/reviews/{sent}"):
        review.goto(path)
        examine(review)
    context.close()


REACHABLE = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(each => each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true })).map((each, number) => each.dataset.stop = number).length"""
STOP = """() => { const at = document.activeElement, shown = at.closest('.CodeMirror') ?? at, box = shown.getBoundingClientRect(), look = getComputedStyle(shown);
  const circle = at.closest('svg') && at.querySelector('circle, rect');
  return [at.dataset.stop ?? '', circle ? parseFloat(getComputedStyle(circle).strokeWidth) > 2 : look.outlineStyle !== 'none' || at.matches('.skip'),
          box.bottom > 0 && box.top < innerHeight, (at.outerHTML || '').slice(0, 120)]; }"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/", "/doc/initiative/circular-pp/synergies", "/synergies?view=map&country=FIN",
                                  "/synergies?view=graph&country=FIN", "/practices?country=FIN", "/match", "/contribute/practice", "/sparql"])
def test_the_keyboard_reaches_everything_visibly_and_leaves_again(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    count = page.evaluate(REACHABLE)
    reached = set()
    for _ in range(count + 12):
        page.keyboard.press("Tab")
        number, is_marked, is_seen, element = page.evaluate(STOP)
        if element.startswith("<body") or number in reached:
            break
        assert is_marked and is_seen, element
        reached.add(number)
    missed = page.evaluate("seen => [...document.querySelectorAll('[data-stop]')].filter(each => !seen.includes(each.dataset.stop)).map(each => each.outerHTML.slice(0, 120))",
                           sorted(reached))
    assert not missed and count > 15


def test_the_skip_link_leads_past_the_menu(page: Page) -> None:
    page.goto("/cities")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


LARGE = """() => { document.documentElement.style.fontSize = '200%'; }"""
SPACED = """() => { for (const each of document.querySelectorAll('body, body *')) { each.style.lineHeight = 1.5; each.style.letterSpacing = '.12em';
  each.style.wordSpacing = '.16em'; } for (const each of document.querySelectorAll('p')) each.style.marginBottom = '2em'; }"""
CUT = """() => [...document.querySelectorAll('main a, main p, main li, main th, main td, main label, main button, header a, header label, header button')]
  .filter(each => !each.closest('.scroll, svg, pre, .hidden, .CodeMirror') && each.checkVisibility() && each.getBoundingClientRect().width > 1)
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1 || getComputedStyle(each).overflowX === 'hidden' && each.scrollWidth > each.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("path", [*PAGES, "/doc/initiative/circular-pp", "/doc/initiative/circular-pp/synergies", "/doc/city/haarlem",
                                  "/cooperation/food/housing", WRONG[0], "/contribute/need"])
def test_a_page_stands_zoom_large_text_and_wide_spacing(page: Page, path: str) -> None:
    for width, change in ((640, ""), (320, ""), (1280, LARGE), (640, SPACED)):  # 200 % and 400 % of 1280; 1.4.4, 1.4.10, 1.4.12
        page.set_viewport_size({"width": width, "height": 450})
        page.goto(path)
        if change:
            page.evaluate(change)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, change)
        assert not page.evaluate(CUT), (width, change)


def test_nothing_moves_for_who_wants_no_motion(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    page = context.new_page()
    for path in ("/", "/synergies?view=graph&country=FIN", "/synergies?view=map"):
        page.goto(path)
        assert page.evaluate("document.getAnimations().length") == 0
        assert page.evaluate("[...document.querySelectorAll('*')].every(each => parseFloat(getComputedStyle(each).transitionDuration) === 0)")
    page.goto("/synergies?view=graph&country=FIN")
    first = page.locator(".graph a").first
    page.locator(".graph a circle").first.scroll_into_view_if_needed()
    box = first.locator("circle").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 50)
    page.mouse.up()
    still = [page.evaluate("[...document.querySelectorAll('.graph a')].map(each => each.getAttribute('transform')).join()")
             for _ in range(2) if page.wait_for_timeout(150) is None]
    assert still[0] == still[1], "the things jump to their places instead of drifting there"
    context.close()


@pytest.mark.parametrize("path, name", [("/cities?view=map", "Map of"), ("/synergies?view=map", "Map of"),
                                        ("/synergies?view=graph&country=FIN", "Graph of"), ("/doc/initiative/circular-pp/synergies", "Synergies of"),
                                        ("/partnerships?view=timeline", "When partnerships began"), ("/doc/initiative/circular-pp", "Inputs, processes")])
def test_who_hears_a_picture_hears_what_it_is_and_where_its_points_lead(page: Page, path: str, name: str) -> None:
    page.goto(path)
    picture = page.locator("main").get_by_role("group", name=re.compile(name))
    assert picture.count() == 1
    assert re.search("below|beside", picture.get_attribute("aria-label") or ""), "and that the same stands as text"
    heard = picture.aria_snapshot()
    links = re.findall(r"""^\s*- '?link(?: "([^"]+)")?""", heard, re.MULTILINE)
    assert all(each.strip() for each in links)
    assert len(links) == picture.locator("a").count()
    if name != "Inputs, processes":
        assert len(links) > 5


def test_a_language_other_than_the_page_s_is_marked(page: Page) -> None:
    page.goto("/doc/initiative/circular-pp?lang=de")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("main [lang=en]").count() > 0
    assert page.locator("#lang option[lang=el]").inner_text() == "ελληνικά"
