"""Measured values as people read them."""

from __future__ import annotations

import pytest

from api.figures import write_figure


@pytest.mark.parametrize("value, unit, language, written", [
    ("1000000000", "EUR", "en", "1 billion EUR"), ("1000000000", "EUR", "fr", "1 milliard EUR"), ("1000000000", "EUR", "de", "1 Milliarde EUR"),
    ("16900000", "EUR", "en", "16.9 million EUR"), ("16900000", "EUR", "de", "16,9 Millionen EUR"), ("1500000", "EUR", "fr", "1,5 million EUR"),
    ("1234567", "EUR", "en", "1,234,567 EUR"), ("999999.99", "EUR", "en", "999,999.99 EUR"), ("4328.68", "tonnes CO2 per year", "fr", "4 328,68 tonnes CO2 per year"),
    ("1", "persons per year", "en", "1 person per year"), ("1", "categories", "en", "1 category"), ("1", "address", "en", "1 address"),
    ("1", "EUR", "en", "1 EUR"), ("2", "persons per year", "en", "2 persons per year"), ("0", "offers", "en", "0 offers"),
    ("18.2", "percent", "en", "18.2 %"), ("5", "percent of contract value", "en", "5 % of contract value"), ("-2000000", "EUR", "en", "-2 million EUR"),
    ("0.0000001", "km", "en", "0.0000001 km"), ("7", "", "en", "7"), ("several", "offers", "en", "several offers"), ("NaN", "km", "en", "NaN km"),
    ("1e400", "km", "en", "1e400 km"), ("12345678901234567890", "km", "en", "12345678901234567890 km"), ("", "", "en", "")])
def test_a_figure_is_written_for_people_and_never_rounded(value: str, unit: str, language: str, written: str) -> None:
    assert write_figure(value, unit, language).replace("\u00a0", " ").replace("\u202f", " ") == written
