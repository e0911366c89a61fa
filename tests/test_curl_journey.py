"""A partner's journey by curl with spreadsheets: wrong, corrected, sent, published, found with its synergies, withdrawn."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browsing import REVIEWER_KEY
from conftest import settle
from openpyxl import load_workbook

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl; on Debian: apt-get install curl")
NAME = "Apples by bicycle for schools"
RECORD = "https://w3id.org/uaeu-kg/id/practice/apples-by-bicycle"
XLSX = "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON = "Accept: application/json"
KEY = f"Authorization: Bearer {REVIEWER_KEY}"


def curl(address: str, *arguments: str) -> tuple[int, bytes]:
    """Status and body of an answer."""
    done = subprocess.run(["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments, address],
                          capture_output=True, check=True, timeout=300)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def read(address: str, *arguments: str) -> Any:
    """The JSON of a good answer."""
    status, body = curl(address, "--header", JSON, *arguments)
    assert status in (200, 201), body[:500]
    return json.loads(body)


def fill_template(content: bytes, path: Path, **values: str) -> None:
    """Write one row into the template that the service gives, under the names of its columns."""
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    row = sheet.max_row + 1
    for name, value in values.items():
        sheet.cell(row, columns[name], value)
    book.save(path)


def test_a_partner_goes_the_whole_way_by_curl(address: str, tmp_path: Path) -> None:
    wrong = tmp_path / "practice.csv"
    wrong.write_text(f"id;name;city;year;themes\napples-by-bicycle;{NAME};Haarlm;2024;local-food\n", encoding="utf-8")
    status, body = curl(f"{address}/contributions?form=practice", "--header", "Content-Type: text/csv", "--data-binary", f"@{wrong}")
    remarks = [each for each in json.loads(body)["remarks"] if each["severity"] == "Violation"]
    assert status == 422 and [(each["line"], each["column"]) for each in remarks] == [(2, 3)] and "haarlem" in str(remarks).lower()

    _, template = curl(f"{address}/contribute/practice.xlsx")
    right = tmp_path / "practice.xlsx"
    fill_template(template, right, id="apples-by-bicycle", name=NAME, city="Haarlem", year="2024", themes="local-food")
    checked = read(f"{address}/validate?form=practice", "--header", XLSX, "--data-binary", f"@{right}")
    assert not [each for each in checked["remarks"] if each["severity"] == "Violation"]
    sent = read(f"{address}/contributions?form=practice", "--header", XLSX, "--data-binary", f"@{right}")
    assert sent["records"] == [RECORD]
    reference, token = sent["reference"], parse_qs(urlsplit(sent["page"]).query)["token"][0]
    assert curl(f"{address}/doc/practice/apples-by-bicycle")[0] == 404, "nothing is public before it is published"

    assert curl(f"{address}/reviews/{reference}/publish", "--request", "POST", "--header", JSON)[0] == 401
    assert read(f"{address}/reviews/{reference}/publish", "--request", "POST", "--header", KEY)["status"] == "published"
    hits = read(f"{address}/search?q=apples+by+bicycle")["hits"]
    assert RECORD in [each["iri"] for each in hits]
    query = f'PREFIX dct: <http://purl.org/dc/terms/> ASK {{ <{RECORD}> dct:title "{NAME}"@en }}'
    found = json.loads(curl(f"{address}/sparql", "--header", "Accept: application/sparql-results+json", "--data-urlencode", f"query={query}")[1])
    assert found["boolean"] is True
    with httpx.Client(base_url=address, timeout=120) as client:
        settle(client)
    best = read(f"{address}/doc/practice/apples-by-bicycle/synergies")["synergies"]
    assert best and "Haarlem" in json.dumps(best) and all(each["evidence"] for each in best)

    gone = read(f"{address}/contributions/{reference}/withdraw", "--data-urlencode", f"token={token}", "--data-urlencode", "why=It was wrong.")
    assert gone["status"] == "withdrawn" and curl(f"{address}/doc/practice/apples-by-bicycle")[0] == 410
