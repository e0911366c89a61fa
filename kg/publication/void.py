"""VoID: what the graph holds in numbers, its partitions and its links to authorities outside, all counted by stored queries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rdflib import Graph, Literal, URIRef

from kg.publication.products import PRODUCTS
from kg.publication.releases import LICENCE, Release, find_date
from kg.queries import load_query
from kg.store import Store
from kg.store.kept import keep_while_it_lives
from kg.terms import BASE, DCT, ID, OWL, PREFIXES, RDF, VOID, XSD

QUERIES: Final = Path(__file__).parent / "queries"
DATASET: Final = URIRef(BASE + "dataset/graph")
VOCABULARIES: Final = ("uaeu", "cv", "epo", "adms", "geo", "org", "prov", "dcat", "dct", "foaf", "skos", "owl", "time")
EXAMPLE: Final = ID["partnership/circular-economy"]


def describe_dataset(store: Store, base: str, release: Release | None) -> Graph:
    """The VoID description of the present data; `base` is the public address, dumps are those of the newest release."""
    graph = Graph() + _count(store, store.version())
    for prefix in ("void", "dct", "xsd", "uaeu"):
        graph.bind(prefix, PREFIXES[prefix])
    description = URIRef(base + ".well-known/void")
    graph.add((description, RDF.type, VOID.DatasetDescription))
    graph.add((description, URIRef("http://xmlns.com/foaf/0.1/primaryTopic"), DATASET))
    graph.add((DATASET, VOID.sparqlEndpoint, URIRef(base + "sparql")))
    if release:
        for file in release.files:
            if file.name in PRODUCTS and PRODUCTS[file.name].part == "graph" and PRODUCTS[file.name].file_type.startswith(("RDF", "JSON")):
                graph.add((DATASET, VOID.dataDump, URIRef(f"{base}data/{release.version}/{file.name}")))
    return graph


@keep_while_it_lives
def _count(store: Store, version: str) -> Graph:
    def rows(name: str) -> list[dict[str, str]]:
        return [{key: str(term) for key, term in row.items()} for row in store.select(load_query(QUERIES / f"{name}.rq").text)]

    graph = Graph()

    def number(node: URIRef, predicate: URIRef, value: str | int) -> None:
        graph.add((node, predicate, Literal(str(value), datatype=XSD.integer)))

    totals, entities, classes = rows("totals")[0], rows("entities")[0], rows("classes")
    graph.add((DATASET, RDF.type, VOID.Dataset))
    graph.add((DATASET, DCT.title, Literal("Urban Agenda knowledge graph", lang="en")))
    graph.add((DATASET, DCT.license, URIRef(LICENCE)))
    graph.add((DATASET, DCT.modified, Literal(find_date(store), datatype=XSD.date)))
    graph.add((DATASET, OWL.versionInfo, Literal(version)))
    graph.add((DATASET, VOID.uriSpace, Literal(str(ID))))
    graph.add((DATASET, VOID.exampleResource, EXAMPLE))
    for prefix in VOCABULARIES:
        graph.add((DATASET, VOID.vocabulary, URIRef(PREFIXES[prefix])))
    for name, value in (("triples", totals["triples"]), ("distinctSubjects", totals["subjects"]), ("distinctObjects", totals["objects"]),
                        ("properties", totals["properties"]), ("classes", len(classes)), ("entities", entities["entities"])):
        number(DATASET, VOID[name], value)
    for kind, size, predicate in (("class", "entities", VOID.classPartition), ("property", "triples", VOID.propertyPartition)):
        for place, row in enumerate(classes if kind == "class" else rows("properties"), 1):
            part = URIRef(f"{DATASET}/{kind}/{place}")
            graph.add((DATASET, predicate, part))
            graph.add((part, RDF.type, VOID.Dataset))
            graph.add((part, VOID[kind], URIRef(row[kind])))
            number(part, VOID[size], row[size])
    for place, row in enumerate(rows("linksets"), 1):
        linkset, other = URIRef(f"{DATASET}/linkset/{place}"), URIRef(row["space"])
        graph.add((DATASET, VOID.subset, linkset))
        graph.add((linkset, RDF.type, VOID.Linkset))
        graph.add((linkset, VOID.linkPredicate, URIRef(row["property"])))
        graph.add((linkset, VOID.subjectsTarget, DATASET))
        graph.add((linkset, VOID.objectsTarget, other))
        graph.add((other, VOID.uriSpace, Literal(row["space"])))
        number(linkset, VOID.triples, row["triples"])
    return graph
