"""Three lines for developers: ask a running service, get rdflib terms, a Graph or a DataFrame.

    from kg.client import Client
    client = Client("https://example.org/sparql")
    frame = client.frame("SELECT ?p ?name WHERE { ?p a uaeu:ThematicPartnership ; skos:prefLabel ?name }")

Our prefixes are known, and those that a query declares stand before ours. A busy service is asked again when it says so; a long SELECT
can be read page by page. What the service says is wrong is raised as the error that it is there.
"""

from __future__ import annotations

import json
import time
from ast import literal_eval
from collections.abc import Callable, Iterator
from email.message import Message
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError

from rdflib import BNode, Graph, Literal, URIRef
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from kg.errors import Busy, Invalid, KgError, NotAcceptable, NotFound, QuerySyntax, Refused, StoreFailed, TooLarge, TooMany, Unauthorised
from kg.queries import PROLOGUE
from kg.sparql.clauses import find_outer_words
from kg.sparql.gate import read_form

if TYPE_CHECKING:
    import pandas

Term = URIRef | Literal | BNode
KINDS: Final[dict[int, type[KgError]]] = {400: QuerySyntax, 401: Unauthorised, 403: Refused, 404: NotFound, 406: NotAcceptable,
                                          413: TooLarge, 429: TooMany, 503: Busy}
"""What a status means where the service does not say more."""


class Client:
    """A SPARQL service at `address`; `retries` says how often a busy one is asked again, `timeout` is in seconds."""

    def __init__(self, address: str, *, retries: int = 3, timeout: int = 60, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address, self.retries, self.timeout, self._sleep = address, retries, timeout, sleep

    def select(self, query: str) -> list[dict[str, Term]]:
        """The rows of a SELECT as rdflib terms by name of variable; a variable without value is left out."""
        return [{name: _term(value) for name, value in row.items()} for row in self._json(query, "SELECT")["results"]["bindings"]]

    def pages(self, query: str, size: int = 10_000) -> Iterator[list[dict[str, Term]]]:
        """The rows of a SELECT, `size` at a time; the query needs ORDER BY, for without it pages may overlap (Query, 15.4).

        Raises Invalid for a query without ORDER BY or with a LIMIT of its own, and for a size below 1.
        """
        if size < 1:
            raise Invalid(f"a page of {size} rows holds nothing.", where="size", advice="Take at least 1.")
        words = {word[0].upper(): word.start() for word in find_outer_words(query)}
        if "ORDER" not in words or words.keys() & {"LIMIT", "OFFSET"}:
            raise Invalid("pages need ORDER BY, and no LIMIT or OFFSET.", where="query", advice="Order the rows by what is unique.")
        end = words.get("VALUES", len(query))
        offset = 0
        while True:
            rows = self.select(f"{query[:end]}\nLIMIT {size:d} OFFSET {offset:d}\n{query[end:]}")
            if rows:
                yield rows
            if len(rows) < size:
                return
            offset += size

    def ask(self, query: str) -> bool:
        """The answer to an ASK."""
        return bool(self._json(query, "ASK")["boolean"])

    def construct(self, query: str) -> Graph:
        """The graph of a CONSTRUCT or DESCRIBE."""
        return Graph().parse(data=self._send(query, TURTLE, "CONSTRUCT", "DESCRIBE"), format="turtle")

    def frame(self, query: str) -> pandas.DataFrame:
        """The rows of a SELECT as a DataFrame of Python values: numbers, dates and booleans as such, IRIs as text."""
        import pandas

        head = self._json(query, "SELECT")
        names = head["head"]["vars"]
        rows = [[_term(row[name]).toPython() if name in row else None for name in names] for row in head["results"]["bindings"]]
        return pandas.DataFrame([[str(cell) if isinstance(cell, (URIRef, BNode)) else cell for cell in row] for row in rows],
                                columns=names)

    def _json(self, query: str, form: str) -> dict[str, Any]:
        answer = self._send(query, JSON, form)
        if not isinstance(answer, dict):
            raise StoreFailed("the answer is no JSON.", where=self.address, advice="Check that this is a SPARQL service.")
        return answer

    def _send(self, query: str, wanted: str, *forms: str) -> Any:
        form = read_form(query)
        if form and form not in forms:
            raise Invalid(f"this is {'an' if form == 'ASK' else 'a'} {form} query.", where="query",
                          advice=f"Write {' or '.join(forms)}, or call what answers {form}.")
        for attempt in range(self.retries + 1):
            request = SPARQLWrapper(self.address, returnFormat=wanted, agent="urban-agenda-kg client")
            request.setTimeout(self.timeout)
            request.setMethod(POST)
            request.setQuery(PROLOGUE + query)
            try:
                answer = request.query()
                return answer.convert() if wanted == JSON else answer.response.read()
            except HTTPError as error:
                if error.code in (429, 503) and error.headers.get("Retry-After") and attempt < self.retries:
                    self._sleep(_seconds(error.headers))
                    continue
                raise self._failure(error.code, error.read()) from error
            except (SPARQLWrapperException, URLError, OSError, ValueError) as error:
                if isinstance(error.__context__, HTTPError):  # its body was read into the message, as Python writes bytes
                    raise self._failure(error.__context__.code, literal_eval(str(error).partition("Response:\n")[2] or "b''")) from error
                raise StoreFailed(f"no answer: {error}", where=self.address, advice="Check the address and the network.") from error
        raise AssertionError("the last attempt returns or raises")

    def _failure(self, status: int, body: bytes) -> KgError:
        try:
            problem = json.loads(body)
        except ValueError:
            problem = None
        said: dict[str, Any] = problem if isinstance(problem, dict) else {}
        kind = next((each for each in _find_kinds(KgError) if (each.status, each.title) == (status, said.get("title"))),
                    KINDS.get(status, StoreFailed))
        line = said.get("line")
        return kind(said.get("detail") or f"the service answered {status}", where=self.address,
                    line=line - PROLOGUE.count("\n") if line else None, column=said.get("column"),
                    limit=said.get("limit"), elapsed=said.get("elapsed"))


def _find_kinds(kind: type[KgError]) -> Iterator[type[KgError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _find_kinds(each)


def _seconds(headers: Message) -> float:
    value = headers.get("Retry-After", "1")
    return min(float(value), 60.0) if value.isdigit() else 1.0


def _term(value: dict[str, str]) -> Term:
    if value["type"] == "uri":
        return URIRef(value["value"])
    if value["type"] == "bnode":
        return BNode(value["value"])
    return Literal(value["value"], lang=value.get("xml:lang"), datatype=URIRef(value["datatype"]) if "datatype" in value else None)
