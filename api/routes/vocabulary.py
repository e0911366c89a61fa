"""The specification: ontology, shapes, concepts and the JSON-LD context, by negotiation."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, Literal, URIRef

from api.description import describe
from api.negotiation import choose, read_languages, split_suffix
from api.problems import check_parameters
from api.rendering import render
from api.routes.things import QUERIES
from api.serialising import write_json, write_rdf
from kg import resources
from kg.errors import NotFound
from kg.formats import HTML, JSON, TRIPLE_FORMATS
from kg.index import Thing
from kg.queries import load_query
from kg.shapes import load_shapes, load_tables
from kg.terms import DCT, ONTOLOGY_GRAPH, OWL, PREFIXES, RDF, RDFS, SKOS, VOC

router = APIRouter(tags=["specification"])
FORMATS = (HTML, *TRIPLE_FORMATS)


@router.get("/ontology")
@router.get("/ontology.{suffix}")
def show_ontology(request: Request, suffix: str = "") -> Response:
    """Classes and properties with labels and definitions."""
    check_parameters(request, ("lang",))
    form = choose(request, FORMATS, suffix)
    graph: Graph = request.app.state.store.graph(ONTOLOGY_GRAPH)
    if form.rdflib:
        return write_rdf(graph, form)
    return render(request, "ontology.html", classes=_terms(graph, OWL.Class),
                  properties=_terms(graph, OWL.ObjectProperty) + _terms(graph, OWL.DatatypeProperty))


@router.get("/shapes")
@router.get("/shapes.{suffix}")
def show_shapes(request: Request, suffix: str = "") -> Response:
    """What contributions must and should state, table by table."""
    check_parameters(request, ("lang",))
    form = choose(request, FORMATS, suffix)
    return write_rdf(load_shapes(), form) if form.rdflib else render(request, "shapes.html", tables=load_tables())


@router.get("/voc/{scheme}")
def show_scheme(request: Request, scheme: str) -> Response:
    """The concepts of a scheme."""
    check_parameters(request, ("lang",))
    scheme, suffix = split_suffix(scheme)
    iri = VOC[scheme]
    rows = request.app.state.store.select(load_query(QUERIES / "scheme.rq").text, {"scheme": iri})
    if not len(rows):
        raise NotFound(f"there is no concept scheme {scheme!r}.", where=request.url.path, advice="The page /shapes names those in use.")
    form = choose(request, FORMATS, suffix)
    if form.rdflib:
        return write_rdf(request.app.state.store.construct(load_query(QUERIES / "scheme_graph.rq").text, {"scheme": iri}), form)
    return render(request, "scheme.html", scheme=scheme, rows=[{key: str(term) for key, term in row.items()} for row in rows])


@router.get("/voc/{scheme}/{code}")
def show_concept(request: Request, scheme: str, code: str) -> Response:
    """One concept with its labels in every language and the things that use it."""
    check_parameters(request, ("lang",))
    code, suffix = split_suffix(code)
    iri, index = str(VOC[f"{scheme}/{code}"]), request.app.state.index
    graph = request.app.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(iri)})
    if not len(graph):
        raise NotFound(f"there is no concept {code!r} in {scheme!r}.", where=request.url.path, advice="Look in the list of its scheme.")
    form = choose(request, FORMATS, suffix)
    if form.rdflib:
        return write_rdf(graph, form)
    found = index.thing(iri) or Thing(iri, scheme, code, index.label(iri)[0], str(graph.value(URIRef(iri), SKOS.definition) or ""))
    return render(request, "concept.html", description=describe(request.app.state.store, index, found, read_languages(request)),
                  scheme=scheme, facet=scheme if scheme in ("theme", "instrument", "input", "process", "outcome") else "")


@router.get("/context.jsonld")
def show_context() -> Response:
    """Our JSON-LD context: prefixes and the names of our properties."""
    path = resources.ontology() / "context.jsonld"
    context = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"@context": PREFIXES}
    return write_json(context, JSON.__class__("jsonld", "application/ld+json"), {"Cache-Control": "public, max-age=86400"})


def _terms(graph: Graph, kind: URIRef) -> list[dict[str, str]]:
    found = []
    for term in sorted(graph.subjects(RDF.type, kind)):
        def text(predicate: URIRef, of: URIRef = URIRef(str(term))) -> str:
            values = sorted(str(value) for value in graph.objects(of, predicate)
                            if not isinstance(value, Literal) or value.language in ("en", None))
            return ", ".join(values)

        wider = text(RDFS.subClassOf if kind == OWL.Class else RDFS.subPropertyOf)
        found.append({"iri": str(term), "name": str(term).rsplit("#", 1)[-1], "label": text(RDFS.label),
                      "definition": text(SKOS.definition), "example": text(SKOS.example), "wider": wider,
                      "note": text(SKOS.scopeNote) or text(DCT.description)})
    return found
