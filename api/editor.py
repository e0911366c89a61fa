"""The page with the editor: a query, and below it its answer or the error at its line and column."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.fields import read_list
from api.manners import POLICY_WITH_STYLES
from api.operation import Operation, choose_dataset
from api.parameters import bind_question
from api.rendering import render
from api.response import ask
from api.result import NOTHING, SHOWN_ROWS, show_answer
from api.snippets import write_snippets
from kg import resources
from kg.errors import KgError
from kg.formats import CSV, HTML
from kg.queries import PROLOGUE, load_queries
from kg.sparql.formats import ASK, GRAPH, SELECT, choose, named
from kg.sparql.question import Question
from kg.terms import PREFIXES

_EXAMPLE: Final = """SELECT ?partnership ?name WHERE {
  ?partnership a uaeu:ThematicPartnership ; skos:prefLabel ?name .
} LIMIT 20
"""


async def editor_page(request: Request, operation: Operation) -> Response:
    """The editor with the query, and below it the answer as a table, or the error at its line and column."""
    examples = [(each.title, bind_question(each, {})) for each in load_queries(resources.ontology() / "questions").values()]
    query = operation.query or PROLOGUE + "\n" + _EXAMPLE
    parameters = [("query", query), *(("default-graph-uri", each) for each in operation.default_graphs),
                  *(("named-graph-uri", each) for each in operation.named_graphs)]
    links = [(name, f"?{urlencode([*parameters, ('format', name)])}")
             for name in ("csv", "excel", "tsv", "json", "xml", "ttl", "nt", "jsonld", "rdf", "nq", "trig")]
    snippets = write_snippets(request.app.state.settings.public_base + "sparql", parameters)
    return await respond_page(request, operation, "sparql.html", query=query, links=links, examples=examples, prefixes=PREFIXES,
                              snippets=snippets)


async def respond_page(request: Request, operation: Operation, template: str, **context: Any) -> Response:
    """A page that shows the answer to a query, or why there is none."""
    context |= {"error": None, "shown": SHOWN_ROWS, "ignored": operation.unknown, **NOTHING}
    status, read = 200, ""
    if operation.query is not None:
        question = Question(operation.query, {"SELECT": choose("text/csv", (CSV,)), "ASK": choose("", ASK),
                                              "GRAPH": choose("", GRAPH)}, choose_dataset(operation), operation.named_graphs,
                            stored=operation.stored)
        try:
            answer = await ask(request, question)
            if answer is None:
                return Response(status_code=499)
            context |= show_answer(answer)
            read = answer.version
        except KgError as error:
            context["error"], status = error, error.status
    page = render(request, template, status, **context)
    page.headers["Content-Security-Policy"] = POLICY_WITH_STYLES
    if read:
        page.headers["Data-Version"] = read
    page.headers["Cache-Control"] = "no-cache" if status == 200 else "no-store"
    return page


def wants_page(request: Request, operation: Operation, suffix: str) -> bool:
    """Whether the client is to see a page: by suffix, by `format=`, else as Accept prefers."""
    if suffix:
        return HTML in named(suffix)
    for value in operation.formats:
        if known := named(value):
            return HTML in known
    chosen = choose(read_list(request.headers, "accept"), (HTML, *SELECT, *GRAPH))
    return chosen is not None and chosen.format is HTML
