"""A plan that is only described, and who already does something that helps: by form, JSON or text; nothing is stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from rdflib import Literal
from starlette.concurrency import run_in_threadpool

from api.languages import find_speech, load_catalogue
from api.limiting import limit
from api.negotiation import choose, prefers_page
from api.problems import check_parameters
from api.rendering import render
from api.serialising import write_csv, write_json, write_rdf
from api.uploads import FORM, MULTIPART, read_upload
from kg.errors import Invalid
from kg.formats import CSV, HTML, JSON, TRIPLE_FORMATS, Format
from kg.index import Index
from kg.matching import EXAMPLES, FIELDS, NAME, Match, as_json, describe, list_terms, match
from kg.queries import load_query
from kg.store.bindings import bind_rows
from kg.synergies.records import list_period

router = APIRouter(tags=["match"], dependencies=[Depends(limit)])
FORMATS = (HTML, JSON, *TRIPLE_FORMATS, CSV)
QUERY = Path(__file__).parent.parent / "queries" / "match.rq"
EXAMPLE = 'Write {"theme": ["food"], "country": "NLD"}.'


@router.get("/match")
@router.get("/match.{suffix}")
async def show_match(request: Request, suffix: str = "") -> Response:
    """The form, or the answer to a profile in the address."""
    check_parameters(request, (*FIELDS, "limit", "lang"))
    fields = {name: request.query_params.getlist(name) for name in FIELDS if name in request.query_params}
    if not fields and choose(request, FORMATS, suffix) == HTML:
        return _page(request, {}, None)
    return await _answer(request, fields, suffix)


@router.post("/match")
async def answer_match(request: Request) -> Response:
    """The answer to a profile as a form, as JSON with the same fields, or as plain text."""
    upload = await read_upload(request)
    if upload.media_type in (FORM, MULTIPART):
        fields: dict[str, list[str]] = {}
        for name, value in upload.pairs:
            fields.setdefault(name, []).append(value)
        return await _answer(request, fields, "")
    try:
        text = upload.data.decode()
    except UnicodeDecodeError as error:
        raise Invalid("the profile is not UTF-8.", where="profile", advice="Send it in UTF-8.") from error
    return await _answer(request, _read_json(text) if upload.media_type == "application/json" else {"text": [text]}, "")


def _read_json(text: str) -> dict[str, list[str]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the profile is no JSON: {error}.", where="profile", advice=EXAMPLE) from error
    if not isinstance(found, dict):
        raise Invalid("the profile is no JSON object.", where="profile", advice=EXAMPLE)
    fields = {name: values if isinstance(values, list) else [values] for name, values in found.items()}
    for name, values in fields.items():
        if not all(isinstance(each, str | int | float) for each in values):
            raise Invalid(f"{name[:40]} is neither a text nor a list of texts.", where=name[:40], advice=EXAMPLE)
    return {name: [str(each) for each in values] for name, values in fields.items() if values}


async def _answer(request: Request, fields: dict[str, list[str]], suffix: str) -> Response:
    limit = fields.pop("limit", request.query_params.getlist("limit") or ["10"])[0]
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise Invalid(f"the limit is {limit[:20]!r}.", where="limit", advice="Write a whole number from 1 to 100.")
    form = choose(request, FORMATS, suffix)
    if form == HTML and prefers_page(request) and not any(value.strip() for values in fields.values() for value in values):
        return _page(request, fields, None, empty=True)
    speech = find_speech(request.state, form)
    found = await run_in_threadpool(match, request.state.store, request.state.index, fields, int(limit), speech,
                                    NAME if form.rdflib else _translate(request, NAME))
    answer = _write(request, fields, found, form)
    if "text" in fields or found.unknown:
        # A plan in words is its reader's own; what was chosen from the lists is a question like that to any list.
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _write(request: Request, fields: dict[str, list[str]], found: Match, form: Format) -> Response:
    if form == HTML:
        return _page(request, fields, found)
    today = datetime.now(UTC).date()
    if form == JSON:
        return write_json({**as_json(found, today), "improve": [_translate(request, hint) for hint in found.improve],
                           "query": find_query(found)})
    if form == CSV:
        return write_csv(("target", "target_label", "type", "direction", "score", "sentence", "start", "end", "ended"),
                         ((each.target, each.target_label, each.type.rsplit("/", 1)[-1], each.direction, round(each.score, 6),
                           each.sentence, *list_period(each.about, today)) for each in found.synergies), _say(found))
    return write_rdf(describe(found), form, _say(found))


def _translate(request: Request, text: str) -> str:
    language = request.state.spoken.interface
    return text if language == "en" else load_catalogue(language).gettext(text)


def _say(found: Match) -> dict[str, str]:
    """What has no room in a table, as fields of the header: unknown terms with the codes near to each, and fields that would help."""
    unknown = ", ".join(f"{each.field}={quote(each.term)};near={'+'.join(quote(code) for code, _ in each.near)}" for each in found.unknown)
    return {name: value for name, value in (("Match-Unknown", unknown), ("Match-Missing", ", ".join(found.missing))) if value}


def _page(request: Request, fields: dict[str, list[str]], found: Match | None, *, empty: bool = False) -> Response:
    index: Index = request.state.index
    lists = {name: list_terms(index, name) for name in EXAMPLES}
    examples = {name: next((label for code, label in lists[name] if code == example), "") for name, example in EXAMPLES.items()}

    def address(**changes: dict[str, str]) -> str:
        """The fields as a query, with terms of a field replaced by others."""
        return urlencode([(name, changes.get(name, {}).get(value, value)) for name, values in fields.items() for value in values])

    return render(request, "match.html", 400 if empty else 200, fields=fields, found=found, empty=empty, lists=lists, examples=examples,
                  query=find_query(found) if found else "", address=address,
                  most=max((each.score for each in found.synergies), default=1.0) if found else 1.0)


def find_query(found: Match) -> str:
    """The query that gives the same things and scores, from the features that were recognised in the plan; "" without any."""
    rows = [(feature, Literal(role), Literal(norm)) for feature, role, norm in found.features]
    return bind_rows(load_query(QUERY).text, ("feature", "role", "norm"), rows) if rows else ""
