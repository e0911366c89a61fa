"""Every requirement of the SPARQL service and its neighbours by id has a test that exists; `protocol_states.py` reads their state."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

HERE = Path(__file__).parent
COUNTS = {"P": 21, "U": 6, "D": 9, "N": 23, "H": 13, "L": 4, "X": 4, "S": 6, "V": 1, "G": 14, "R": 11, "E": 8, "A": 14}
WITHOUT_NUMBER = {"P": 2, "N": 3, "H": 6, "L": 6, "X": 6, "S": 2, "V": 5, "G": 2, "R": 2, "E": 8, "A": 10, "C": 9}
"""Requirements that the design list states without a number, and the clients (C) that must work."""


def rows() -> list[dict[str, str]]:
    with (HERE / "cases" / "protocol_ids.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_no_id_is_missing() -> None:
    found, others = [], []
    for row in rows():
        if not row["ids"][1].isdigit():
            others.append(row["ids"])
            continue
        first, _, last = row["ids"].partition("-")
        found += [f"{first[0]}{number:02d}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)]
    assert sorted(found) == sorted(f"{letter}{number:02d}" for letter, most in COUNTS.items() for number in range(1, most + 1))
    assert len(others) == len(set(others))
    assert {letter: sum(each[0] == letter for each in others) for letter in WITHOUT_NUMBER} == WITHOUT_NUMBER


def test_each_named_test_is_there() -> None:
    for row in rows():
        tree = ast.parse((HERE / row["file"]).read_text(encoding="utf-8"))
        assert row["test"] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, row
        assert row["level"] in ("MUST", "SHOULD", "NOTE")
