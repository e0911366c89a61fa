"""The specification: ontology, shapes, concepts and the JSON-LD context, by negotiation."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, URIRef

from api.description import describe
from api.manners import POLICY_WITH_STYLES
from api.negotiation import choose, read_languages, split_suffix
from api.problems import check_parameters
from api.rendering import render
from api.routes.things import QUERIES
from api.serialising import write_csv, write_json, write_rdf
from api.specification import draw_term, find_example, read_shapes, read_terms
from kg import resources
from kg.errors import NotFound
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS, Format
from kg.index import Thing
from kg.queries import load_query
from kg.shapes import load_shapes, load_tables, parse_turtle, read_graph
from kg.store import Bindings
from kg.store.bindings import bind
from kg.terms import BASE, DCT, ONTOLOGY_GRAPH, OWL, PREFIXES, SKOS, VOC, is_reference

router = APIRouter(tags=["specification"])
FORMATS = (HTML, *TRIPLE_FORMATS, CSV)
VERSIONED = (HTML, *TRIPLE_FORMATS)


@router.get("/ontology")
@router.get("/ontology.{suffix}")
def show_ontology(request: Request, suffix: str = "") -> Response:
    """The model on one page: picture, classes, properties, versions and changes."""
    check_parameters(request, ("lang",))
    return _answer_ontology(request, choose(request, FORMATS, suffix))


@router.get("/ontology/{version}")
def show_version(request: Request, version: str) -> Response:
    """One version of the ontology, which stays as it is; the address is its version IRI."""
    check_parameters(request, ("lang",))
    version, suffix = (version, "") if version.rsplit(".", 1)[-1].isdigit() else split_suffix(version)
    current = _header(read_graph(resources.ontology()))["version"]
    form = choose(request, FORMATS if version == current else VERSIONED, suffix)
    if version == current:
        return _answer_ontology(request, form)
    path = resources.ontology() / "versions" / f"{version}.ttl"
    if not is_reference(version) or not path.is_file():
        raise NotFound(f"there is no version {version[:40]!r} of the ontology.", where=request.url.path,
                       advice=f"The present one is {current}.")
    return write_rdf(parse_turtle(path, Graph()), form if form.rdflib else FORMATS[1])


@router.get("/ontology/term/{name}")
def show_term(request: Request, name: str) -> Response:
    """One class or property: definition, neighbourhood, shapes that apply and a live example."""
    check_parameters(request, ("lang",))
    name, suffix = split_suffix(name)
    graph: Graph = request.state.store.graph(ONTOLOGY_GRAPH)
    found = next((term for term in read_terms(graph) if term.name == name), None)
    if found is None:
        raise NotFound(f"the ontology has no term {name[:60]!r}.", where=request.url.path, advice="The page /ontology lists them all.")
    form, query = choose(request, FORMATS, suffix), load_query(QUERIES / "statements_of_term.rq").text
    if form.rdflib:
        return write_rdf(graph.cbd(URIRef(found.iri)), form)
    if form == CSV:
        return _answer_rows(request, query, {"term": URIRef(found.iri)})
    page = render(request, "term.html", term=found, shapes=read_shapes(name), picture=draw_term(name) if found.kind == "class" else "",
                  example=find_example(request.state.store, request.state.index, found.iri),
                  query=bind(query, {"term": URIRef(found.iri)}))
    page.headers["Content-Security-Policy"] = POLICY_WITH_STYLES
    return page


@router.get("/shapes")
@router.get("/shapes.{suffix}")
def show_shapes(request: Request, suffix: str = "") -> Response:
    """What contributions must and should state, table by table."""
    check_parameters(request, ("lang",))
    form = choose(request, FORMATS, suffix)
    if form.rdflib:
        return write_rdf(load_shapes(), form)
    query = load_query(QUERIES / "shapes.rq").text
    if form == CSV:
        return _answer_rows(request, query, {})
    return render(request, "shapes.html", query=query, tables=load_tables(),
                  files=sorted(path.stem for path in resources.shapes().glob("*.ttl")))


@router.get("/shapes/{module}")
@router.get("/shapes/{module}/{version}")
def show_module(request: Request, module: str, version: str = "") -> Response:
    """The shapes of one module and severity, a file of its own, also at the address of its version."""
    check_parameters(request, ("lang",))
    module, suffix = split_suffix(module)
    path = resources.shapes() / f"{module}.ttl"
    if not is_reference(module) or not path.is_file():
        raise NotFound(f"there is no module {module[:60]!r} of shapes.", where=request.url.path, advice="The page /shapes lists them.")
    graph = parse_turtle(path, Graph())
    if version and version != str(graph.value(URIRef(f"{BASE}shapes/{module}"), OWL.versionInfo)):
        raise NotFound(f"there is no version {version[:40]!r} of {module}.", where=request.url.path, advice="Leave the version out.")
    return write_rdf(graph, choose(request, TRIPLE_FORMATS, suffix))


@router.get("/voc/{scheme}")
def show_scheme(request: Request, scheme: str) -> Response:
    """The concepts of a scheme."""
    check_parameters(request, ("lang",))
    scheme, suffix = split_suffix(scheme)
    iri = VOC[scheme]
    rows = request.state.store.select(load_query(QUERIES / "scheme.rq").text, {"scheme": iri})
    if not len(rows):
        raise NotFound(f"there is no concept scheme {scheme!r}.", where=request.url.path, advice="The page /shapes names those in use.")
    form = choose(request, FORMATS, suffix)
    if form.rdflib:
        return write_rdf(request.state.store.construct(load_query(QUERIES / "scheme_graph.rq").text, {"scheme": iri}), form)
    if form == CSV:
        return _answer_rows(request, load_query(QUERIES / "scheme.rq").text, {"scheme": iri})
    return render(request, "scheme.html", query=bind(load_query(QUERIES / "scheme.rq").text, {"scheme": iri}), scheme=scheme,
                  rows=[{key: str(term) for key, term in row.items()} for row in rows])


@router.get("/voc/{scheme}/{code}")
def show_concept(request: Request, scheme: str, code: str) -> Response:
    """One concept with its labels in every language and the things that use it."""
    check_parameters(request, ("lang",))
    code, suffix = split_suffix(code)
    iri, index = str(VOC[f"{scheme}/{code}"]), request.state.index
    graph = request.state.store.construct(load_query(QUERIES / "describe.rq").text, {"thing": URIRef(iri)})
    if not len(graph):
        raise NotFound(f"there is no concept {code!r} in {scheme!r}.", where=request.url.path, advice="Look in the list of its scheme.")
    form = choose(request, FORMATS, suffix)
    if form.rdflib:
        return write_rdf(graph, form)
    if form == CSV:
        return _answer_rows(request, load_query(QUERIES / "statements.rq").text, {"thing": URIRef(iri)})
    found = index.thing(iri) or Thing(iri, scheme, code, index.label(iri)[0], str(graph.value(URIRef(iri), SKOS.definition) or ""))
    return render(request, "concept.html", description=describe(request.state.store, index, found, read_languages(request)),
                  scheme=scheme, facet=scheme if scheme in ("theme", "instrument", "input", "process", "outcome") else "",
                  query=bind(load_query(QUERIES / "statements.rq").text, {"thing": URIRef(iri)}))


@router.get("/context.jsonld")
def show_context() -> Response:
    """Our JSON-LD context: prefixes and the names of our properties."""
    path = resources.ontology() / "context.jsonld"
    context = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"@context": PREFIXES}
    return write_json(context, JSON.__class__("jsonld", "application/ld+json"), {"Cache-Control": "public, max-age=86400"})


def _answer_ontology(request: Request, form: Format) -> Response:
    graph: Graph = request.state.store.graph(ONTOLOGY_GRAPH)
    if form.rdflib:
        return write_rdf(graph, form)
    query = load_query(QUERIES / "terms.rq").text
    if form == CSV:
        return _answer_rows(request, query, {})
    terms = read_terms(graph)
    return render(request, "ontology.html", query=query, classes=[term for term in terms if term.kind == "class"],
                  properties=[term for term in terms if term.kind == "property"], header=_header(graph),
                  schemes=sorted(path.stem for path in (resources.ontology() / "voc").glob("*.ttl")))


def _answer_rows(request: Request, query: str, bindings: Bindings) -> Response:
    """The rows of the query behind a page as CSV."""
    rows = request.state.store.select(query, bindings)
    return write_csv(rows.variables, ([str(row.get(name, "")) for name in rows.variables] for row in rows))


def _header(graph: Graph) -> dict[str, str]:
    ontology = URIRef(BASE + "ontology")
    return {"version": str(graph.value(ontology, OWL.versionInfo)), "iri": str(graph.value(ontology, OWL.versionIRI)),
            "issued": str(graph.value(ontology, DCT.issued)),
            "changes": " ".join(sorted(map(str, graph.objects(ontology, SKOS.changeNote)), reverse=True))}
