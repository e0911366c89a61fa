"""Reading a spreadsheet in a process that may be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from kg import errors
from kg.errors import BrokenRow, KgError, OutOfTime, UnreadableFile
from kg.spreadsheets.reading import Spreadsheet
from kg.tables import Row

WALL: Final = 30.0
ROOT: Final = Path(__file__).resolve().parents[2]


def read_apart(data: bytes, name: str = "", table: str = "") -> Spreadsheet:
    """What `read_spreadsheet` reads, of the tables that have a form; raises what it raises, OutOfTime after 30 seconds."""
    try:
        done = subprocess.run([sys.executable, "-m", "kg.spreadsheets.child", name, table], input=data, capture_output=True, cwd=ROOT,
                              timeout=WALL, check=False)
    except subprocess.TimeoutExpired as error:
        raise OutOfTime(f"reading the spreadsheet took more than {WALL:g} seconds.", where=name, advice="Send fewer rows.") from error
    if done.returncode in (-24, -9):
        raise OutOfTime("reading the spreadsheet took too much time.", where=name, advice="Send fewer rows.")
    if done.returncode:
        raise UnreadableFile("the spreadsheet cannot be read.", where=name, advice="Send it as CSV.")
    answer = json.loads(done.stdout)
    if "error" in answer:
        kind: type[KgError] = getattr(errors, answer.pop("error"))
        raise kind(answer.pop("what"), **answer)
    faults = (BrokenRow(fault.pop("what"), **fault) for fault in answer["faults"])
    return Spreadsheet(tuple(Row(**row) for row in answer["rows"]), tuple(faults))
