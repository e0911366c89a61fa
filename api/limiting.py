"""How often somebody may send something: so many requests a minute per key, else per address; more are answered 429 with Retry-After.

Reading is free. What is remembered is a number per sender, in memory, and forgotten once it is full again; addresses are not written down.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final

from fastapi import Request

from api.keys import read_secret
from api.response import client_address
from kg.contributions import find_key
from kg.errors import TooMany, Unauthorised
from kg.wording import make_error

SENDERS: Final = 10_000
"""As many senders are remembered; the longest known is forgotten for one more."""


class Limiter:
    """A bucket of requests per sender, which fills up again evenly over a minute; `per_minute` 0 is no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, sender: str) -> None:
        """Count a request; raises TooMany with the seconds until the next is taken (RFC 6585, section 4)."""
        if not self.per_minute:
            return
        rate = self.per_minute / 60
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(sender, (float(self.per_minute), now))
            left = min(float(self.per_minute), left + (now - then) * rate)
            self._left[sender] = (max(0.0, left - 1) if left >= 1 else left, now)
            if len(self._left) > SENDERS:
                del self._left[next(iter(self._left))]
        if left < 1:
            wait = max(1, math.ceil((1 - left) / rate))
            raise make_error(TooMany, "too-often", str(self.per_minute), str(wait), limit=self.per_minute, retry_after=wait)


def limit(request: Request) -> None:
    """A dependency of the routes that take something: counts what is not only read."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        limiter: Limiter = request.app.state.limiter
        limiter.take(name_sender(request))


def name_sender(request: Request) -> str:
    """Who sends: the key that the request carries, else the address.

    A key that is not known counts for the address, since a stranger could otherwise make up a new one for each request.
    """
    if secret := read_secret(request):
        with suppress(Unauthorised):
            return f"key {find_key(request.app.state.journal, secret, 'partner').reference}"
    return client_address(request)
