"""The answers of SPARQL endpoints, read with as little trust as files."""

from __future__ import annotations

import json
import re
from typing import Final

from kg.errors import StoreFailed

IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")


def read_column(answer: bytes, address: str) -> list[str]:
    """The IRIs of the first column of SPARQL results in JSON; raises StoreFailed when it is something else."""
    try:
        read = json.loads(answer)
        name = read["head"]["vars"][0]
        cells = [row[name] for row in read["results"]["bindings"]]
        if all(cell["type"] == "uri" and IRI.fullmatch(cell["value"]) for cell in cells):
            return [str(cell["value"]) for cell in cells]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise StoreFailed(f"{address} answered no SPARQL results.", advice="Check that it is the address of an endpoint.") from error
    raise StoreFailed(f"{address} answered no IRIs.", advice="Check that it is the address of an endpoint.")
