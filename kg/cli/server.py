"""The server of `kg serve`: says that it answers when it does, and lets an error at the start be an error of the command."""

from __future__ import annotations

import socket
from contextlib import AbstractAsyncContextManager

import typer
import uvicorn


class Server(uvicorn.Server):
    """Begins and ends `life`, that of the application, itself: the ASGI lifespan protocol makes a traceback of what a start raises."""

    def __init__(self, config: uvicorn.Config, life: AbstractAsyncContextManager[object], address: str) -> None:
        super().__init__(config)
        self.address, self._life = address, life

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Bring the application to life, listen, and say where; raises what the application raises."""
        await self._life.__aenter__()
        await super().startup(sockets)
        typer.echo(f"urban-agenda-kg answers on {self.address}  (stop it with Ctrl-C)")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was asked, then end the application; a second Ctrl-C does not wait for that."""
        await super().shutdown(sockets)
        if not self.force_exit:
            await self._life.__aexit__(None, None, None)
