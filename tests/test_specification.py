"""The specification as pages and data: picture, terms, shapes that apply, live examples, versions that stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import OWL, RDF, Graph, URIRef

from kg import picture, resources
from kg.shapes import read_graph
from kg.terms import BASE, UAEU

PAGE = {"Accept": "text/html"}
CLASSES = sorted(str(term).rsplit("#", 1)[-1] for term in read_graph(resources.ontology()).subjects(RDF.type, OWL.Class))


def test_the_picture_is_the_one_that_the_ontology_draws() -> None:
    stored = (Path(__file__).parent.parent / "api" / "static" / "model.svg").read_text(encoding="utf-8")
    assert stored == picture.draw_page(), "draw it again: python -m kg.picture > api/static/model.svg"


def test_the_picture_has_every_class_that_has_a_shape() -> None:
    drawn = picture.draw_page()
    for name in set(CLASSES) - {"PracticeElement"}:
        assert f">uaeu:{name}</text>" in drawn, name
    assert "includesAction → uaeu:Action" in drawn


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_page_with_shapes_and_neighbourhood(name: str, client: TestClient) -> None:
    page = client.get(f"/ontology/term/{name}", headers=PAGE)
    assert page.status_code == 200 and f"uaeu:{name}" in page.text
    if name != "PracticeElement":
        assert "Shapes that apply" in page.text
    data = client.get(f"/ontology/term/{name}", headers={"Accept": "text/turtle"})
    assert (UAEU[name], RDF.type, OWL.Class) in Graph().parse(data=data.text, format="turtle")


def test_a_live_example_is_published_now(client: TestClient) -> None:
    page = client.get("/ontology/term/ProcurementPractice", headers=PAGE).text
    address = page.split("Published example</dt><dd><a href=\"", 1)[1].split('"', 1)[0]
    assert client.get(address, headers=PAGE).status_code == 200 and address.startswith("/doc/practice/")
    assert "<svg" in page and "appliedBy" in page


def test_a_version_keeps_its_address(client: TestClient) -> None:
    graph = read_graph(resources.ontology())
    iri = str(graph.value(URIRef(BASE + "ontology"), OWL.versionIRI))
    answer = client.get("/" + iri.removeprefix(BASE), headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    assert (URIRef(BASE + "ontology"), OWL.versionIRI, URIRef(iri)) in Graph().parse(data=answer.text, format="turtle")
    assert client.get("/ontology/9.9.9").status_code == 404
    assert client.get("/ontology/term/Unicorn").status_code == 404


def test_each_file_of_shapes_resolves(client: TestClient) -> None:
    for path in sorted(resources.shapes().glob("*.ttl")):
        answer = client.get(f"/shapes/{path.stem}", headers={"Accept": "text/turtle"})
        assert answer.status_code == 200
        assert (URIRef(f"{BASE}shapes/{path.stem}"), RDF.type, OWL.Ontology) in Graph().parse(data=answer.text, format="turtle")
        assert client.get(f"/shapes/{path.stem}/0.1.0").status_code == 200 and client.get(f"/shapes/{path.stem}/9.0.0").status_code == 404
    assert client.get("/shapes/nothing").status_code == 404


def test_the_page_says_what_changed_and_shows_the_picture(client: TestClient) -> None:
    page = client.get("/ontology", headers=PAGE).text
    assert "static/model.svg" in page and "first version" in page and 'id="Action"' in page and "/voc/theme" in page
