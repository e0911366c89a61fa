"""Answers in the format that was chosen: RDF of a graph, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from rdflib import Graph

from api.arranging import Arranged, arrange_json
from kg.formats import CSV, JSON, JSONLD, Format
from kg.store import Store
from kg.store.kept import Kept
from kg.terms import PREFIXES


def _read_none(_: Store) -> dict[str, bytes]:
    return {}


WRITTEN: Final = Kept(_read_none)
"""Whole answers by address and format, for each data version: they take long to write and nothing but the data changes them."""
MOST_WRITTEN: Final = 40


def keep(request: Request, form: Format, make: Callable[[], Response], day: str = "") -> Response:
    """An answer that nothing but address, format, language of names, data version and, where given, the day decide; made once."""
    written = WRITTEN.load(request.state.store)
    key = f"{request.url.path} {form.media_type} {request.state.spoken.names} {day}"
    body = written.get(key)
    if body is None:
        body = bytes(make().body)
        while len(written) >= MOST_WRITTEN:
            written.pop(next(iter(written)), None)
        written[key] = body
    return Response(body, 200, media_type=_typed(form))


def write_rdf(graph: Graph, form: Format, headers: dict[str, str] | None = None) -> Response:
    """A graph in one of the RDF formats, with our prefixes; the same triples give the same bytes, whichever engine had them first."""
    arranged = Arranged(graph)
    for prefix, iri in PREFIXES.items():
        arranged.bind(prefix, iri, override=True, replace=True)
    if form == JSONLD:
        made = json.loads(arranged.serialize(format=form.rdflib, auto_compact=True))
        return write_json(arrange_json(made), form, headers)
    return Response(arranged.serialize(format=form.rdflib, encoding="utf-8"), 200, headers, _typed(form))


def write_json(value: Any, form: Format = JSON, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(json.dumps(value, ensure_ascii=False, indent=1), status, headers, form.media_type)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], headers: dict[str, str] | None = None) -> Response:
    """Rows as CSV (RFC 4180) that a spreadsheet never takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_tame(cell) for cell in row] for row in rows)
    return Response(text.getvalue().encode(), 200, headers, _typed(CSV))


def _tame(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "@", "\t", "\r") else cell


def _typed(form: Format) -> str:
    return f"{form.media_type}; charset=utf-8" if form.media_type.startswith("text/") else form.media_type
