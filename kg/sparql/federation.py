"""SERVICE towards allow-listed addresses: rdflib evaluates such a query, and the parent process makes the calls.

The worker itself stays without network. The pattern of a SERVICE is asked for once per query and joined here (SPARQL 1.1 Federated
Query, section 4, which leaves the way open).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import lru_cache
from typing import Any

from rdflib import BNode, Graph, Literal, URIRef, Variable
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.parser import ServiceGraphPattern
from rdflib.plugins.sparql.processor import SPARQLResult
from rdflib.plugins.sparql.sparql import AlreadyBound
from rdflib.store import Store

from kg.errors import KgError, QuerySyntax, Refused, StoreFailed
from kg.sparql.clauses import MARK, Clause, number_services, separate
from kg.store.local.terms import to_ox

Triple = tuple[Any, Any, Any]
Fetched = list[dict[str, Any]] | KgError


def allow_nesting() -> None:
    """Let rdflib read a SERVICE within a SERVICE, in this process.

    It would look for the words of each SERVICE in the whole text by the rule that it is just reading, without end where one stands in
    another. We find the words ourselves; it does not look for those of a rule that has a function, and nobody calls this one.
    """
    ServiceGraphPattern.setEvalFn(lambda context, part: None)


class Triples(Store):
    """An rdflib store over a function that finds triples."""

    def __init__(self, find: Callable[[Triple], Iterable[Triple]]) -> None:
        super().__init__()
        self.find = find

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Triple, Iterator[None]]]:
        """The triples that fit; there is one context only."""
        for triple in self.find(triple_pattern):
            yield triple, iter(())

    def __len__(self, context: Any = None) -> int:
        return 0


def evaluate(text: str, base: str, find: Callable[[Triple], Iterable[Triple]], call: Callable[[str, str], bytes]) -> SPARQLResult:
    """Evaluate a query whose SERVICE clauses go through `call(address, query)`, which returns SPARQL results in JSON.

    Raises QuerySyntax, Refused for a SERVICE whose address is a variable, and what `call` raises unless the clause is SILENT.
    """
    @lru_cache(maxsize=64)
    def fetch(address: str, query: str) -> Fetched:
        # a failure is kept as well: a service that is away is asked once per query, not once per row
        try:
            answer = json.loads(call(address, query))
            return [{name: _term(value) for name, value in row.items()} for row in answer["results"]["bindings"]]
        except KgError as error:
            return error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return StoreFailed(f"the service answered no SPARQL results: {str(error)[:100]}", where=address,
                               advice="Ask it for results in JSON, or write SERVICE SILENT.")

    numbered, clauses = number_services(text, base)

    def evaluate_part(context: Any, part: Any) -> Generator[Any, None, None]:
        if part.name != "ServiceGraphPattern":
            raise NotImplementedError
        return _serve(context, part, clauses, fetch)

    CUSTOM_EVALS["kg-service"] = evaluate_part
    try:
        result = Graph(Triples(find)).query(separate(numbered), base=base)
        if result.type == "SELECT":
            result.bindings  # noqa: B018  evaluates now, while the calls can be made
        assert isinstance(result, SPARQLResult)
        return result
    except KgError:
        raise
    except Exception as error:  # rdflib raises bare exceptions for what it cannot evaluate
        raise QuerySyntax(f"a query with SERVICE cannot be evaluated: {str(error)[:200]}", where="query",
                          advice="Use the default graph and SERVICE with a fixed address.") from error
    finally:
        del CUSTOM_EVALS["kg-service"]


def _serve(context: Any, part: Any, clauses: list[Clause],
           fetch: Callable[[str, str], Fetched]) -> Generator[Any, None, None]:
    number = str(part.term).removeprefix(MARK)
    if not isinstance(part.term, URIRef) or not number.isdigit() or int(number) >= len(clauses):
        raise Refused("the address of a SERVICE must be fixed.", where="SERVICE", advice="Write it as <IRI>.")
    clause = clauses[int(number)]
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in context.prologue.namespace_manager.namespaces())
    rows = fetch(clause.address, f"BASE <{context.prologue.base}>\n{prefixes}SELECT * WHERE {clause.pattern}")
    if isinstance(rows, KgError):
        if not part.silent:
            raise rows
        yield context.solution()
        return
    for row in rows:
        pushed = context.push()
        try:
            for name, term in row.items():
                pushed[Variable(name)] = term
        except AlreadyBound:
            continue
        yield pushed.solution()


def _term(value: dict[str, str]) -> Any:
    """A term of another service; raises ValueError for what is no term of RDF, so that it is not taken for a mistake of the query."""
    if value["type"] == "bnode":
        return BNode(value["value"])
    term = URIRef(value["value"]) if value["type"] == "uri" else Literal(
        value["value"], lang=value.get("xml:lang"), datatype=URIRef(value["datatype"]) if "datatype" in value else None)
    to_ox(term)
    return term
