"""The OpenAPI 3.1 description: what the framework cannot read from the routes.

Routes read their parameters from the request, choose the format by suffix or Accept, and answer errors as RFC 9457. What each takes and
gives is said here, by address; tests/test_openapi.py compares it with what the routes themselves say, and `kg check fuzz` with answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI

from api.profiles import PROFILES
from api.routes.exchange import FORMATS as ANSWERS
from api.routes.lists import FORMATS as LISTED
from api.routes.lists import PARAMETERS as LIST
from api.routes.match import FORMATS as MATCHED
from api.routes.reviews import DECISIONS
from api.routes.synergies import FORMATS as SYNERGIES
from api.routes.synergy_list import PARAMETERS as SYNERGY_LIST
from api.routes.validate import FORMATS as REPORTS
from api.routes.vocabulary import FORMATS as VOCABULARY
from api.uploads import FORM, MULTIPART
from kg.formats import CSV, HTML, JSON, JSONLD, RDF_FORMATS, RESULT_FORMATS, TRIG, TRIPLE_FORMATS, Format
from kg.forms import load_forms
from kg.index import LISTS
from kg.matching import FIELDS

Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string"}
OBJECT: Final[Schema] = {"type": "object"}
FRACTION: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
PROBLEM: Final[Schema] = {
    "type": "object", "description": "RFC 9457, with the place of the error and what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {"type": {"type": "string", "format": "uri"}, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT,
                   "instance": TEXT, "where": TEXT, "line": {"type": "integer"}, "column": {"type": "integer"},
                   "limit": {}, "elapsed": {"type": "number"}}}
PARAMETERS: Final[Mapping[str, tuple[str, Schema]]] = {
    "lang": ("Language of labels and pages, before Accept-Language.", {"type": "string", "examples": ["fr"]}),
    "q": ("Words to look for.", {"type": "string", "examples": ["school meals"]}),
    "limit": ("Rows at most.", {"type": "integer", "minimum": 1, "maximum": 100}),
    "cursor": ("Rows to leave out, with the data version that they were counted in; `next` of the answer before has it.",
               {"type": "string", "pattern": "^[0-9]{1,9}(-[0-9a-f]{1,8})?$", "examples": ["20"]}),
    "year_from": ("First year.", {"type": "integer"}), "year_to": ("Last year.", {"type": "integer"}),
    "sort": ("Order of the rows.", {"type": "string", "enum": ["label", "-label"]}),
    "view": ("How a page shows the rows.", {"type": "string", "examples": ["map"]}),
    "between": ("Both ends are partnerships.", {"type": "string", "enum": ["partnerships"]}),
    "min_score": ("Least score of a synergy.", FRACTION),
    "review": ("What reviewers found.", {"type": "string", "examples": ["confirmed"]}),
    "type": ("Kind of synergy, or type of record.", {"type": "string"}),
    "side": ("Requests or offers.", {"type": "string"}),
    "profile": ("Profile of the RDF, before Accept-Profile.", {"type": "string", "enum": list(PROFILES)}),
    "format": ("Format of the answer, before Accept.", {"type": "string", "examples": ["json"]}),
    "query": ("A SPARQL 1.1 query.", {"type": "string", "examples": ["SELECT * WHERE { ?s ?p ?o } LIMIT 1"]}),
    "default-graph-uri": ("A graph of the default graph of the dataset.", {"type": "string", "format": "uri"}),
    "named-graph-uri": ("A named graph of the dataset.", {"type": "string", "format": "uri"}),
    "output": ("As format.", TEXT), "results": ("As format.", TEXT),
    "graph": ("IRI of a named graph.", {"type": "string", "format": "uri"}),
    "default": ("The union of all graphs.", {"type": "string", "enum": [""]}),
    "queries": ("A JSON object of queries (Reconciliation API 0.2, section 4).", {"type": "string", "examples": [
        '{"q0": {"query": "Harlem", "type": "city", "limit": 3}}']}),
    "extend": ("A JSON object of ids and properties (0.2, section 6).", {"type": "string", "examples": [
        '{"ids": ["id/city/haarlem"], "properties": [{"id": "country"}]}']}),
    "prefix": ("Begin of a name.", {"type": "string", "examples": ["haar"]}), "id": ("An id of this service.", TEXT),
    "have": ("What a plan has and can give.", {"type": "string", "examples": ["training materials"]}),
    "token": ("Secret of a status page.", TEXT), "status": ("Status of contributions.", TEXT),
    "form": ("Kind of the rows of a CSV.", {"type": "string", "examples": ["practice", "initiative"]}),
}
PLACES: Final[Mapping[str, Schema]] = {
    "kind": {"type": "string", "examples": ["initiative", "practice", "city", "profile", "person"]},
    "reference": {"type": "string", "examples": ["circular-pp", "haarlem", "aalborg-ict-buy-back"]},
    "step": {"type": "string", "enum": ["submit", "edit", "adopt", "withdraw"]}, "decision": {"type": "string", "enum": list(DECISIONS)},
    "name": {"type": "string", "examples": ["ProcurementPractice", "themes-without-practice"]},
    "version": {"type": "string", "examples": ["0.1.0", "0000000000000000"]},
    "file": {"type": "string", "examples": ["manifest.json", "SHA256SUMS"]},
    "page": {"type": "string", "examples": ["index.trig"]},
    "scheme": {"type": "string", "examples": ["theme", "support"]}, "code": {"type": "string", "examples": ["local-food"]},
    "module": {"type": "string", "examples": ["agenda-mandatory"]}, "one": TEXT, "other": TEXT}
"""What stands between the slashes of an address."""

BATCH: Final[Schema] = {"type": "object", "properties": {"queries": TEXT, "extend": TEXT}}
PROFILE: Final[Schema] = {"type": "object", "properties": {
    **{name: {"type": "array", "items": TEXT} for name in FIELDS}, "text": TEXT, "limit": PARAMETERS["limit"][1]}}
FILE: Final[Schema] = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "form": PARAMETERS["form"][1],
                                                       "contact": TEXT, "licence": TEXT, "draft": TEXT}}
RDF: Final[Mapping[str, Schema]] = {each.media_type: TEXT for each in RDF_FORMATS}
TABLES: Final[Mapping[str, Schema]] = {
    CSV.media_type: TEXT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"type": "string", "format": "binary"}}


def _columns() -> Schema:
    fields: Schema = {column: TEXT for form in load_forms().values() for column in form.table.columns}
    return {"type": "object", "properties": {"form": PARAMETERS["form"][1], **fields}, "required": ["form"], "additionalProperties": TEXT}


@dataclass(frozen=True)
class Address:
    """What an address takes and gives: query parameters, formats, bodies by media type, whether a reviewer's key is needed."""

    parameters: Sequence[str] = ("lang",)
    formats: Sequence[Format] = (HTML, JSON)
    bodies: Callable[[], Mapping[str, Schema]] | None = None
    keyed: bool = False
    open: bool = False
    """Whether further parameters are taken."""
    media_types: Sequence[str] = ()
    """Media types of the answer that are no format of ours."""
    moved: Sequence[int] = ()
    """Redirections that it answers."""


