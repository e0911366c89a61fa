"""The process that opens what strangers call a spreadsheet: one gibibyte, 20 seconds of processor, and no network.

It gets the bytes on standard input and answers one JSON document: rows and faults with their places, or the error in words.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
from typing import Any, Final

from kg.errors import KgError, write_error
from kg.forms import load_forms
from kg.sparql.lock import close_network
from kg.spreadsheets.reading import read_spreadsheet

MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 20


def main(name: str, table: str) -> None:
    """Read standard input as a spreadsheet."""
    tables = {form.table.name: form.table for form in load_forms().values()}
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    close_network()
    try:
        read = read_spreadsheet(sys.stdin.buffer.read(), tables, name, table)
        answer: dict[str, Any] = {"rows": [dataclasses.asdict(row) for row in read.rows],
                                  "faults": [write_error(fault) for fault in read.faults]}
    except KgError as error:
        answer = write_error(error)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
