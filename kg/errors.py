"""Every error that the service raises on purpose.

    KgError                     500
     |- NotFound                404  nothing has this address
     |- Gone                    410  it was withdrawn
     |- Invalid                 400  the request or the file cannot be understood
     |   |- UnknownParameter    400
     |   |- QuerySyntax         400  SPARQL that does not parse
     |   |- UnreadableFile      400  RDF, table or spreadsheet that does not parse
     |   |- BrokenRow           400  a row of a table that breaks its shape
     |   `- BadSetting          500
     |- Refused                 403  the policy says no (SERVICE, LOAD, an address inside the network)
     |- Unauthorised            401
     |- Conflict                409  the state does not allow it
     |   `- Outdated            409  somebody else was first
     |- NotAcceptable           406  no format that both sides speak
     |- TooLarge                413
     |- Busy                    503  a place in the queue was not free in time
     |   |- TooMany             429
     |   |- OutOfTime           503  the deadline of a query passed
     |   `- OutOfMemory         503  a query asked for more memory than it may have
     |- StoreLocked             503  another process holds the store
     |- StoreFailed             502  the engine answered something that is no answer
     `- JournalFailed           503  the journal cannot be read or written

Each error says what happened, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class KgError(Exception):
    """A failure in words: `what` happened, `where`, and `advice` on what to do.

    `limit` is the limit that was met (seconds, MiB, rows, bytes or places, as `what` says), `elapsed` the seconds it took.
    `code` and `values` say the same in other languages (`kg.wording`), where it has a code.
    `status` is the HTTP status (RFC 9110), `title` the RFC 9457 title, `help_anchor` a heading of the page /docs.
    """

    status = 500
    title = "The service failed"
    help_anchor = "errors"

    def __init__(self, what: str, *, where: str = "", advice: str = "", line: int | None = None,
                 column: int | None = None, retry_after: int | None = None, limit: float | None = None,
                 elapsed: float | None = None, code: str = "", values: Iterable[str] = ()) -> None:
        self.what, self.where, self.advice = what, where, advice
        self.line, self.column, self.retry_after = line, column, retry_after
        self.limit, self.elapsed = limit, elapsed
        self.code, self.values = code, tuple(values)
        super().__init__(str(self))

    def __str__(self) -> str:
        place = self.where
        if self.line is not None:
            place += f"{', ' if place else ''}line {self.line}"
            if self.column is not None:
                place += f", column {self.column}"
        return " ".join(part for part in (f"{place}: {self.what}" if place else self.what, self.advice) if part)


class NotFound(KgError):
    status, title, help_anchor = 404, "Nothing is here", "not-found"


class Gone(KgError):
    status, title, help_anchor = 410, "This was withdrawn", "withdrawn"


class Invalid(KgError):
    status, title, help_anchor = 400, "The request cannot be understood", "invalid"


class UnknownParameter(Invalid):
    title, help_anchor = "A parameter is not known", "parameters"


class QuerySyntax(Invalid):
    title, help_anchor = "The query does not parse", "sparql"


class UnreadableFile(Invalid):
    title, help_anchor = "The file cannot be read", "files"


class BrokenRow(Invalid):
    title, help_anchor = "A row of a table is broken", "tables"


class BadSetting(Invalid):
    status, title, help_anchor = 500, "A setting is wrong", "settings"


class Refused(KgError):
    status, title, help_anchor = 403, "This is not allowed", "policy"


class Unauthorised(KgError):
    status, title, help_anchor = 401, "A key is needed", "keys"


class Conflict(KgError):
    status, title, help_anchor = 409, "The state does not allow this", "workflow"


class Outdated(Conflict):
    title = "Somebody else was first"


class NotAcceptable(KgError):
    status, title, help_anchor = 406, "No such format", "formats"


class TooLarge(KgError):
    status, title, help_anchor = 413, "This is too large", "limits"


class Busy(KgError):
    status, title, help_anchor = 503, "The service is busy", "limits"


class TooMany(Busy):
    status, title = 429, "Too many requests"


class OutOfTime(Busy):
    title = "The query took too long"


class OutOfMemory(Busy):
    title = "The query needs too much memory"


class StoreLocked(KgError):
    status, title, help_anchor = 503, "Another process holds the store", "store"


class StoreFailed(KgError):
    status, title, help_anchor = 502, "The store gave no answer", "store"


class JournalFailed(KgError):
    status, title, help_anchor = 503, "The journal gave no answer", "journal"


def write_error(error: KgError) -> dict[str, Any]:
    """An error as members of JSON, for one of our processes to hand to another."""
    return {"error": type(error).__name__, "what": error.what, "where": error.where, "advice": error.advice, "line": error.line,
            "column": error.column, "code": error.code, "values": error.values}


def read_error(said: Mapping[str, Any]) -> KgError:
    """The error that another of our processes wrote."""
    members = dict(said)
    kind: type[KgError] = globals()[members.pop("error")]
    return kind(members.pop("what"), **members)
