"""Building the service: `create_app(settings, store)`."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import manners, problems
from kg.index import Index
from kg.settings import Settings
from kg.sparql.pool import open_pool
from kg.store import Store
from kg.synergies.ranking import load_ranking
from kg.synergies.statements import load_statements

STATIC: Final = Path(__file__).parent / "static"
ROUTES: Final = ("pages", "search", "answers", "sparql", "graphs", "queries", "synergies", "data", "reconcile", "contributions", "reviews",
                 "vocabulary", "things", "lists")


def create_app(settings: Settings, store: Store) -> FastAPI:
    """The service over a store that is built; its read model and workers follow the store's data version."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        folder = Path(tempfile.mkdtemp(prefix="kg-snapshot-"))
        app.state.pool = None
        try:
            load_ranking(store)
            load_statements(store)
            if not settings.store:
                store.snapshot(folder / "snapshot")
                app.state.pool = open_pool(folder / "snapshot", settings, store.version())
            yield
        finally:
            if app.state.pool is not None:
                app.state.pool.close()
            shutil.rmtree(folder, ignore_errors=True)

    app = FastAPI(title="urban-agenda-kg", version="0.1.0", docs_url=None, redoc_url=None, lifespan=live, redirect_slashes=False,
                  description="Partnerships, actions, procurement initiatives and practices of the Urban Agenda for the EU, and "
                              "the synergies between them.", license_info={"name": "EUPL-1.2"})
    app.state.settings, app.state.store, app.state.version = settings, store, store.version()
    app.state.index = Index(settings.var / "index.sqlite")
    problems.handle(app)
    manners.keep(app)
    for noun in ROUTES:
        if importlib.util.find_spec(f"api.routes.{noun}"):
            app.include_router(importlib.import_module(f"api.routes.{noun}").router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
