"""Reading a spreadsheet in a process that may be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final, cast

from kg.errors import BrokenRow, OutOfTime, UnreadableFile, read_error
from kg.resources import ROOT
from kg.spreadsheets.reading import Spreadsheet
from kg.tables import Row
from kg.wording import make_error

WALL: Final = 30.0


def read_apart(data: bytes, name: str = "", table: str = "") -> Spreadsheet:
    """What `read_spreadsheet` reads, of the tables that have a form; raises what it raises, OutOfTime after 30 seconds."""
    try:
        done = subprocess.run([sys.executable, "-m", "kg.spreadsheets.child", name, table], input=data, capture_output=True, cwd=ROOT,
                              timeout=WALL, check=False)
    except subprocess.TimeoutExpired as error:
        raise make_error(OutOfTime, "sheet-time", where=name) from error
    if done.returncode in (-24, -9):
        raise make_error(OutOfTime, "sheet-time", where=name)
    if done.returncode:
        raise make_error(UnreadableFile, "sheet-unreadable", where=name)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise read_error(answer)
    return Spreadsheet(tuple(Row(**row) for row in answer["rows"]), tuple(cast(BrokenRow, read_error(fault)) for fault in answer["faults"]))
