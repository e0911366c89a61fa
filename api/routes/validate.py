"""Checking without sending: the same judgement as of a contribution, in every form of report; nothing is kept."""

from __future__ import annotations

import json
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from openpyxl.utils import get_column_letter
from starlette.concurrency import run_in_threadpool

from api.limiting import limit
from api.negotiation import choose, read_languages
from api.problems import check_parameters
from api.rendering import render
from api.routes.contributions import examine
from api.serialising import write_csv, write_json, write_rdf
from api.uploads import Upload, read_upload
from kg.errors import Invalid
from kg.findings import HEADER, list_rows, write_report, write_sarif
from kg.formats import CSV, HTML, JSON, JSONLD, TURTLE, Format
from kg.reception import as_report
from kg.wording import choose_language, make_error

router = APIRouter(tags=["contributions"], dependencies=[Depends(limit)])
SARIF: Final = Format("sarif", "application/sarif+json", label="SARIF 2.1.0")
FORMATS: Final = (JSON, HTML, TURTLE, JSONLD, CSV, SARIF)


@router.get("/validate", include_in_schema=False)
def show_form(request: Request) -> Response:
    """A page with a file field, and how to do the same by curl."""
    check_parameters(request, ("lang",))
    return render(request, "validate.html")


@router.post("/validate")
async def validate(request: Request) -> Response:
    """Check RDF or a spreadsheet: 200 with the report, whether it conforms or not; 4xx for what cannot be read."""
    check_parameters(request, ("lang", "format", "form"))
    upload = await read_upload(request)
    return await run_in_threadpool(_validate, request, upload)


def _validate(request: Request, upload: Upload) -> Response:
    if not upload.data:
        raise make_error(Invalid, "no-file", where="file")
    form = _choose(request)
    language = choose_language(read_languages(request))
    sent = examine(request, upload, upload.value("form") or request.query_params.get("form", ""), language)
    name = upload.name or "contribution"
    if form == HTML:
        return render(request, "contribution_report.html", sent=sent, name=name, licence_wrong="", sheet=name.endswith("xlsx"),
                      letters=get_column_letter)
    if form == CSV:
        return write_csv(HEADER, list_rows(sent))
    if form == SARIF:
        return Response(json.dumps(write_sarif(sent, name), ensure_ascii=False, indent=1), media_type=SARIF.media_type)
    if form.rdflib:
        return write_rdf(write_report(sent), form)
    return write_json(as_report(sent))


def _choose(request: Request) -> Format:
    asked = request.query_params.get("format", "")
    if not asked:
        return choose(request, FORMATS)
    found = next((each for each in FORMATS if each.suffix == asked), None)
    if found is None:
        raise make_error(Invalid, "no-such-report", asked[:20], ", ".join(each.suffix for each in FORMATS), where="format")
    return found
