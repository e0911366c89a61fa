"""Building the service: `create_app(settings, store)`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from api import manners, openapi, problems
from api.generations import Generations
from api.limiting import Limiter
from api.observing import observe
from api.prefix import Prefix
from api.shortcut import Shortcut
from kg.contributions import Contributions, Publisher
from kg.examiner import Examiner
from kg.journal import open_journal
from kg.settings import Settings
from kg.sparql.kept import Kept
from kg.store import Store
from kg.validation.lexical import narrow_literals

STATIC: Final = Path(__file__).parent / "static"
ROUTES: Final = ("operations", "pages", "search", "answers", "cooperation", "sparql", "graphs", "queries", "synergies",
                 "synergy_list", "verdicts", "match", "exchange", "data", "reconcile", "validate", "contributions", "reviews",
                 "vocabulary", "things", "lists")


def create_app(settings: Settings, store: Store) -> FastAPI:
    """The service over a store that is built; while it runs it follows the journal, and is the one writer of the store."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        generations = Generations(app, settings, publisher)
        await run_in_threadpool(generations.start)
        try:
            yield
        finally:
            await run_in_threadpool(generations.close)
            await run_in_threadpool(app.state.examiner.close)
            journal.close()

    narrow_literals()
    journal = open_journal(settings)
    publisher = Publisher(settings, store, journal)
    app = FastAPI(title="urban-agenda-kg", version="0.1.0", docs_url=None, redoc_url=None, lifespan=live, redirect_slashes=False,
                  description="Partnerships, actions, procurement initiatives and practices of the Urban Agenda for the EU, and "
                              "the synergies between them.", license_info={"name": "EUPL-1.2"})
    app.state.settings, app.state.journal, app.state.pool = settings, journal, None
    app.state.publisher, app.state.following, app.state.kept = publisher, "", Kept()
    app.state.contributions = Contributions(store, journal, publisher.follow, publisher.follow if settings.store else publisher.show)
    app.state.examiner = Examiner()
    app.state.limiter = Limiter(settings.posts)
    problems.handle(app)
    manners.keep(app)
    if not settings.store:
        app.add_middleware(Shortcut, application=app)
    observe(app, settings.log)
    prefix = urlsplit(settings.public_base).path.rstrip("/")
    if prefix:
        app.add_middleware(Prefix, prefix=prefix)
    app.state.routers = [importlib.import_module(f"api.routes.{noun}").router for noun in ROUTES
                         if importlib.util.find_spec(f"api.routes.{noun}")]
    for router in app.state.routers:
        app.include_router(router)
    openapi.describe(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
