"""What comes in the body of a request: pairs of a form, or a file with its media type and name; never more than is taken."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from kg.errors import Invalid, TooLarge
from kg.wording import make_error

MOST_BYTES: Final = 10 * 2**20
MOST_PAIRS: Final = 2000
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True)
class Upload:
    """A body: the pairs of a form in order, the file that came with them or alone, and whether a form sent it."""

    pairs: tuple[tuple[str, str], ...]
    data: bytes
    media_type: str
    name: str
    by_form: bool

    def value(self, key: str) -> str:
        """The last value of a pair, empty without one."""
        return next((value for name, value in reversed(self.pairs) if name == key), "")


async def read_upload(request: Request) -> Upload:
    """Read a body; raises TooLarge above 10 MiB or 2,000 fields, Invalid for a form that does not parse."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    body = await read_body(request)
    if media_type == FORM:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_PAIRS, errors="strict")
        except ValueError as error:
            raise make_error(Invalid, "form-syntax", str(error), f"{MOST_PAIRS:,}") from error
        return Upload(tuple(pairs), b"", media_type, "", True)
    if media_type == MULTIPART:
        return await _read_parts(request, body)
    return Upload((), body, media_type, "", False)


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The body as it comes in, given up as soon as it is too long; raises TooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise make_error(TooLarge, "body-too-long", str(most))
    return bytes(body)


async def _read_parts(request: Request, body: bytes) -> Upload:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=1, max_fields=MOST_PAIRS, max_part_size=MOST_BYTES).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise make_error(Invalid, "parts-unreadable") from error
    pairs, data, media_type, name = [], b"", "", ""
    for key, value in form.multi_items():
        if isinstance(value, UploadFile):
            data, media_type, name = await value.read(), (value.content_type or "").partition(";")[0].casefold(), value.filename or ""
        else:
            pairs.append((key, value))
    return Upload(tuple(pairs), data, media_type, name, True)
