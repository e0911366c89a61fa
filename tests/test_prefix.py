"""The service under a path of a host, behind a proxy that strips the prefix or passes it on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.rendering import find_address
from kg.settings import Settings
from kg.store.local import LocalStore

PREFIX = "/agenda/kg"
PAGES = ("/", "/search?q=food", "/initiatives", "/doc/initiative/circular-pp", "/doc/city/haarlem", "/match?text=school+meals", "/exchange",
         "/recovery", "/cooperation", "/gaps", "/contribute", "/sparql", "/queries", "/data", "/ontology", "/shapes", "/docs", "/about",
         "/nothing-here")
LINK = re.compile(r'(?:href|src|action|formaction)="(/[^"#]*)')


@pytest.fixture(scope="module")
def prefixed(settings: Settings, store: LocalStore) -> Iterator[TestClient]:
    """A client of a service whose public address has a path."""
    known = settings.model_copy(update={"base": f"https://city.example{PREFIX}/"})
    with TestClient(create_app(known, store), base_url="https://city.example") as made:
        yield made


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_stays_under_the_prefix(prefixed: TestClient, page: str) -> None:
    stripped, passed_on = prefixed.get(page, headers={"Accept": "text/html"}), prefixed.get(PREFIX + page, headers={"Accept": "text/html"})
    assert (stripped.status_code, stripped.text) == (passed_on.status_code, passed_on.text)
    links = set(LINK.findall(stripped.text))
    assert f"{PREFIX}/static/style.css" in links
    assert not sorted(link for link in links if not link.startswith(f"{PREFIX}/"))


def test_links_files_and_redirects_lead_somewhere(prefixed: TestClient) -> None:
    links = set(LINK.findall(prefixed.get("/doc/initiative/circular-pp", headers={"Accept": "text/html"}).text))
    for link in sorted(links):
        address = link.replace("&amp;", "&").removeprefix(PREFIX)
        assert prefixed.get(address).status_code == 200, link
    moved = prefixed.get("/id/city/haarlem", headers={"Accept": "text/turtle"}, follow_redirects=False)
    assert moved.status_code == 303 and moved.headers["location"].startswith(f"{PREFIX}/doc/city/haarlem")
    assert f"<{PREFIX}/doc/city/haarlem.ttl>" in prefixed.get("/doc/city/haarlem.json").headers["link"]


def test_a_thing_of_somebody_elses_space_is_at_its_own_address() -> None:
    assert find_address("https://data.example.org/id/plums", PREFIX) == "https://data.example.org/id/plums"
    assert find_address("https://w3id.org/uaeu-kg/id/city/haarlem", PREFIX) == f"{PREFIX}/doc/city/haarlem"
    assert find_address("urn:x", PREFIX) == ""


def test_the_front_door_opens_without_a_slash(prefixed: TestClient) -> None:
    assert prefixed.get(PREFIX, headers={"Accept": "text/html"}).text == prefixed.get("/", headers={"Accept": "text/html"}).text


def test_queries_take_the_short_way_as_well(prefixed: TestClient) -> None:
    answer = prefixed.get(f"{PREFIX}/sparql", params={"query": "ASK {}"}, headers={"Accept": "application/sparql-results+json"})
    assert answer.json()["boolean"] is True
    assert f"https://city.example{PREFIX}/sparql" in prefixed.get("/sparql", headers={"Accept": "text/turtle"}).text
    assert prefixed.options(f"{PREFIX}/doc/city/haarlem").headers["allow"] == "GET, HEAD, OPTIONS"
    assert prefixed.get(f"{PREFIX}/nothing").json()["instance"] == f"{PREFIX}/nothing"


def test_a_path_that_only_looks_like_the_prefix_is_not_it(prefixed: TestClient) -> None:
    assert prefixed.get(f"{PREFIX}s/doc/city/haarlem").status_code == 404
