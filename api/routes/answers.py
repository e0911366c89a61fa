"""Answers people ask for: ways to recovery with cases, and what nobody has shown yet."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from rdflib import Graph, Literal, URIRef

from api.languages import find_speech, say_reason
from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render
from api.routes.things import QUERIES
from api.serialising import keep, write_csv, write_json, write_rdf
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS, Format
from kg.queries import load_query
from kg.store import Store
from kg.store.kept import Kept
from kg.terms import BASE, CV, DCT, PROV, RDF, UAEU, VOC

router = APIRouter(tags=["answers"])
MEASURED: Final = str(VOC["value-status/measured"])


@router.get("/recovery")
@router.get("/recovery.{suffix}")
def show_recovery(request: Request, suffix: str = "") -> Response:
    """The ways in which procurement stimulates recovery: mechanism, cases with measured outcomes first, instruments, horizon."""
    form = _choose(request, suffix, (HTML, JSON, CSV, *TRIPLE_FORMATS))
    if form.rdflib:
        return keep(request, form, lambda: write_rdf(request.state.store.construct(load_query(QUERIES / "recovery_graph.rq").text), form))
    label = request.state.index.label
    ways = [{**way, "horizon": label(way["horizon"])[0] if way["horizon"] else "",
             **{kind: [{"iri": iri, "label": label(iri)[0]} for iri in way[kind]] for kind in ("instruments", "themes")},
             "cases": [{**case, "indicator_label": label(case["indicator"])[0] if case["indicator"] else ""} for case in way["cases"]]}
            for way in WAYS.load(request.state.store)]
    if form == JSON:
        return write_json({"ways": ways})
    if form == CSV:
        said, shown = ("rank", "iri", "title", "mechanism", "horizon", "advice", "evidence"), (
            "iri", "title", "outcome", "indicator_label", "value", "unit", "status")
        names = ("rank", "way", "title", "mechanism", "horizon", "advice", "evidence", "instruments", "themes",
                 "case", "case_title", "outcome", "indicator", "value", "unit", "status")
        return write_csv(names, ((*(way[name] for name in said),
                                  *("; ".join(each["label"] for each in way[kind]) for kind in ("instruments", "themes")),
                                  *(case[name] for name in shown)) for way in ways for case in way["cases"]))
    return render(request, "recovery.html", ways=ways, query=load_query(QUERIES / "recovery_cases.rq").text)


def read_ways(store: Store) -> list[dict[str, Any]]:
    """The ways to recovery by rank, each with its cases, those with a measured value first; concepts as IRIs."""
    cases: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in _rows(store, "recovery_cases"):
        cases[row["way"]].setdefault(row["case"], row)
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows(store, "recovery_parts"):
        parts[row["way"]][row["kind"]].append(row["concept"])
    ways: dict[str, dict[str, Any]] = {}
    for row in _rows(store, "recovery"):
        way = row["way"]
        ways.setdefault(way, {
            "iri": way, "rank": int(row["rank"]), "title": row["title"],
            **{name: row.get(name, "") for name in ("mechanism", "horizon", "advice", "evidence")},
            "instruments": parts[way]["instrument"], "themes": parts[way]["theme"],
            "cases": [{"iri": each["case"], "title": each["title"], "status": each.get("status", "").rsplit("/", 1)[-1],
                       **{name: each.get(name, "") for name in ("outcome", "indicator", "value", "unit")}}
                      for each in sorted(cases[way].values(), key=_measured_first)]})
    return list(ways.values())


@router.get("/gaps")
@router.get("/gaps.{suffix}")
def show_gaps(request: Request, suffix: str = "") -> Response:
    """Themes without a practice or with practices of one country only, and pairs that should know each other."""
    form, label, store = _choose(request, suffix, (HTML, JSON, CSV, *TRIPLE_FORMATS)), request.state.index.label, request.state.store
    gaps = GAPS.load(store)
    themes = [{"theme": row["theme"], "label": label(row["theme"])[0], "practices": int(row["practices"]),
               "countries": int(row["countries"])} for row in gaps["gaps"]]
    speech = find_speech(request.state, form)
    strangers = [{"synergy": row["synergy"], "one": row["one"], "one_label": label(row["one"])[0], "other": row["other"],
                  "other_label": label(row["other"])[0], "score": float(row["score"]),
                  **say_reason(store, speech, row["one"], row["other"], row["why"])._asdict()}
                 for row in gaps["strangers"]]
    if form.rdflib:
        return keep(request, form, lambda: write_rdf(describe_gaps(store, themes, strangers), form))
    if form == JSON:
        return write_json({"themes": themes, "pairs": strangers})
    if form == CSV:
        return write_csv(("kind", "one", "one_label", "other", "other_label", "practices", "countries", "score", "why"), (
            *(("theme", row["theme"], row["label"], "", "", row["practices"], row["countries"], "", "") for row in themes),
            *(("pair", row["one"], row["one_label"], row["other"], row["other_label"], "", "", row["score"], row["why"])
              for row in strangers)))
    return render(request, "gaps.html", themes=themes, strangers=strangers,
                  queries=[load_query(QUERIES / f"{name}.rq").text for name in ("gaps", "strangers")])


def read_gaps(store: Store) -> dict[str, list[dict[str, str]]]:
    """Themes that wait for a practice, and pairs that should know each other, as the rows of their queries."""
    return {name: _rows(store, name) for name in ("gaps", "strangers")}


def describe_gaps(store: Store, themes: list[dict[str, Any]], strangers: list[dict[str, Any]]) -> Graph:
    """The gaps as RDF: each theme with its counts, and the synergies of the pairs."""
    graph = Graph()
    for row in themes:
        # The page answers for each gap, by fragments, so that no address leads nowhere.
        gap = URIRef(f"{BASE}gaps#{row['theme'].rsplit('/', 1)[-1]}")
        graph.add((gap, RDF.type, PROV.Entity))
        graph.add((gap, DCT.subject, URIRef(row["theme"])))
        for unit in ("practices", "countries"):
            count = URIRef(f"{gap}-{unit}")
            graph.add((gap, UAEU.hasMeasurement, count))
            graph.add((count, CV.value, Literal(row[unit])))
            graph.add((count, UAEU.unit, Literal(unit)))
    for row in strangers:
        for triple in store.match(URIRef(row["synergy"]), None, None):
            graph.add(triple)
    return graph


def _choose(request: Request, suffix: str, offered: tuple[Format, ...]) -> Format:
    check_parameters(request, ("lang",))
    return choose(request, offered, suffix)


def _measured_first(case: dict[str, str]) -> tuple[bool, bool, bool, str]:
    return case.get("status") != MEASURED, not case.get("value"), not case.get("outcome"), case["title"]


def _rows(store: Store, name: str) -> list[dict[str, str]]:
    return [{key: str(term) for key, term in row.items()} for row in store.select(load_query(QUERIES / f"{name}.rq").text)]


WAYS: Final = Kept(read_ways)
GAPS: Final = Kept(read_gaps)
