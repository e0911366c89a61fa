"""Measured values as people read them: millions in words, digits in groups, one of a thing in the singular."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

DIGITS: Final = 15
"""Whole digits, and digits after the point, of what is written anew; longer numbers stand as they are."""
PATTERN: Final = "#,##0." + "#" * DIGITS
_PLURAL: Final = re.compile(r"^[a-z]{2,}[a-rt-z]s\b")


def write_figure(value: str, unit: str, language: str) -> str:
    """A value with its unit, never rounded; what is no number stands as it is. Units are English words or codes."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not -DIGITS < number.adjusted() < DIGITS:
        return f"{value} {unit}".strip()
    written = _write_millions(number, Locale(language)) or format_decimal(number, PATTERN, locale=language)
    if number == 1:
        unit = _PLURAL.sub(lambda found: re.sub("(ie)?s$", lambda end: "y" if end[1] else "", found[0]), unit)
    return f"{written}\u00a0{re.sub('^percent', '%', unit)}" if unit else written


def _write_millions(number: Decimal, locale: Locale) -> str:
    """Such as 8.3 million, where one digit after the point says all; "" where it does not."""
    power = number.adjusted() // 3 * 3
    scaled = number.scaleb(-power)
    if power < 6 or scaled * 10 % 1:
        return ""
    scaled = scaled.quantize(Decimal("0.1")) if scaled % 1 else scaled.quantize(Decimal(1))
    words = locale.compact_decimal_formats["long"][locale.plural_form(scaled)][str(10 ** power)].pattern
    return str(words).replace("0", format_decimal(scaled, locale=locale), 1)