WAY_IN: Final = Address(("lang", "format", "form"), REPORTS, lambda: {**RDF, **TABLES, MULTIPART: FILE})
FILES: Final = ("application/json", "text/plain", "application/x-pem-file", "application/gzip", "application/zip")
ADDRESSES: Final[Mapping[str, Address]] = {
    "/health": Address((), (JSON,)), "/ready": Address((), (JSON,)),
    "/search": Address(("q", "limit", "lang"), (HTML, JSON, CSV)), "/suggest": Address(("q", "limit", "lang"), (JSON,)),
    "/recovery": Address(formats=ANSWERS), "/gaps": Address(formats=ANSWERS),
    "/cooperation": Address(formats=ANSWERS), "/cooperation/{one}/{other}": Address(formats=ANSWERS),
    "/sparql": Address(("query", "default-graph-uri", "named-graph-uri", "format", "output", "results", "lang"),
                       (HTML, JSON, *RESULT_FORMATS, *RDF_FORMATS), open=True, media_types=("application/xml", "text/plain")),
    "/graphs": Address(("graph", "default", "format"), RDF_FORMATS, media_types=("application/xml", "text/plain")),
    "/queries": Address(("format",), (HTML, JSON, CSV)), "/queries/prefixes": Address((), (JSON,)),
    "/queries/{name}": Address(("format",), (HTML, JSON, *RESULT_FORMATS, *RDF_FORMATS), open=True,
                               media_types=("application/sparql-query", "application/xml", "text/plain")),
    "/doc/{kind}/{reference}/synergies": Address(("type", "min_score", "limit", "review", "lang"), SYNERGIES),
    "/synergies": Address(SYNERGY_LIST, LISTED), "/doc/synergy/{reference}": Address(("lang", "profile"), LISTED),
    "/match": Address((*FIELDS, "limit", "lang"), MATCHED), "/exchange": Address(("side", "lang"), ANSWERS),
    "/data": Address(), "/data/latest/{file}": Address((), (), moved=(307,)),
    "/data/{version}/{file}": Address((), (), media_types=FILES),
    "/catalogue": Address(("profile", "lang"), (HTML, JSON, *TRIPLE_FORMATS), moved=(303,)), "/catalogue/feed": Address((), (TRIG, JSONLD)),
    "/.well-known/void": Address((), TRIPLE_FORMATS), "/stream": Address((), (), moved=(307,)), "/stream/{page}": Address((), (TRIG,)),
    "/reconcile": Address(("queries", "extend", "lang"), (JSON,)),
    "/reconcile/suggest/{kind}": Address(("prefix", "cursor", "lang"), (JSON,)),
    "/reconcile/extend/propose": Address(("type", "limit", "lang"), (JSON,)), "/reconcile/preview": Address(("id", "lang"), (HTML,)),
    "/contributions/{reference}": Address(("token", "lang")), "/reviews": Address(("status", "lang"), keyed=True),
    "/reviews/{reference}": Address(keyed=True),
    "/ontology": Address(formats=VOCABULARY), "/ontology/{version}": Address(formats=VOCABULARY),
    "/ontology/term/{name}": Address(formats=VOCABULARY), "/shapes": Address(formats=VOCABULARY),
    "/shapes/{module}": Address(formats=TRIPLE_FORMATS), "/shapes/{module}/{version}": Address(formats=TRIPLE_FORMATS),
    "/voc/{scheme}": Address(formats=VOCABULARY), "/voc/{scheme}/{code}": Address(formats=VOCABULARY),
    "/context.jsonld": Address((), (JSONLD,)), "/context/{version}.jsonld": Address((), (JSONLD,)),
    "/id/{kind}/{reference}": Address((), (), moved=(301, 303)), "/doc/{kind}/{reference}": Address(("lang", "profile"), LISTED),
    "/doc/feature/{reference}": Address(("lang", "profile"), LISTED), "/doc/profile/{reference}": Address(("lang", "profile"), LISTED),
    "/{name}": Address(LIST, LISTED),
    "POST /sparql": Address((), (HTML, JSON, *RESULT_FORMATS, *RDF_FORMATS), lambda: {
        FORM: {"type": "object", "properties": {name: PARAMETERS[name][1] for name in ("query", "default-graph-uri", "format")},
               "required": ["query"]}, "application/sparql-query": PARAMETERS["query"][1]},
        open=True, media_types=("application/xml", "text/plain")),
    "POST /match": Address((), MATCHED, lambda: {"application/json": PROFILE, FORM: PROFILE, "text/plain": TEXT}, open=True),
    "POST /reconcile": Address((), (JSON,), lambda: {FORM: BATCH}, open=True),
    "POST /validate": WAY_IN,
    "POST /contributions": Address(("form",), (JSON,), lambda: {FORM: _columns(), **RDF, **TABLES, MULTIPART: FILE},
                                   open=True, moved=(303,)),
    "POST /contributions/{reference}/{step}": Address((), (HTML, JSON), lambda: {
        FORM: {"type": "object", "properties": {"token": TEXT, "why": TEXT, "record": TEXT}}}, open=True, moved=(303,)),
    "POST /reviews/{reference}/{decision}": Address((), (JSON,), lambda: {
        FORM: {"type": "object", "properties": {"why": TEXT, "supersedes": TEXT}}}, keyed=True, open=True, moved=(303,)),
    "POST /synergies/{reference}/verdict": Address((), (JSON,), lambda: {"application/json": {
        "type": "object", "properties": {"verdict": {"type": "string", "enum": ["confirmed", "rejected"]}, "why": TEXT},
        "required": ["verdict", "why"], "additionalProperties": False}}, keyed=True, moved=(303,)),
}
NAMED: Final[Mapping[str, Schema]] = {"/{name}": {"type": "string", "enum": sorted(LISTS)},
                                      "/reconcile/suggest/{kind}": {"type": "string", "enum": ["entity", "property", "type"]}}
