"""The competency questions: each parses, states its parameters and has an answer on the published data."""

from __future__ import annotations

from rdflib import Literal, URIRef

from kg.errors import QuerySyntax
from kg.queries import Query, load_query
from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model
from kg.store import Term

RULE = "competency question"


def check_questions(_assets: Assets, model: Model) -> CheckedSet:
    """Every question of ontology/questions, with the example of each parameter, has a row (domain model, section 3)."""
    findings: list[Finding] = []
    paths = sorted((model.ontology / "questions").glob("*.rq"))
    for path in paths:
        name = f"{path.parent.name}/{path.name}"
        try:
            query = load_query(path)
            if model.store is not None and not model.store.select(query.text, _bind(query)).rows:
                line = 1 + next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines())
                                if not text.startswith("#"))
                findings.append(Finding(name, line, RULE, f"{query.title} has no answer in the data"))
        except QuerySyntax as error:
            findings.append(Finding(name, error.line or 1, RULE, f"it does not parse: {error.what}"))
    return CheckedSet("Competency questions", "domain model, section 3", len(paths), "questions", tuple(findings))


def _bind(query: Query) -> dict[str, Term]:
    return {each.name: URIRef(each.example) if each.type == "iri" else Literal(each.example) for each in query.parameters}
