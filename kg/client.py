"""Three lines for developers: ask a running service, get rdflib terms, a Graph or a DataFrame.

    from kg.client import Client
    client = Client("https://example.org/sparql")
    frame = client.frame("SELECT ?p ?name WHERE { ?p a uaeu:ThematicPartnership ; skos:prefLabel ?name }")

Our prefixes are known. A busy service is asked again when it says so; a long SELECT can be read page by page.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from rdflib import BNode, Graph, Literal, URIRef
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from kg.errors import Invalid, KgError, OutOfTime, QuerySyntax, StoreFailed
from kg.queries import PROLOGUE

if TYPE_CHECKING:
    import pandas

Term = URIRef | Literal | BNode


class Client:
    """A SPARQL service at `address`; `retries` says how often a busy one is asked again, `timeout` is in seconds."""

    def __init__(self, address: str, *, retries: int = 3, timeout: int = 60, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address, self.retries, self.timeout, self._sleep = address, retries, timeout, sleep

    def select(self, query: str) -> list[dict[str, Term]]:
        """The rows of a SELECT as rdflib terms by name of variable; a variable without value is left out."""
        return [{name: _term(value) for name, value in row.items()} for row in self._json(query)["results"]["bindings"]]

    def pages(self, query: str, size: int = 10_000) -> Iterator[list[dict[str, Term]]]:
        """The rows of a SELECT, `size` at a time; the query needs ORDER BY, for without it pages may overlap (Query, 15.4).

        Raises Invalid for a query without ORDER BY or with a LIMIT of its own.
        """
        plain = re.sub(r"<[^<>]*>|#[^\n]*|\"[^\"]*\"|'[^']*'", " ", query)
        if not re.search(r"\bORDER\s+BY\b", plain, re.IGNORECASE) or re.search(r"\b(LIMIT|OFFSET)\b", plain, re.IGNORECASE):
            raise Invalid("pages need ORDER BY, and no LIMIT or OFFSET.", where="query", advice="Order the rows by what is unique.")
        offset = 0
        while True:
            rows = self.select(f"{query}\nLIMIT {size:d} OFFSET {offset:d}")
            if rows:
                yield rows
            if len(rows) < size:
                return
            offset += size

    def ask(self, query: str) -> bool:
        """The answer to an ASK."""
        return bool(self._json(query)["boolean"])

    def construct(self, query: str) -> Graph:
        """The graph of a CONSTRUCT or DESCRIBE."""
        return Graph().parse(data=self._send(query, TURTLE), format="turtle")

    def frame(self, query: str) -> pandas.DataFrame:
        """The rows of a SELECT as a DataFrame of Python values: numbers, dates and booleans as such, IRIs as text."""
        import pandas

        head = self._json(query)
        names = head["head"]["vars"]
        rows = [[_term(row[name]).toPython() if name in row else None for name in names] for row in head["results"]["bindings"]]
        return pandas.DataFrame([[str(cell) if isinstance(cell, (URIRef, BNode)) else cell for cell in row] for row in rows],
                                columns=names)

    def _json(self, query: str) -> dict[str, Any]:
        answer = self._send(query, JSON)
        if not isinstance(answer, dict):
            raise StoreFailed("the answer is no JSON.", where=self.address, advice="Check that this is a SPARQL service.")
        return answer

    def _send(self, query: str, wanted: str) -> Any:
        text = query if re.search(r"^\s*PREFIX\b", query, re.IGNORECASE | re.MULTILINE) else PROLOGUE + query
        for attempt in range(self.retries + 1):
            request = SPARQLWrapper(self.address, returnFormat=wanted, agent="urban-agenda-kg client")
            request.setTimeout(self.timeout)
            request.setMethod(POST)
            request.setQuery(text)
            try:
                answer = request.query()
                return answer.convert() if wanted == JSON else answer.response.read()
            except HTTPError as error:
                if error.code in (429, 503) and error.headers.get("Retry-After") and attempt < self.retries:
                    self._sleep(_seconds(error.headers))
                    continue
                raise self._failure(error.code, error.read()) from error
            except QueryBadFormed as error:
                raise self._failure(400, str(error).encode()) from error
            except (SPARQLWrapperException, URLError, OSError) as error:
                raise StoreFailed(f"no answer: {error}", where=self.address, advice="Check the address and the network.") from error
        raise AssertionError("the last attempt returns or raises")

    def _failure(self, status: int, body: bytes) -> KgError:
        text = body.decode("utf-8", "replace")
        match = re.search(r'"detail": "((?:[^"\\]|\\.)*)"', text)
        reason = match[1] if match else f"the service answered {status}"
        if status == 400:
            line, column = (re.search(rf'"{name}": (\d+)', text) for name in ("line", "column"))
            return QuerySyntax(reason, where=self.address, line=int(line[1]) if line else None,
                               column=int(column[1]) if column else None)
        return OutOfTime(reason, where=self.address) if status == 503 else StoreFailed(reason, where=self.address)


def _seconds(headers: Message) -> float:
    value = headers.get("Retry-After", "1")
    return min(float(value), 60.0) if value.isdigit() else 1.0


def _term(value: dict[str, str]) -> Term:
    if value["type"] == "uri":
        return URIRef(value["value"])
    if value["type"] == "bnode":
        return BNode(value["value"])
    return Literal(value["value"], lang=value.get("xml:lang"), datatype=URIRef(value["datatype"]) if "datatype" in value else None)
