"""One version within one answer, where the store is an engine elsewhere; where that is away, an answer that says so.

The embedded store gives each request a snapshot. An engine has none, and other copies publish to it: so the version is asked before an
answer is made and after, and where it moved the answer is made again from the newer one.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.generations import enter
from api.languages import speak
from api.prefix import find_own_path
from kg.contributions import Publisher
from kg.errors import Busy, KgError

APART: Final = ("/static/", "/data/", "/stream", "/health", "/ready", "/metrics")
"""Addresses whose answer does not come out of the store."""
TRIES: Final = 5


class Steadying:
    """Stands around what reads the store; a request that changes something is passed on."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app, self.application = app, application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or find_own_path(scope).startswith(APART):
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        try:
            messages = await self._answer(scope, receive)
        except KgError as error:
            scope["method"] = method
            enter(scope, self.application)  # an answer that was kept in memory never did
            speak(scope)
            answer: Response = self.application.exception_handlers[KgError](Request(scope), error)  # type: ignore[assignment]
            await answer(scope, receive, send)
            return
        for message in messages:
            await send(message)

    async def _answer(self, scope: Scope, receive: Receive) -> list[Message]:
        """The messages of an answer of one version; raises Busy where the version never rests, and what the engine raises."""
        method = scope["method"]
        for _ in range(TRIES):
            version = await run_in_threadpool(self._read)
            messages: list[Message] = []

            async def gather(message: Message, kept: list[Message] = messages) -> None:
                kept.append(message)

            scope["method"] = method
            await self.app(scope, receive, gather)
            if version == await run_in_threadpool(self._version):
                return messages
        raise Busy("others publish all the time.", where=find_own_path(scope), advice="Try again later.", retry_after=2)

    def _version(self) -> str:
        publisher: Publisher = self.application.state.publisher
        return publisher.store.version()

    def _read(self) -> str:
        """The version of the engine, with read model and settings brought up to it."""
        version = self._version()
        if version != self.application.state.generation.version:
            publisher: Publisher = self.application.state.publisher
            publisher.follow()
            version = self._version()
        return version
