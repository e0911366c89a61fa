"""Which partnerships could work together, and a proposal for each pair with its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, Literal, URIRef

from api.negotiation import choose, split_suffix
from api.problems import check_parameters
from api.rendering import render
from api.serialising import keep, write_csv, write_json, write_rdf
from kg.cooperation import REASONS, Matrix, Reason, load_matrix
from kg.errors import Invalid, NotFound
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS, Format
from kg.index import Index
from kg.queries import load_query
from kg.store.bindings import bind
from kg.store.kept import keep_while_it_lives
from kg.terms import BASE, DCT, PROV, RDF, UAEU, thing

router = APIRouter(tags=["answers"])
FORMATS: Final = (HTML, JSON, CSV, *TRIPLE_FORMATS)
RULES: Final = {"gives": "hand-over", "actor": "shared-actor", "place": "shared-place", "theme": "shared-theme"}
STRONGEST: Final = 10
BARE: Final = re.compile(r"^Partnership (on|for) | Partnership$")
"""What every English name of a partnership has and its row or column in the matrix need not say."""


@router.get("/cooperation")
@router.get("/cooperation.{suffix}")
def show_cooperation(request: Request, suffix: str = "") -> Response:
    """The matrix: how many reasons each partnership has to help each other, with a link to the reasons."""
    check_parameters(request, ("lang",))
    form, matrix = choose(request, FORMATS, suffix), load_matrix(request.state.store)
    if form != HTML:
        return keep(request, form, lambda: write_matrix(request, matrix, form), day=str(matrix.day))
    cells = count_all(matrix, request.state.index)
    strongest = sorted(join_ways(cells), key=lambda cell: (-cell["total"], cell["one"], cell["other"]))[:STRONGEST]
    names = {str(each): label(request, each) for each in matrix.partnerships}
    return render(request, "cooperation.html", partnerships=list(names), strongest=strongest, label=names.__getitem__,
                  topics={iri: BARE.sub("", name) for iri, name in names.items()},
                  cells={(cell["one"], cell["other"]): cell for cell in cells}, query=load_query(REASONS).text)


def write_matrix(request: Request, matrix: Matrix, form: Format) -> Response:
    """The matrix as data."""
    if form.rdflib:
        return write_rdf(describe_pairs(request, matrix.pairs), form)
    cells = count_all(matrix, request.state.index)
    if form == JSON:
        return write_json({"query": load_query(REASONS).text, "pairs": cells})
    names = ("one", "one_label", "other", "other_label", *RULES, "total")
    return write_csv(names, ([cell[name] for name in names] for cell in cells))


@router.get("/cooperation/{one}/{other}")
def show_pair(request: Request, one: str, other: str) -> Response:
    """One pair: who can give what to whom, who takes part in both, where both act on one theme; a proposal to print."""
    check_parameters(request, ("lang",))
    other, suffix = split_suffix(other)
    form, matrix = choose(request, FORMATS, suffix), load_matrix(request.state.store)
    first, second = (find_partnership(matrix, reference) for reference in (one, other))
    if first == second:
        raise Invalid("this names one partnership twice.", where=request.url.path, advice="Name two partnerships.")
    forth, back = matrix.reasons(first, second), matrix.reasons(second, first)
    if form.rdflib:
        return write_rdf(describe_pairs(request, {(first, second): forth, (second, first): back}), form)
    gives = [*((first, second, reason) for reason in forth),
             *((second, first, reason) for reason in back if reason.kind == "gives")]
    if form == JSON:
        return write_json({"one": str(first), "one_label": label(request, first),
                           "other": str(second), "other_label": label(request, second), "query": write_query(first, second), "reasons": [
                               {"kind": reason.kind, "from": str(giver), "to": str(receiver), "on": str(reason.on),
                                "label": label(request, reason.on), "mine": [str(each) for each in reason.mine],
                                "theirs": [str(each) for each in reason.theirs], "graphs": [str(each) for each in reason.graphs]}
                               for giver, receiver, reason in gives]})
    if form == CSV:
        return write_csv(("kind", "from", "to", "on", "on_label", "mine", "theirs", "graphs"),
                         ((reason.kind, giver, receiver, reason.on, label(request, reason.on), " ".join(reason.mine),
                           " ".join(reason.theirs), " ".join(reason.graphs)) for giver, receiver, reason in gives))
    by_kind = {kind: [reason for reason in forth if reason.kind == kind] for kind in RULES}
    return render(request, "pair.html", one=str(first), other=str(second), forth=by_kind["gives"],
                  back=[reason for reason in back if reason.kind == "gives"], actors=by_kind["actor"], places=by_kind["place"],
                  themes=by_kind["theme"], label=lambda iri: label(request, iri), query=write_query(first, second))


def find_partnership(matrix: Matrix, reference: str) -> URIRef:
    """The partnership of an address; raises NotFound."""
    iri = thing("partnership", reference)
    if iri not in matrix.partnerships:
        raise NotFound(f"there is no partnership {reference[:60]!r}.", where=str(iri), advice="The page /cooperation lists all pairs.")
    return iri


def label(request: Request, iri: object) -> str:
    """What a thing or concept is called."""
    return str(request.state.index.label(str(iri))[0])


def write_query(one: URIRef, other: URIRef) -> str:
    """The query whose rows are the reasons of an ordered pair."""
    return bind(load_query(REASONS).text, {"one": one, "other": other})


@keep_while_it_lives
def count_all(matrix: Matrix, index: Index) -> list[dict[str, Any]]:
    """The cells of the matrix that hold a reason."""
    return [count(index, one, other, found) for (one, other), found in matrix.pairs.items()]


def count(index: Index, one: URIRef, other: URIRef, found: list[Reason]) -> dict[str, Any]:
    """One cell of the matrix."""
    ends = [str(end).rsplit("/", 1)[-1] for end in (one, other)]
    return {"one": str(one), "one_label": index.label(str(one))[0], "other": str(other), "other_label": index.label(str(other))[0],
            **{kind: sum(reason.kind == kind for reason in found) for kind in RULES}, "total": len(found),
            "page": f"/cooperation/{ends[0]}/{ends[1]}"}


def join_ways(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells with both directions of a pair as one: what either gives counts, and what both share counts once."""
    joined: dict[frozenset[str], dict[str, Any]] = {}
    for cell in cells:
        ends = frozenset((cell["one"], cell["other"]))
        if ends in joined:
            joined[ends] = {**joined[ends], **{kind: joined[ends][kind] + cell["gives"] for kind in ("gives", "total")}}
        else:
            joined[ends] = cell
    return list(joined.values())


