"""`kg serve`: the service on one address."""

from __future__ import annotations

import importlib
import socket

import typer

from kg.errors import Conflict, NotFound
from kg.settings import Settings, read_settings
from kg.store.open import open_store

KEPT = 75
"""Seconds that an idle connection stays open: longer than proxies keep theirs (60), since a request that crosses the close is lost."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("serve")(serve)


def serve(port: int = typer.Option(0, help="Port to listen on, instead of KG_PORT.")) -> None:
    """Serve pages, data and SPARQL; says where."""
    import uvicorn

    from kg.cli.server import Server

    settings = read_settings(port=port) if port else read_settings()
    if not settings.store and not (settings.var / "store").is_dir():
        raise NotFound("there is no store yet.", where=str(settings.var), advice="Run `kg build` first.")
    listener = _listen(settings)
    application = importlib.import_module("api.app").create_app(settings, open_store(settings))
    # whom X-Forwarded-For names is read by the service itself, where KG_TRUST_PROXY says so
    config = uvicorn.Config(application, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
                            timeout_keep_alive=KEPT, lifespan="off")
    life = application.router.lifespan_context(application)
    Server(config, life, f"http://{settings.host}:{settings.port}/").run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small answers at once only when the protocol is named
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise Conflict(f"port {settings.port} of {settings.host} cannot be used: {error.strerror}.", where="KG_PORT",
                       advice="Stop what listens there, or choose another port with KG_PORT.") from error
    return listener
