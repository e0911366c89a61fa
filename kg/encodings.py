"""The encoding of a text that was sent: UTF-8 is taken, any other is named."""

from __future__ import annotations

import codecs
import re

from kg.errors import UnreadableFile
from kg.wording import make_error

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, where: str = "encoding") -> str:
    """The text without byte order mark; raises UnreadableFile with the encoding that it looks like, and the line of the first such byte."""
    if (name := _find_wide(data)):
        raise make_error(UnreadableFile, "wide-text", name, where=where)
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise make_error(UnreadableFile, "no-utf-8", where=where, line=data.count(b"\n", 0, error.start) + 1) from error


def is_text(data: bytes) -> bool:
    """Whether it is a text at all, be it in an encoding that is not taken."""
    return bool(_find_wide(data)) or not _BINARY.search(data)


def _find_wide(data: bytes) -> str:
    """UTF-16 or UTF-32 where the bytes are of one: by the mark, else since every other byte of the beginning is nothing."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    odd, even = data[1:200:2], data[:200:2]
    wide = any(len(one) > 1 and one.count(0) > 0.6 * len(one) and not other.count(0) for one, other in ((odd, even), (even, odd)))
    return "UTF-16" if wide else ""
