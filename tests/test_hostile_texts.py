"""What is contributed may hold markup, control characters and addresses that run: every page shows it as the text that it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from building import copy_built
from conftest import settle
from fastapi.testclient import TestClient
from httpx import Response
from rdflib import Graph, Literal, URIRef

from api.app import create_app
from kg.build import Built
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.terms import DCT, RDF, SKOS, UAEU, VOC, thing

KEY = {"Authorization": "Bearer first key"}
HTML = {"Accept": "text/html"}
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"
CONTROLS = "\x07\x1b[31m\x0b\u202e\u2028\ufeff"
ODD = (MARKUP, CONTROLS, "{{ 7*191 }}${7*191}{% raise %}", "⟦<b>marked</b>⟧", "=HYPERLINK(\"https://evil.example\")", "javascript:alert(4)", "</title></style></textarea>-->")
RUNS = (URIRef("javascript:alert(5)"), URIRef("data:text/html,alert(6)"), URIRef("JaVaScRiPt:alert(7)"), URIRef("vbscript:x"))
INITIATIVE, FIELDS = thing("initiative", "hostile-texts"), {"form": "practice", "city": "Haarlem", "year": "2021", "themes": "local-food", "licence": "yes"}


@pytest.fixture(scope="module")
def service(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    var = copy_built(settings.var, tmp_path_factory.mktemp("hostile"))
    store = LocalStore(var / "store")
    with TestClient(create_app(settings.model_copy(update={"var": var, "reviewer_key": "first key", "posts": 0}), store)) as made:
        yield made
    store.close()


class Reader(HTMLParser):
    """What a browser would run of a page: scripts, attributes that hold scripts, and addresses of another scheme."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag in ("iframe", "object", "embed", "base", "b") or tag == "script" and not values.get("src", "").startswith("/static/") \
                and values.get("type") != "application/ld+json":
            self.found.append(tag)
        self.found += [name for name in values if name.startswith("on") or name == "srcdoc"]
        self.found += [values[name] for name in ("href", "src", "action", "formaction", "xlink:href")
                       if values.get(name, "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))]


def check(answer: Response) -> None:
    assert "1337" not in answer.text, "no text is a template"
    assert answer.headers["x-content-type-options"] == "nosniff", "what is sent as data is not taken for a page"
    if "html" in answer.headers["content-type"]:
        reader = Reader()
        reader.feed(answer.text)
        assert not reader.found


@pytest.fixture(scope="module")
def published(service: TestClient) -> str:
    """A record of hostile texts that got into the public graph in spite of all, past the shapes: its reference."""
    graph = Graph()
    graph.add((INITIATIVE, RDF.type, UAEU.ProcurementInitiative))
    graph.add((INITIATIVE, DCT.title, Literal(f"Zyzzyva {MARKUP}", lang="en")))
    graph.add((INITIATIVE, UAEU.theme, VOC["theme/food"]))
    graph.add((INITIATIVE, DCT.spatial, thing("city", "haarlem")))
    for text in ODD:
        graph.add((INITIATIVE, DCT.description, Literal(f"Zyzzyva {text}", lang="en")))
        graph.add((INITIATIVE, SKOS.altLabel, Literal(f"Zyzzyva {text}", lang="fr")))
    for iri in RUNS:
        for predicate in (DCT.source, DCT.relation, UAEU.theme, DCT.type):
            graph.add((INITIATIVE, predicate, iri))
    contributions = service.app.state.contributions  # type: ignore[attr-defined]
    received = contributions.receive(graph, source="javascript:alert(8)", contact=MARKUP)
    reference = str(received.contribution.reference)
    check(service.get(f"/reviews/{reference}", headers={**KEY, **HTML}))
    assert service.post(f"/reviews/{reference}/publish", headers={**KEY, "Accept": "application/json"}).status_code == 409
    contributions.accept(reference, str(thing("agent", "maintainers")))
    contributions.publish(reference, str(thing("agent", "maintainers")))
    settle(service)
    return reference


PAGES = ("/doc/initiative/hostile-texts", "/doc/initiative/hostile-texts?lang=fr", "/doc/initiative/hostile-texts/synergies", "/doc/city/haarlem",
         "/initiatives?q=zyzzyva", "/initiatives?theme=food&limit=100", "/initiatives?view=map&q=zyzzyva", "/search?q=zyzzyva", "/search?q=zyzzyva&lang=fr",
         "/search?q=zyzzyvo", "/synergies?theme=food&limit=100", "/synergies?theme=food&view=graph", "/synergies?theme=food&view=map&limit=100",
         "/match?text=zyzzyva&theme=food", "/", "/themes?view=matrix", "/voc/theme/food", "/reviews?status=published", "/gaps",
         f"/graphs?graph={quote('https://w3id.org/uaeu-kg/graph/hostile', safe='')}",
         f"/sparql?query={quote('SELECT ?p ?o WHERE { <' + INITIATIVE + '> ?p ?o }', safe='')}",
         f"/sparql?query={quote('DESCRIBE <' + INITIATIVE + '>', safe='')}")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_shows_hostile_text_as_text(service: TestClient, published: str, address: str) -> None:
    answer = service.get(address, headers={**HTML, **(KEY if "reviews" in address else {})})
    assert answer.status_code in (200, 404)
    check(answer)


def test_the_text_is_shown_and_not_lost(service: TestClient, published: str) -> None:
    text = service.get("/doc/initiative/hostile-texts", headers=HTML).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "{{ 7*191 }}" in text
    assert "zyzzyva" in service.get("/search?q=zyzzyva", headers=HTML).text.lower()
    assert "<mark>Zyzzyva</mark>" in service.get("/search?q=zyzzyva", headers=HTML).text


def test_data_stay_whole_and_no_cell_is_a_formula(service: TestClient, published: str) -> None:
    found = json.loads(service.get("/doc/initiative/hostile-texts.json").text)
    assert any(MARKUP in value["text"] for values in found["values"].values() for value in values)
    rows = list(csv.reader(io.StringIO(service.get("/doc/initiative/hostile-texts.csv").text)))
    assert len(rows) > 10 and not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert len(Graph().parse(data=service.get("/doc/initiative/hostile-texts.nt").text, format="nt")) > 10


@pytest.mark.parametrize("field", ["name", "description", "city", "year", "themes", "source_url", "contact", "outcome", "outcome_unit"])
@pytest.mark.parametrize("text", [*ODD, "x" * 10_000], ids=range(len(ODD) + 1))
def test_a_form_gives_hostile_text_back_as_text(service: TestClient, field: str, text: str) -> None:
    answer = service.post("/contributions", data={"name": "Bread of a test", **FIELDS, field: text}, headers=HTML)
    assert answer.status_code in (200, 201, 400, 403, 413, 422)
    check(answer)


@pytest.mark.parametrize("text", [*ODD, "x" * 10_000], ids=range(len(ODD) + 1))
def test_a_file_gives_hostile_text_back_as_text(service: TestClient, text: str) -> None:
    table = io.StringIO()
    csv.writer(table, delimiter=";").writerows([["id", "name", "city", "year"], [text, text, text, text]])
    for target in ("/validate", "/contributions"):
        answer = service.post(f"{target}?form=practice", content=table.getvalue().encode(), headers={**HTML, "Content-Type": "text/csv"})
        assert answer.status_code in (200, 201, 400, 403, 422)
        check(answer)
    wrong = f'<https://w3id.org/uaeu-kg/id/practice/x> <http://purl.org/dc/terms/title> {Literal(text).n3()} ; <a:b> <javascript:alert(9)> .'
    for target in ("/validate", "/contributions"):
        answer = service.post(target, content=wrong.encode(), headers={**HTML, "Content-Type": "text/turtle"})
        assert answer.status_code in (200, 201, 400, 403, 422)
        check(answer)
