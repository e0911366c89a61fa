"""`/graphs`: the read half of the SPARQL 1.1 Graph Store HTTP Protocol."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.operation import Operation
from api.protocol import ProtocolRoute
from api.response import respond_query
from kg.errors import Invalid, NotFound, UnknownParameter

router = APIRouter(route_class=ProtocolRoute)

EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


@router.get("/graphs", summary="A named graph (?graph=IRI) or the union of all (?default)")
@router.head("/graphs", include_in_schema=False)
@router.api_route("/graphs/", methods=["GET", "HEAD"], include_in_schema=False)
async def read_graph(request: Request) -> Response:
    """Answer with the graph (Graph Store Protocol, section 5.2); 404 when there is none of that name."""
    name = _name(request)
    if name is None:
        return await respond_query(request, Operation(EVERYTHING, formats=_formats(request)))
    if not _known(request, name):
        raise NotFound(f"there is no graph <{name}>.", where="parameter graph", advice="The service description lists them.")
    return await respond_query(request, Operation(EVERYTHING, default_graphs=(name,), formats=_formats(request)))


def _name(request: Request) -> str | None:
    """The name of the graph, None for the default graph; exactly one of the two parameters (section 4.2)."""
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Invalid("a parameter is not UTF-8.", where="parameters", advice="Encode text as UTF-8.") from error
    unknown = next((key for key, _ in pairs if key not in ("graph", "default", "format")), "")
    if unknown:
        raise UnknownParameter(f"{unknown[:60]!r} is not known.", where="parameters",
                               advice="Known are graph, default and format.")
    graphs: list[str] = [value for key, value in pairs if key == "graph"]
    default = any(key == "default" for key, _ in pairs)
    if default and not graphs:
        return None
    if default or len(graphs) != 1:
        raise Invalid("exactly one of graph and default is needed.", where="parameters", advice="Add ?graph=IRI or ?default.")
    if ":" not in graphs[0] or any(letter in graphs[0] for letter in ' <>"{}|^`\\'):
        raise Invalid(f"{graphs[0][:100]!r} is no absolute IRI.", where="parameter graph", advice="Name a graph by its IRI.")
    return graphs[0]


def _known(request: Request, name: str) -> bool:
    return any(str(each) == name for each in request.state.store.names())


def _formats(request: Request) -> tuple[str, ...]:
    return tuple(request.query_params.getlist("format"))
