"""Practices in the words of the eProcurement Ontology keep its shapes, and notices of TED join with them on shared codes."""

from __future__ import annotations

from collections import Counter

import pytest
from rdflib import Graph, URIRef

from kg import resources
from kg.build import read_sources
from kg.errors import NotFound
from kg.queries import read_query
from kg.standards import Assets, find_assets
from kg.store.local import LocalStore
from kg.terms import AT, CPV, EPO, GRAPH, NUTS, RDF, SKOS, UAEU, thing
from kg.validation.engine import validate_graph

VIEWS = resources.ontology() / "views"
NOTICE = "http://data.europa.eu/a4g/resource/"


@pytest.fixture(scope="module")
def assets() -> Assets:
    try:
        return find_assets()
    except NotFound:
        pytest.skip("KG_STANDARDS names no folder with the official assets, and ../shared/standards is not there")


@pytest.fixture(scope="module")
def graphs() -> dict[URIRef, Graph]:
    return read_sources(resources.data())


@pytest.fixture(scope="module")
def view(graphs: dict[URIRef, Graph]) -> Graph:
    return published(graphs).construct(read_query(VIEWS / "epo.rq").text)


def published(graphs: dict[URIRef, Graph]) -> LocalStore:
    store = LocalStore(None)
    store.put_all(graphs)
    return store


def test_every_practice_and_aim_is_in_the_view(view: Graph, graphs: dict[URIRef, Graph]) -> None:
    practices = {node for graph in graphs.values() for node in graph.subjects(RDF.type, UAEU.ProcurementPractice)}
    assert len(set(view.subjects(RDF.type, EPO.ProcurementObject))) == len(practices) > 100
    tables = (str(AT["environmental-impact/"]), str(AT["social-objective/"]), str(AT["innovative-acquisition/"]))
    aims = {(node, aim) for graph in graphs.values() for node, aim in graph.subject_objects(UAEU.strategicObjective)
            if node in practices and str(aim).startswith(tables)}
    assert len(set(view.subject_objects(EPO.fulfillsRequirement))) == len(aims) > 100


def test_the_view_keeps_the_shapes_of_epo(view: Graph, graphs: dict[URIRef, Graph], assets: Assets) -> None:
    """Background as ePO needs it: its subclass axioms and the scheme of every code (domain model, 2.4)."""
    core = "epo-4.2.0/implementation/ePO_core"
    background = assets.graph(core, "owl_ontology/ePO_core.ttl")
    for name, graph in graphs.items():
        if str(name).startswith(str(GRAPH["codes/"])):
            background += graph
    # The shape of ePO 4.2.0 wants each green aim in both of its tables at once, where its ontology means either.
    for aim in set(background.subjects(SKOS.inScheme, AT["environmental-impact"])):
        background.add((aim, SKOS.inScheme, AT["green-public-procurement-criteria"]))
    shapes = assets.graph(core, "shacl_shapes/ePO_core_shapes.ttl")
    assert [(str(result.focus), result.component) for result in validate_graph(view, shapes, background).results] == []
    strange = Graph() + view
    strategy = next(iter(view.subjects(RDF.type, EPO.SocialProcurement)))
    strange.add((strategy, EPO.fulfillsRequirement, AT["environmental-impact/circ-econ"]))
    assert not validate_graph(strange, shapes, background).conforms


def test_notices_join_with_practices_on_shared_codes(graphs: dict[URIRef, Graph], assets: Assets) -> None:
    store = published(graphs)
    query = read_query(VIEWS / "notices-like-practices.rq").text
    assert store.select(query).rows == []
    for path in assets.files("epo-notices-sdk-examples"):
        store.put(GRAPH[f"ted/{path.stem}"], Graph().parse(path))
    rows = [tuple(str(term) for term in row) for row in store.select(query).rows]
    assert set(Counter(row[2] for row in rows)) == {"aim", "CPV division", "region"}
    assert all(row[1].startswith(NOTICE) for row in rows)
    practice = str(thing("practice", "herning-circular-workwear"))
    lot = f"{NOTICE}id_eb13621b-cb76-46ee-b6c1-3d33ac707d94_Lot_LOT-0003"
    assert (practice, lot, "CPV division", str(CPV["18000000"])) in rows
    assert (str(thing("practice", "flanders-kantoor2023")), str(NUTS["BE100"])) in {
        (row[0], row[3]) for row in rows if row[2] == "region"}
