"""The requirements of tests/cases/protocol_ids.tsv with their state, as a table: `python tests/protocol_states.py`.

It runs the tests that the list names and no others; a state is held, missed, or skipped with the reason that the test gives.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent


def run(rows: list[dict[str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """State and reason of each case of each test, by file and name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        names = sorted({f"{HERE / row['file']}::{row['test']}" for row in rows})
        subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *names, *sys.argv[1:]],
                       stdout=sys.stderr, check=False)
        cases = ET.parse(report).iter("testcase")
        found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for case in cases:
            skipped = case.find("skipped")
            missed = case.find("failure") is not None or case.find("error") is not None
            state = "missed" if missed else "held" if skipped is None else "skipped"
            name = (case.get("classname", "").rsplit(".", 1)[-1] + ".py", case.get("name", "").split("[")[0])
            found[name].append((state, "" if skipped is None else skipped.get("message", "")))
        return found


def main() -> None:
    """Print the table in Markdown; exit status 1 when a requirement is missed."""
    with (HERE / "cases" / "protocol_ids.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = run(rows)
    print("| Id | Level | State | Cases | Test |\n|---|---|---|---|---|")
    states = []
    for row in rows:
        cases = found.get((row["file"], row["test"]), [("missed", "")])
        state = next(each for each in ("missed", "held", "skipped") if each in {state for state, _ in cases})
        reason = next((f": {reason}" for each, reason in cases if each == state == "skipped"), "")
        states.append(state)
        print(f"| {row['ids']} | {row['level']} | {state}{reason} | {len(cases)} | {row['file']}::{row['test']} |")
    print(f"\n{len(rows)} rows: " + ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    raise SystemExit("missed" in states)


if __name__ == "__main__":
    main()