def describe_pairs(request: Request, pairs: Mapping[tuple[URIRef, URIRef], list[Reason]]) -> Graph:
    """Ordered pairs with their reasons as evidence."""
    graph = Graph()
    for (one, other), found in pairs.items():
        describe_pair(request, graph, one, other, found)
    return graph


def describe_pair(request: Request, graph: Graph, one: URIRef, other: URIRef, found: list[Reason]) -> None:
    """Add an ordered pair with its reasons as evidence."""
    node = URIRef(f"{BASE}cooperation/{'/'.join(str(end).rsplit('/', 1)[-1] for end in (one, other))}")
    # The page of the pair answers for the pair and, by fragments, for its reasons, so that no address leads nowhere.
    graph.add((node, RDF.type, PROV.Entity))
    graph.add((node, DCT.title, Literal(f"{label(request, one)} could help {label(request, other)}", lang="en")))
    graph.add((node, DCT.references, one))
    graph.add((node, DCT.references, other))
    for number, reason in enumerate(found, 1):
        evidence = URIRef(f"{node}#reason-{number}")
        graph.add((node, UAEU.hasEvidence, evidence))
        graph.add((evidence, RDF.type, UAEU.SynergyEvidence))
        graph.add((evidence, UAEU.evidenceType, thing("rule", RULES[reason.kind])))
        graph.add((evidence, UAEU.onSharedValue, reason.on))
        for each in (*reason.mine, *reason.theirs):
            graph.add((evidence, DCT.references, each))
        for source in reason.graphs:
            graph.add((evidence, PROV.wasDerivedFrom, source))
