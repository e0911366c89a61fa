"""Every requirement of the SPARQL service by id has a test that exists; the table is data, so that a state can be read off it."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

HERE = Path(__file__).parent
COUNTS = {"P": 21, "U": 6, "D": 9, "N": 23, "H": 13, "L": 4, "X": 4, "S": 6, "V": 1, "G": 14}


def rows() -> list[dict[str, str]]:
    with (HERE / "cases" / "protocol_ids.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_no_id_is_missing() -> None:
    found = []
    for row in rows():
        if not row["ids"][1].isdigit():
            continue  # checks without a number, which need a second tool
        first, _, last = row["ids"].partition("-")
        found += [f"{first[0]}{number:02d}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)]
    assert sorted(found) == sorted(f"{letter}{number:02d}" for letter, most in COUNTS.items() for number in range(1, most + 1))


def test_each_named_test_is_there() -> None:
    for row in rows():
        tree = ast.parse((HERE / row["file"]).read_text(encoding="utf-8"))
        assert row["test"] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, row
