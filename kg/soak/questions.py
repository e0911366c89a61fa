"""What readers ask and what the editor sends."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from kg.queries import load_query
from kg.terms import thing

MARKED: Final = "soak-"
FOLDER: Final = Path(__file__).parent

LISTED: Final = f"/sparql?query={quote(load_query(FOLDER / 'listed.rq').text)}"
"""The records of the soak with their titles, which the ledger knows."""

RECORD: Final = f"/doc/practice/{MARKED}"

READ: Final = (
    "/", "/initiatives?limit=20", "/practices?theme=local-food&limit=100", "/search?q=soak", "/search?q=circular+tekstiles",
    "/doc/initiative/circular-pp", "/doc/initiative/circular-pp.ttl", "/doc/city/haarlem.jsonld", "/doc/theme/local-food",
    "/doc/initiative/circular-pp/synergies?limit=20", "/doc/practice/aalborg-ict-buy-back/synergies", "/synergies?limit=50", "/recovery",
    "/exchange", "/about", "/queries/themes-without-practice.csv", "/queries/practices-in-region.csv", "/ontology.ttl",
    f"/sparql?query={quote(load_query(FOLDER / 'counted.rq').text)}", f"/sparql?query={quote('ASK { ?s ?p ?o }')}", LISTED)
"""Addresses whose answer depends on the data version alone."""


def write_record(number: str, edition: int) -> bytes:
    """One practice as Turtle, whose title says which edition it is."""
    return f"""@prefix dct: <http://purl.org/dc/terms/> .
@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
<{thing("practice", MARKED + number)}> a uaeu:ProcurementPractice ; dct:title "{write_title(number, edition)}"@en ;
    uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/local-food> .
""".encode()


def write_title(number: str, edition: int) -> str:
    """The title of an edition of a record."""
    return f"Soak {number} edition {edition}"


UNREADABLE: Final = b"<https://w3id.org/uaeu-kg/id/practice/soak-x> a "
WRONG: Final = write_record("x", 1).replace(b"theme/local-food", b"theme/nothing-of-the-kind")
