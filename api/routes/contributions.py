"""Contributing: forms, templates, every way in, and the page that shows a contributor where the contribution stands.

There is no cookie and no session: what a page of another site could send is what anybody may send, it is marked as sent by the public,
and a reviewer reads it. With the key that a browser keeps it is refused. A step on a contribution carries its secret in the body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from openpyxl.utils import get_column_letter
from rdflib import URIRef
from starlette.concurrency import run_in_threadpool

from api.keys import authorise, read_secret
from api.languages import OWN_NAMES
from api.limiting import limit
from api.negotiation import choose, prefers_page, read_languages
from api.prefix import find_root
from api.preview import describe, name_record
from api.problems import check_parameters
from api.questions import Asking
from api.rendering import render
from api.routes.reviews import as_json
from api.serialising import write_json
from api.uploads import MOST_BYTES, Upload, read_upload
from kg.contributions.replay import read_graph
from kg.contributions.workflow import Contributions
from kg.errors import Invalid, KgError, NotAcceptable, NotFound, Refused, Unauthorised
from kg.examiner import SMALL, Examiner
from kg.formats import HTML, JSON
from kg.forms import Form, Known, fill_form, load_forms, load_known, read_form
from kg.journal import Contribution
from kg.reception import Sent, as_report, check_file, check_form, check_graph, find_sharing, keep
from kg.remarks import Remark
from kg.spreadsheets import write_csv_template, write_template
from kg.store import Store
from kg.terms import split_iri
from kg.wording import choose_language, make_error, say

router = APIRouter(tags=["contributions"], dependencies=[Depends(limit)])
PRIVATE: Final = {"Cache-Control": "no-store"}
CONTROL: Final = ("form", "do", "add", "contact", "licence", "token", "replaces", "draft", "lang", "file")
TEMPLATES: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
_known: dict[str, Known] = {}


def known(request: Request) -> Known:
    """The names of what is published, at the data version of the request."""
    store: Store = request.state.store
    version = store.version()
    if version not in _known:
        _known.clear()
        _known[version] = load_known(store)
    return _known[version]


def examine(request: Request, upload: Upload, form: str, language: str, space: str = "") -> Sent:
    """Judge a file: a large one in the process beside this one, which goes on to answer others meanwhile."""
    store: Store = request.state.store
    if len(upload.data) <= SMALL:
        return check_file(upload.data, known(request), store, upload.media_type, upload.name, form, language, space)
    examiner: Examiner = request.app.state.examiner
    return examiner.check(upload.data, store, media_type=upload.media_type, name=upload.name, form=form, language=language, space=space)


@router.get("/contribute", include_in_schema=False)
def show_ways(request: Request) -> Response:
    """What one can send, and every way to send it."""
    check_parameters(request, ("lang",))
    return render(request, "contribute.html", forms=list(load_forms().values()), most=MOST_BYTES // 2**20, language=_language(request))


@router.get("/contribute/{name}.{suffix}", include_in_schema=False)
def write_spreadsheet(request: Request, name: str, suffix: str) -> Response:
    """The template of a form, .xlsx or .csv."""
    form = _form(name)
    if suffix not in TEMPLATES:
        raise make_error(NotAcceptable, "no-such-suffix", suffix[:20], ".xlsx, .csv", where=request.url.path)
    content = write_template(form, known(request), (_language(request),)) if suffix == "xlsx" else write_csv_template(form)
    return Response(content, media_type=TEMPLATES[suffix],
                    headers={"Content-Disposition": f'attachment; filename="{form.table.name}.{suffix}"'})


@router.get("/contribute/{name}", include_in_schema=False)
def show_form(request: Request, name: str) -> Response:
    """A form, made of the shapes."""
    check_parameters(request, ("lang",))
    return _show_form(request, _form(name), ())


@router.post("/contributions", status_code=201)
async def receive(request: Request) -> Response:
    """Send records: a form, a spreadsheet (.xlsx, .csv), or RDF; 201 with the status address, or 422 with what to correct.

    A browser gets a page that shows what would be published, and sends it from there.
    """
    upload = await read_upload(request)
    return await run_in_threadpool(_receive, request, upload)


def _receive(request: Request, upload: Upload) -> Response:
    key = authorise(request, "partner") if read_secret(request) else None
    agent = key.agent if key else ""
    page = prefers_page(request) and upload.by_form
    name = upload.value("form") or request.query_params.get("form", "")
    contact = upload.value("contact") or request.headers.get("from", "")
    unlicensed = say("licence_missing", _language(request)) if page and not upload.value("licence") else ""
    if upload.data or not upload.by_form:
        sent = examine(request, upload, name, _language(request), key.space if key else "")
        if page and (unlicensed or not sent.conforms):
            return render(request, "contribution_report.html", 422, sent=sent, name=upload.name, licence_wrong=unlicensed,
                          sheet=upload.name.endswith("xlsx"), letters=get_column_letter)
    else:
        form, pairs = _form(name), _answers(upload)
        if page and upload.value("add"):
            return _show_form(request, form, pairs, upload=upload, add=upload.value("add"))
        sent = check_form(form, read_form(form, pairs, known(request)), known(request), request.state.store,
                          tuple(URIRef(value) for key, value in upload.pairs if key == "replaces"), _language(request))
        if page and (unlicensed or not sent.conforms):
            return _show_form(request, form, pairs, upload=upload, sent=sent, unlicensed=unlicensed)
    if not sent.conforms:
        return _refuse(request, sent)
    contributions: Contributions = request.app.state.contributions
    received = keep(contributions, sent, agent=agent, contact=contact, draft=page or upload.value("draft") == "true")
    path = f"/contributions/{received.contribution.reference}"
    status = f"{path}?token={received.token}"
    if page:
        return RedirectResponse(find_root(request) + status, 303, PRIVATE)
    address = request.app.state.settings.public_base.rstrip("/")
    return write_json({**as_json(received.contribution), "page": address + status, **as_report(sent)},
                      headers={**PRIVATE, "Location": address + status}, status=201)


@router.get("/contributions/{reference}")
def show_status(request: Request, reference: str) -> Response:
    """Where a contribution stands; what is not public is shown to the holder of its link only."""
    check_parameters(request, ("token", "lang"))
    token = request.query_params.get("token", "")
    contributions: Contributions = request.app.state.contributions
    contribution = _open(request, reference, token) if token else contributions.journal.contribution(reference)
    if not token and not contributions.journal.was_public(reference):
        raise make_error(Refused, "link-incomplete", where=reference)
    graph = read_graph(contribution.content)
    sent = None
    if token or contribution.status == "published":
        sent = check_graph(graph, known(request), request.state.store, contribution.form, tuple(map(URIRef, contribution.replaces)),
                           _language(request))
    if choose(request, (HTML, JSON)) == JSON:
        return write_json({**as_json(contribution), **(as_report(sent) if sent and token else {})}, headers=PRIVATE)
    index, languages = request.state.index, read_languages(request)
    records = [(str(iri), name_record(graph, iri)) for iri in sent.records] if sent else []
    waiting = sent is not None and contribution.status in ("draft", "submitted")
    page = render(request, "contribution.html", contribution=contribution, token=token, mine=bool(token), sent=sent, records=records,
                  names=dict(records), form=contribution.form in load_forms() and len(records) == 1,
                  title=records[0][1] if records else "Contribution",
                  events=contributions.journal.events(reference=reference) if token else [],
                  preview=describe(index, graph, sent.records, languages) if sent else [],
                  sharing=find_sharing(graph, sent.records, request.state.store) if sent and waiting else [])
    page.headers.update(PRIVATE)
    return page


@router.get("/contributions/{reference}/edit", include_in_schema=False)
def show_edit(request: Request, reference: str) -> Response:
    """The form of a contribution, filled with what it says."""
    check_parameters(request, ("token", "lang"))
    token = request.query_params.get("token", "")
    contribution = _open(request, reference, token)
    form, graph, subject = _single(contribution)
    pairs = fill_form(form, graph, subject, known(request))
    return _show_form(request, form, pairs, target=f"/contributions/{reference}/edit", token=token)


@router.post("/contributions/{reference}/{step}")
async def take_step(request: Request, reference: str, step: str) -> Response:
    """Submit, edit, adopt (it is the new version of a record) or withdraw, by the holder of the link."""
    upload = await read_upload(request)
    return await run_in_threadpool(_take_step, request, reference, step, upload)


def _take_step(request: Request, reference: str, step: str, upload: Upload) -> Response:
    contributions: Contributions = request.app.state.contributions
    token = upload.value("token")
    contribution = _open(request, reference, token)
    steps: dict[str, Callable[[], object]] = {
        "submit": lambda: contributions.submit(reference, contribution.agent),
        "withdraw": lambda: contributions.withdraw(reference, contribution.agent, upload.value("why")),
        "edit": lambda: _edit(request, contribution, upload, token),
        "adopt": lambda: _adopt(request, contribution, upload.value("record"))}
    if step not in steps:
        raise make_error(NotFound, "no-such-step", step[:40], ", ".join(steps), where=request.url.path)
    answer = steps[step]()
    if isinstance(answer, Response):
        return answer
    if not prefers_page(request):
        return write_json(as_json(contributions.journal.contribution(reference)), headers=PRIVATE)
    return RedirectResponse(f"{find_root(request)}/contributions/{reference}?token={quote(token)}", 303, PRIVATE)


def _edit(request: Request, contribution: Contribution, upload: Upload, token: str) -> Response | None:
    form, _, subject = _single(contribution)
    target, pairs = f"/contributions/{contribution.reference}/edit", [("id", split_iri(str(subject))[1]), *_answers(upload)]
    pairs = list(dict(pairs[:1]).items()) + [pair for pair in pairs[1:] if pair[0] != "id"]
    if upload.value("add"):
        return _show_form(request, form, pairs, target=target, token=token, add=upload.value("add"))
    # what was withdrawn since it was sent needs no replacing any more
    replaces = [each for each in sorted({*map(URIRef, contribution.replaces), subject}) if known(request).registry.knows(each)]
    sent = check_form(form, read_form(form, pairs, known(request)), known(request), request.state.store, replaces, _language(request))
    if not sent.conforms:
        return _show_form(request, form, pairs, target=target, token=token, sent=sent) if prefers_page(request) else _refuse(request, sent)
    request.app.state.contributions.edit(contribution.reference, sent.graph, contribution.agent, map(str, replaces))
    return None


def _adopt(request: Request, contribution: Contribution, record: str) -> Response:
    """Send the same anew as the next version of a published record, and discard the draft."""
    form, graph, subject = _single(contribution)
    names, existing = known(request), URIRef(record)
    if not names.registry.knows(existing) or split_iri(record)[0] != form.table.record_type:
        raise make_error(Invalid, "not-adopted", where="record")
    pairs = [("id", split_iri(record)[1]), *(pair for pair in fill_form(form, graph, subject, names) if pair[0] != "id")]
    sent = check_form(form, read_form(form, pairs, names), names, request.state.store, (existing,), _language(request))
    contributions: Contributions = request.app.state.contributions
    received = keep(contributions, sent, agent=contribution.agent, draft=True)
    contributions.journal.move_contact(contribution.reference, received.contribution.reference)
    contributions.withdraw(contribution.reference, contribution.agent, f"sent anew as {received.contribution.reference}")
    status = f"/contributions/{received.contribution.reference}?token={received.token}"
    return RedirectResponse(find_root(request) + status, 303, PRIVATE)


def _show_form(request: Request, form: Form, pairs: Sequence[tuple[str, str]], *, upload: Upload | None = None, sent: Sent | None = None,
               add: str = "", unlicensed: str = "", target: str = "/contributions", token: str = "") -> Response:
    language = _language(request)
    remarks: tuple[Remark, ...] = sent.remarks if sent else ()
    asking = Asking(form, known(request), pairs, remarks=remarks, add=add, language=language)
    # The sentence of a shape begins with the name of its property already.
    summary = [("" if each.text.startswith(f"{asking.label(each.key)}:") else asking.label(each.key), asking.anchor(each.key),
                f"{each.text} {each.advice}".strip()) for each in remarks
               if each.severity == "Violation"] + ([("", "licence", unlicensed)] if unlicensed else [])
    held = [("token", token)] if token else []
    page = render(request, "contribution_form.html", 422 if summary else 200, form=form, asking=asking, summary=summary, target=target,
                  held=held, spoken=OWN_NAMES, language=language, contact=upload.value("contact") if upload else "",
                  licensed=bool(upload and upload.value("licence")), licence_wrong=unlicensed,
                  source_url=next((value for key, value in pairs if key == "source_url"), ""),
                  source_remarks=[each for each in remarks if each.key == "source_url"])
    page.headers.update(PRIVATE if upload or token else {})
    return page


def _refuse(request: Request, sent: Sent) -> Response:
    problem = {"type": f"{request.app.state.settings.public_base}docs#contributions", "title": "Something has to be corrected",
               "status": 422, "detail": sent.sentence(), "instance": request.url.path, **as_report(sent)}
    answer = write_json(problem, headers=PRIVATE, status=422)
    answer.headers["Content-Type"] = "application/problem+json"
    return answer


def _open(request: Request, reference: str, token: str) -> Contribution:
    """The contribution of a link; a wrong one is 403, since 401 would make a browser ask for a password that nobody has."""
    contributions: Contributions = request.app.state.contributions
    try:
        return contributions.open(reference, token)
    except Unauthorised as error:
        raise make_error(Refused, error.code, *error.values, where=reference) from error


def _single(contribution: Contribution) -> tuple[Form, Any, URIRef]:
    """Form, graph and record of a contribution that was sent by a form."""
    graph = read_graph(contribution.content)
    form = load_forms().get(contribution.form)
    subjects = [subject for subject in set(graph.subjects()) if isinstance(subject, URIRef) and form
                and split_iri(str(subject))[0] == form.table.record_type]
    if form is None or len(subjects) != 1:
        raise make_error(Invalid, "not-by-form", where=contribution.reference)
    return form, graph, subjects[0]


def _form(name: str) -> Form:
    forms = load_forms()
    if name not in forms:
        kind: type[KgError] = NotFound if name else Invalid
        raise make_error(kind, "no-such-form", name[:40], ", ".join(forms), where="form")
    return forms[name]


def _answers(upload: Upload) -> list[tuple[str, str]]:
    return [(key, value) for key, value in upload.pairs if key not in CONTROL]


def _language(request: Request) -> str:
    return choose_language(read_languages(request))
