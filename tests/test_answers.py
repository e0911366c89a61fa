"""Answers people ask for come in every format, each of its own media type, and an unknown format is refused with the known ones."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph

from kg.formats import BY_SUFFIX, CSV, HTML, JSON, TRIPLE_FORMATS

ADDRESSES = ["match", "exchange", "recovery", "cooperation", "cooperation/circular-economy/climate-adaptation", "gaps", "synergies",
             "doc/initiative/circular-pp/synergies"]
PLAN = {"theme": "food", "text": "school meals"}


@pytest.mark.parametrize("suffix", [each.suffix for each in (HTML, JSON, CSV, *TRIPLE_FORMATS)])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_in_every_format(address: str, suffix: str, client: TestClient) -> None:
    form = BY_SUFFIX[suffix]
    answer = client.get(f"/{address}.{suffix}", params=PLAN if address == "match" else {})
    assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == form.media_type
    if form.rdflib:
        assert len(Graph().parse(data=answer.text, format=form.rdflib)) > 0 or address == "exchange"
    elif form == JSON:
        assert answer.json() or address == "exchange"
    elif form == CSV:
        head, *rows = csv.reader(io.StringIO(answer.text))
        assert len(head) > 4 and (rows or address == "exchange") and all(len(row) == len(head) for row in rows)
    else:
        assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unknown_format_is_refused(address: str, client: TestClient) -> None:
    assert client.get(f"/{address}.odt", params=PLAN if address == "match" else {}).status_code in (400, 404, 406)
