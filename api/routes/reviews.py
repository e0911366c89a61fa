"""The reviewers' queue: what was sent, what it would change in words and as triples, and one click for each decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from rdflib import URIRef
from starlette.concurrency import run_in_threadpool

from api.description import name_properties
from api.keys import authorise
from api.limiting import limit
from api.negotiation import choose
from api.prefix import find_root
from api.problems import check_parameters
from api.rendering import render
from api.serialising import write_json
from kg.contributions.difference import Difference, compare
from kg.contributions.overlap import TITLES, Overlap, find_overlaps, read_title
from kg.contributions.replay import read_graph
from kg.contributions.workflow import Contributions
from kg.errors import Invalid
from kg.formats import HTML, JSON
from kg.index import Index
from kg.index.builder import locate
from kg.journal import Contribution, Journal
from kg.journal.entries import STATUSES, TRANSITIONS
from kg.review import Refusal, find_refusal, publish
from kg.synergies import Synergy
from kg.synergies.matching import load_matcher
from kg.terms import RDF, split_iri

router = APIRouter(tags=["reviews"], dependencies=[Depends(limit)])
COMPARED = frozenset({"initiative", "practice", "action", "result", "partnership", "need", "offer"})
PRIVATE = {"Cache-Control": "no-store"}
DECISIONS: Mapping[str, str] = {"publish": "published", "request-changes": "changes-requested", "reject": "rejected",
                                "withdraw": "withdrawn", "erase-contact": ""}


@router.get("/reviews")
def show_queue(request: Request) -> Response:
    """Contributions by status, those that wait first; for reviewers only."""
    authorise(request, "reviewer")
    check_parameters(request, ("status", "lang"))
    status = request.query_params.get("status", "submitted")
    if status and status not in STATUSES:
        raise Invalid(f"the status {status[:40]!r} is not known.", where="status", advice=f"Known are {', '.join(STATUSES)}.")
    journal: Journal = request.app.state.journal
    every = journal.contributions()
    found = [each for each in every if status in ("", each.status)]
    overlaps = find_overlaps(journal, found)
    refusals = {each.reference: find_refusal(request.app.state.contributions, each, shapes=False) for each in found}
    if choose(request, (HTML, JSON)) == JSON:
        return write_json([{**as_json(each), **in_the_way(overlaps[each.reference], refusals[each.reference])} for each in found],
                          headers=PRIVATE)
    counts = Counter(each.status for each in every)
    titles = {each.reference: read_title(each) for each in found}
    return _private(render(request, "reviews.html", contributions=found, titles=titles, chosen=status, counts=counts, statuses=STATUSES,
                           overlaps=overlaps, refusals=refusals))


@router.get("/reviews/{reference}")
def show_review(request: Request, reference: str) -> Response:
    """One contribution as a reviewer sees it."""
    authorise(request, "reviewer")
    check_parameters(request, ("lang",))
    journal: Journal = request.app.state.journal
    contribution = journal.contribution(reference)
    differences = compare(request.state.store, contribution)
    events = journal.events(reference=reference)
    overlaps = find_overlaps(journal, [contribution])[reference]
    refusal = find_refusal(request.app.state.contributions, contribution)
    if choose(request, (HTML, JSON)) == JSON:
        return write_json({**as_json(contribution), **in_the_way(overlaps, refusal), "contact": journal.contact(reference),
                           "differences": [{"change": each.kind, "subject": each.subject, "predicate": each.predicate,
                                            "value": each.value.n3()} for each in differences],
                           "events": [{"sequence": each.sequence, "at": each.at, "kind": each.kind, "agent": each.agent, "note": each.note}
                                      for each in events]}, headers=PRIVATE)
    return _private(render(request, "review.html", contribution=contribution, contact=journal.contact(reference), events=events,
                           differences=differences, overlaps=overlaps, refusal=refusal, synergies=preview(request, contribution),
                           words=in_words(request.state.index, differences),
                           allowed=allowed(contribution.status)))


@router.post("/reviews/{reference}/{decision}")
async def decide(request: Request, reference: str, decision: str) -> Response:
    """Publish, send back, reject, withdraw, or forget the contact; a browser goes back to the page, a program gets the contribution."""
    key = authorise(request, "reviewer")
    if decision not in DECISIONS:
        raise Invalid(f"the decision {decision[:40]!r} is not known.", where="decision", advice=f"Known are {', '.join(DECISIONS)}.")
    form = await request.form()
    why, supersedes = str(form.get("why", "")), str(form.get("supersedes", ""))
    await _run(request, reference, decision, key.agent, why, supersedes)
    if choose(request, (JSON, HTML)) == JSON:
        return write_json({**as_json(request.app.state.journal.contribution(reference)),
                           "synergies": "follow" if request.app.state.publisher.owing else "complete"}, headers=PRIVATE)
    return RedirectResponse(f"{find_root(request)}/reviews/{reference}", 303, PRIVATE)


async def _run(request: Request, reference: str, decision: str, agent: str, why: str, supersedes: str) -> None:
    contributions: Contributions = request.app.state.contributions

    def step() -> None:
        if decision == "publish":
            publish(contributions, reference, agent, supersedes)
        elif decision == "request-changes":
            contributions.request_changes(reference, agent, why)
        elif decision == "reject":
            contributions.reject(reference, agent, why)
        elif decision == "withdraw":
            contributions.withdraw(reference, agent, why)
        else:
            contributions.journal.erase_contact(reference, agent)

    await run_in_threadpool(step)


def allowed(status: str) -> list[str]:
    """The decisions that the workflow knows from a status."""
    ahead = TRANSITIONS[status] | ({"published"} if status == "submitted" else set())
    return [decision for decision, target in DECISIONS.items() if not target or target in ahead]


def as_json(contribution: Contribution) -> dict[str, Any]:
    """A contribution without its content."""
    return {"reference": contribution.reference, "status": contribution.status, "agent": contribution.agent, "form": contribution.form,
            "source": contribution.source, "received": contribution.received, "changed": contribution.changed, "note": contribution.note,
            "replaces": list(contribution.replaces)}


def in_the_way(overlaps: Iterable[Overlap], refusal: Refusal | None) -> dict[str, Any]:
    """What a reviewer has to know beforehand: who else touches the same records, and why publishing would be refused now."""
    return {"overlaps": [vars(each) for each in overlaps], "refusal": vars(refusal) if refusal else None}


def preview(request: Request, contribution: Contribution) -> list[Synergy]:
    """The strongest synergies that the first record of a contribution would have once it is published."""
    graph = read_graph(contribution.content)
    records = sorted(URIRef(str(record)) for record in graph.subjects(RDF.type) if split_iri(str(record))[0] in COMPARED)
    store = request.state.store
    return load_matcher(store).match(store, graph, records[0], 5) if records else []


def in_words(index: Index, differences: list[Difference]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Differences as rows of record, property and values with their change, named by labels; types stand among the triples alone."""
    titles = {str(each.subject): str(each.value) for each in reversed(differences) if each.predicate in TITLES}

    def name(iri: str) -> str:
        return titles.get(iri) or index.label(iri)[0]

    rows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for each in differences:
        if each.predicate != RDF.type:
            named = name_properties(locate(str(each.subject))[0]).get((str(each.predicate),)) or name(str(each.predicate))
            value = name(str(each.value)) if str(each.value).startswith("http") else str(each.value)
            rows.setdefault((name(str(each.subject)), named), []).append((each.kind, value))
    return [(subject, predicate, values) for (subject, predicate), values in rows.items()]


def _private(page: Response) -> Response:
    page.headers.update(PRIVATE)
    return page
