"""Lists by the ids of the design list (A04 to A14): bounds, links, a walk that meets everything once, and a walk that data interrupt."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import RDF, Graph, Literal, URIRef

from api.app import create_app
from kg.index import build_index
from kg.settings import read_settings
from kg.store.local import LocalStore
from kg.terms import BASE, GRAPH, SKOS, UAEU, thing

THING = "/doc/initiative/circular-pp"
MOST = 700
"""Things that a walk meets at most; all practices are fewer, and all synergies take long."""


def links(header: str) -> dict[tuple[str, str], str]:
    """Addresses of a Link header (RFC 8288) by relation and media type."""
    found = {}
    for part in header.split(", <"):
        address, _, rest = part.removeprefix("<").partition(">")
        values = dict(each.strip().split("=", 1) for each in rest.split(";") if "=" in each)
        found[values["rel"].strip('"'), values.get("type", "").strip('"')] = address
    return found


def test_a04_robots(client: TestClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain") and "Sitemap: " in answer.text
    assert client.get("/sitemap.xml").status_code == 200


@pytest.mark.parametrize("name", ["initiatives", "synergies"])
def test_a05_a09_lists_have_bounds_and_links(client: TestClient, name: str) -> None:
    answer = client.get(f"/{name}", params={"limit": 3}, headers={"Accept": "application/json"})
    held = answer.json()["things" if name == "initiatives" else "synergies"]
    assert answer.headers["content-type"] == "application/json" and len(held) == 3 < answer.json()["total"]
    for wrong in ("0", "101", "-1", "three", "1e3", "9" * 40):
        refused = client.get(f"/{name}.json", params={"limit": wrong})
        assert refused.status_code == 400 and refused.headers["content-type"] == "application/problem+json"
    for wrong in ("x", "-5", "1.5", "9" * 40, "²"):
        assert client.get(f"/{name}.json", params={"cursor": wrong}).status_code == 400, wrong
    found = links(answer.headers["link"])
    assert {rel for rel, _ in found} == {"first", "next", "alternate", "describedby"}
    assert client.get(found["first", ""], headers={"Accept": "application/json"}).json() == answer.json()
    assert client.get(found["next", ""], headers={"Accept": "application/json"}).json() != answer.json()
    for (rel, media_type), address in found.items():
        if rel in ("alternate", "describedby"):
            assert client.get(address).headers["content-type"].split(";")[0] == media_type
    past = client.get(f"/{name}.json", params={"cursor": answer.json()["total"]})
    assert past.status_code == 200 and ("next", "") not in links(past.headers["link"]) and not past.json()["next"]


@pytest.mark.parametrize(("name", "key", "iri"), [("practices", "things", "iri"), ("synergies", "synergies", "id")])
def test_a10_a_walk_meets_everything_once(client: TestClient, name: str, key: str, iri: str) -> None:
    address, seen = f"/{name}.json?limit=100", []
    while address:
        answer = client.get(address).json()
        seen += [each[iri] for each in answer[key]]
        address = answer["next"] if len(seen) < MOST else ""
    assert len(seen) == len(set(seen)) == min(answer["total"], MOST)


def test_a_walk_ends_when_the_data_change(tmp_path: Path) -> None:
    settings, store = read_settings({}, var=tmp_path), LocalStore(tmp_path / "store")

    def describe(*names: str) -> Graph:
        graph = Graph()
        for name in names:
            graph.add((thing("city", name), RDF.type, UAEU.City))
            graph.add((thing("city", name), SKOS.prefLabel, Literal(name, lang="en")))
        return graph

    def start() -> TestClient:
        build_index(store, tmp_path / "index.sqlite")
        return TestClient(create_app(settings, store))

    store.put(GRAPH["test"], describe("aalst", "brugge", "gent"))
    with start() as client:
        first = client.get("/cities.json?limit=1").json()
        second = client.get(first["next"]).json()
        assert [each["label"] for each in (*first["things"], *second["things"])] == ["aalst", "brugge"]
        page = client.get("/cities?limit=1", headers={"Accept": "text/html"}).headers["link"]
    store.put(GRAPH["test"], describe("aarschot", "aalst", "brugge", "gent"))
    with start() as client:
        stopped = client.get(second["next"])
        assert stopped.status_code == 409 and stopped.headers["content-type"] == "application/problem+json"
        assert "changed" in stopped.json()["detail"] and stopped.json()["where"] == "cursor"
        assert client.get(links(page)["next", ""], headers={"Accept": "text/html"}).status_code == 200
    store.close()


@pytest.mark.parametrize("accept", ["application/ld+json", "text/turtle", "application/rdf+xml", "application/n-triples"])
def test_a11_a13_a_thing_as_rdf_is_its_description(client: TestClient, store: LocalStore, accept: str) -> None:
    answer = client.get(THING, headers={"Accept": accept})
    assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == accept
    form = {"application/ld+json": "json-ld", "text/turtle": "turtle", "application/rdf+xml": "xml", "application/n-triples": "nt"}[accept]
    asked = store.construct(f"DESCRIBE <{thing('initiative', 'circular-pp')}>")
    assert set(Graph().parse(data=answer.text, format=form)) == set(asked) and len(asked) > 10
    assert URIRef(BASE + "id/initiative/circular-pp") in set(asked.subjects())


def test_a14_an_unknown_thing_is_404(client: TestClient) -> None:
    for address in ("/doc/initiative/none", "/id/initiative/none", "/doc/none/none", "/voc/theme/none"):
        answer = client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json", address
