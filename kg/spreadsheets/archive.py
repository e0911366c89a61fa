"""Whether a file is a workbook that may be unpacked: a zip of reasonable size, without macros."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from kg.errors import TooLarge, UnreadableFile
from kg.wording import make_error

MOST_UNPACKED: Final = 64 * 2**20
MOST_RATIO: Final = 100
MOST_FILES: Final = 500
COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CONTENT_TYPES: Final = "[Content_Types].xml"


def check_workbook(data: bytes, where: str) -> None:
    """Look at the directory of a workbook before anything is unpacked.

    Raises UnreadableFile for what is no workbook or has macros, TooLarge for one that unpacks to more than 64 MiB or to more than
    100 times its size (ECMA-376 part 2 for the parts, APPNOTE 4.4 for the sizes).
    """
    if data.startswith(COMPOUND_FILE):
        raise make_error(UnreadableFile, "old-workbook", where=where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_FILES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(len(data), 1):
                raise make_error(TooLarge, "workbook-bomb", f"{unpacked:,}", str(len(entries)), where=where)
            names = [entry.filename for entry in entries]
            if CONTENT_TYPES not in names:
                raise make_error(UnreadableFile, "no-workbook-in-zip", where=where)
            macros = b"macroEnabled" in archive.read(CONTENT_TYPES)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise make_error(UnreadableFile, "no-workbook", where=where) from error
    if macros or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise make_error(UnreadableFile, "macros", where=where)
