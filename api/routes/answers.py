"""Answers people ask for: ways to recovery with cases, gaps, and which partnerships could work together."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.negotiation import choose
from api.problems import check_parameters
from api.rendering import render
from api.routes.things import QUERIES
from api.serialising import write_csv, write_json, write_rdf
from kg.errors import Invalid
from kg.formats import BY_SUFFIX, CSV, HTML, JSON, TRIPLE_FORMATS, Format
from kg.queries import load_query

router = APIRouter(tags=["answers"])


@router.get("/recovery")
@router.get("/recovery.{suffix}")
def show_recovery(request: Request, suffix: str = "") -> Response:
    """The ways in which procurement stimulates recovery: mechanism, cases with measured outcomes first, instruments, horizon."""
    form = _choose(request, suffix, (HTML, JSON, CSV, *TRIPLE_FORMATS))
    if form.rdflib:
        return write_rdf(request.state.store.construct(load_query(QUERIES / "recovery_graph.rq").text), form)
    index = request.state.index
    cases: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in _rows(request, "recovery_cases"):
        cases[row["way"]].setdefault(row["case"], row)
    parts: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows(request, "recovery_parts"):
        parts[row["way"]][row["kind"]].append({"iri": row["concept"], "label": index.label(row["concept"])[0]})
    ways: list[dict[str, Any]] = []
    for row in _rows(request, "recovery"):
        if any(way["iri"] == row["way"] for way in ways):
            continue
        ways.append({"iri": row["way"], "rank": int(row["rank"]), "title": row["title"], "mechanism": row.get("mechanism", ""),
                     "horizon": index.label(row["horizon"])[0] if "horizon" in row else "", "evidence": row.get("evidence", ""),
                     "instruments": parts[row["way"]]["instrument"], "themes": parts[row["way"]]["theme"],
                     "cases": [{"iri": each["case"], "title": each["title"], "outcome": each.get("outcome", ""),
                                "value": each.get("value", ""), "unit": each.get("unit", "")} for each in cases[row["way"]].values()]})
    if form == JSON:
        return write_json({"ways": ways})
    if form == CSV:
        return write_csv(("rank", "way", "title", "horizon", "case", "case_title", "outcome", "value", "unit"),
                         ((way["rank"], way["iri"], way["title"], way["horizon"], case["iri"], case["title"], case["outcome"],
                           case["value"], case["unit"]) for way in ways for case in way["cases"]))
    return render(request, "recovery.html", ways=ways, query=load_query(QUERIES / "recovery_cases.rq").text)


@router.get("/gaps")
@router.get("/gaps.{suffix}")
def show_gaps(request: Request, suffix: str = "") -> Response:
    """Themes without a practice, or with practices of one country only."""
    form = _choose(request, suffix, (HTML, JSON, CSV))
    rows = [{"theme": row["theme"], "label": request.state.index.label(row["theme"])[0], "practices": int(row["practices"]),
             "countries": int(row["countries"])} for row in _rows(request, "gaps")]
    return _answer(request, form, "gaps", rows)


@router.get("/cooperation")
@router.get("/cooperation.{suffix}")
def show_cooperation(request: Request, suffix: str = "") -> Response:
    """Pairs of partnerships with the members and themes that they share."""
    form = _choose(request, suffix, (HTML, JSON, CSV))
    index = request.state.index
    rows = [{"one": row["one"], "one_label": index.label(row["one"])[0], "other": row["other"], "other_label": index.label(row["other"])[0],
             "actors": int(row["actors"]), "themes": int(row["themes"])} for row in _rows(request, "cooperation")]
    return _answer(request, form, "cooperation", rows)


def _choose(request: Request, suffix: str, offered: tuple[Format, ...]) -> Format:
    check_parameters(request, ("lang",))
    if suffix and suffix not in BY_SUFFIX:
        raise Invalid(f"the format .{suffix} is not known.", advice=f"There is {', '.join(each.suffix for each in offered)}.")
    return choose(request, offered, suffix)


def _rows(request: Request, name: str) -> list[dict[str, str]]:
    found = request.state.store.select(load_query(QUERIES / f"{name}.rq").text)
    return [{key: str(term) for key, term in row.items()} for row in found]


def _answer(request: Request, form: Format, name: str, rows: list[dict[str, Any]]) -> Response:
    if form == JSON:
        return write_json({"rows": rows})
    if form == CSV:
        return write_csv(tuple(rows[0]) if rows else (), (tuple(row.values()) for row in rows))
    return render(request, f"{name}.html", rows=rows, query=load_query(QUERIES / f"{name}.rq").text)
