"""Map, graph, charts and suggestions in Chromium: by keyboard, without script, on a small screen, with nothing from elsewhere."""

from __future__ import annotations

import pytest
from browsing import IN_BROWSER
from playwright.sync_api import Browser, Page

pytestmark = IN_BROWSER
PAGES = ("/synergies", "/synergies?view=map", "/synergies?view=graph", "/synergies?country=XXX&view=map", "/cities?view=map",
         "/partnerships?view=timeline", "/themes?view=matrix")
UNNAMED = """() => [...document.querySelectorAll('svg a, svg[role=group], [role=region], select, input:not([type=hidden])')].filter(
  (each) => !(each.ariaLabel || each.getAttribute('aria-label') || each.labels?.length || each.textContent.trim())).length"""


def places(page: Page) -> list[str]:
    return [each.get_attribute("transform") or "" for each in page.locator(".graph a").all()[:5]]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_picture_page_is_whole_at_every_width(browser: Browser, address: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((address, "data:")) else foreign.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    answer = page.goto(address + path)
    assert answer is not None and answer.status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(UNNAMED) == 0 and page.locator("svg[role=img]").count() == 0
    assert not foreign and not errors
    page.close()


def test_the_outline_is_drawn_beneath_the_dots(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "/cities?view=map")
    assert page.evaluate("document.querySelector('.map .members').getBBox().width") > 500
    page.close()


def test_the_keyboard_reaches_a_city_of_the_map_and_opens_it(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "/cities?view=map&country=FIN")
    page.locator(".map .scroll").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('svg') !== null")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")
    page.close()


def test_a_dot_of_many_leads_to_their_rows(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "/cities?view=map")
    dot = page.locator(".map a[href^='#place-']").first
    target = dot.get_attribute("href") or ""
    dot.focus()
    page.keyboard.press("Enter")
    assert page.locator(f"{target}:target tr").count() > 1
    page.close()


def test_the_graph_of_the_server_stays_without_script_and_can_be_enlarged_with_it(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address + "/synergies?view=graph&country=FIN")
    still = places(plain)
    assert still and not plain.locator(".zoom").is_visible()
    context.close()
    page = browser.new_page()
    page.goto(address + "/synergies?view=graph&country=FIN")
    assert places(page) == still
    page.get_by_role("button", name="Enlarge").click()
    assert "scale(1.5)" in (page.locator(".graph .all").get_attribute("transform") or "")
    page.get_by_role("button", name="Whole picture").click()
    page.locator(".graph a circle").first.scroll_into_view_if_needed()
    box = page.locator(".graph a circle").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 50, steps=4)
    page.mouse.up()
    assert places(page) != still and "view=graph" in page.url
    page.locator(".graph a").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/**")
    page.close()


def test_suggestions_are_a_combobox_that_the_keyboard_works(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "/about")
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("harlem")
    page.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true" and "Haarlem" in chosen.inner_text()
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false" and field.input_value() == "harlem"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/city/haarlem")
    page.close()


def test_the_search_box_searches_as_ever_when_nothing_is_chosen(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "/")
    page.locator("#home-q").press_sequentially("school meals")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=school+meals")
    page.close()