"""Places of an address that mean something else than elsewhere."""


def describe(app: FastAPI) -> None:
    """Let an application describe itself with what is said here; the description is made once, when it is first asked for."""
    make: Callable[[], Schema] = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            app.openapi_schema = complete(make(), app.state.settings.public_base)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def complete(described: Schema, base: str) -> Schema:
    """The description with parameters, bodies, formats, errors and keys of every operation."""
    described["servers"] = [{"url": base.rstrip("/")}]
    described["components"] = {
        "schemas": {"Problem": PROBLEM},
        "responses": {"problem": {"description": "What is wrong and what to do.", "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, "text/html": {"schema": TEXT}}}},
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}, "password": {
            "type": "http", "scheme": "basic", "description": "Any name, the key as password."}}}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            stem = path.removesuffix(".{suffix}")
            address = ADDRESSES[f"POST {stem}" if method == "post" else stem]
            _complete(operation, address, path, stem)
    return described


def _complete(operation: Schema, address: Address, path: str, stem: str) -> None:
    places = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
    for place in places:
        place["schema"] = ({"type": "string", "enum": sorted({each.suffix for each in address.formats})} if place["name"] == "suffix"
                           else NAMED.get(stem) or PLACES[place["name"]])
    operation["parameters"] = places + [
        {"name": name, "in": "query", "description": PARAMETERS[name][0] if name in PARAMETERS else f"Filter by {name}.",
         "required": False, "schema": PARAMETERS[name][1] if name in PARAMETERS else TEXT} for name in address.parameters]
    if address.bodies:
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": schema} for kind, schema in address.bodies().items()}}
    kinds = dict.fromkeys((*(each.media_type for each in address.formats), *address.media_types))
    success = next(iter(operation["responses"]))
    operation["responses"] = {
        **({success: {"description": "The answer.", "content": {kind: {} for kind in kinds}}} if kinds else {}),
        **{str(status): {"description": "It is elsewhere."} for status in address.moved},
        "4XX": {"$ref": "#/components/responses/problem"}, "5XX": {"$ref": "#/components/responses/problem"}}
    if address.keyed:
        operation["security"] = [{"key": []}, {"password": []}]
