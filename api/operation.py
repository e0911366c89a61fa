"""Reading a query operation from a request (SPARQL 1.1 Protocol, section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from kg.errors import Invalid, Refused, TooLarge

MOST_BODY: Final = 2 * 2**20
MOST_PARAMETERS: Final = 2000
PARAMETERS: Final = ("query", "default-graph-uri", "named-graph-uri", "format", "output", "results", "lang")
UPDATE_PARAMETERS: Final = ("update", "using-graph-uri", "using-named-graph-uri")


@dataclass(frozen=True)
class Operation:
    """A query operation as the request states it (SPARQL 1.1 Protocol, section 2.1), or one of a stored question."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    stored: bool = False


def read_operation(pairs: list[tuple[str, str]]) -> Operation:
    """The operation that parameters state; raises Invalid or Refused where they state another or several."""
    queries = [value for key, value in pairs if key == "query"]
    writing = next((key for key, _ in pairs if key in UPDATE_PARAMETERS), "")
    if writing and queries:
        raise Invalid(f"query and {writing} stand together.", where="parameters", advice="Send one operation at a time.")
    if writing:
        raise Refused(f"{writing} belongs to an update, and this service only reads.", where=f"parameter {writing}",
                      advice="Send a query in `query`.")
    if len(queries) > 1:
        raise Invalid(f"there are {len(queries)} queries.", where="parameter query", advice="Send exactly one.")
    if queries and not queries[0].strip():
        raise Invalid("the query is empty.", where="parameter query", advice="Write a query.")
    unknown = tuple(dict.fromkeys(key for key, _ in pairs if key not in PARAMETERS))

    def every(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in pairs if key == name)

    formats = tuple(value for name in ("format", "output", "results") for value in every(name))
    return Operation(queries[0] if queries else None, every("default-graph-uri"), every("named-graph-uri"), formats, unknown)


def choose_dataset(operation: Operation) -> tuple[str, ...] | None:
    """The dataset of the protocol wins over FROM (SPARQL 1.1 Protocol, 2.1.4); None leaves it to the query."""
    return operation.default_graphs if operation.default_graphs or operation.named_graphs else None


def read_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Parameters in their order, decoded once; raises Invalid where they are not UTF-8 and TooLarge past MOST_PARAMETERS."""
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise Invalid("a parameter is not UTF-8.", where="parameters",
                      advice="Encode text as UTF-8, then by percent.") from error
    except ValueError as error:
        raise TooLarge(f"there are more than {MOST_PARAMETERS} parameters.", where="parameters",
                       advice="Send fewer.") from error


def decode_query(body: bytes) -> str:
    """The text of a body; raises Invalid where it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"the query is not UTF-8 at byte {error.start}.", where="body",
                      advice="Send UTF-8 (SPARQL 1.1 Protocol, 2.1.3).") from error


async def read_body(request: Request) -> bytes:
    """The body of a request; raises TooLarge past MOST_BODY."""
    if int(request.headers.get("content-length") or 0) > MOST_BODY:
        raise TooLarge(f"the query is larger than {MOST_BODY // 2**20} MiB.", where="body", advice="Send a shorter query.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise TooLarge(f"the query is larger than {MOST_BODY // 2**20} MiB.", where="body", advice="Send a shorter query.")
    request._body = bytes(body)  # what Request.body() itself keeps, so that `ask` may call it again
    return bytes(body)


def read_content_type(request: Request) -> tuple[str, str]:
    """Media type and charset of a request, in lower case."""
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    charset = next((value.strip().strip('"') for key, _, value in (each.partition("=") for each in parameters)
                    if key.strip() == "charset"), "")
    return media_type.strip(), charset
