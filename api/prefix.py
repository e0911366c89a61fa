"""The path under which a proxy shows the service (ASGI's `root_path`), taken from the public address."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Stands outermost and lets every layer see one kind of path, whether the proxy in front strips the prefix or passes it on."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["root_path"] = self.prefix
            if scope["path"] == self.prefix:
                scope["path"] += "/"
            elif not scope["path"].startswith(f"{self.prefix}/"):
                # Inside the application the path begins with the prefix (ASGI 2.5, `root_path`).
                scope["path"] = self.prefix + scope["path"]
        await self.app(scope, receive, send)


def find_root(request: HTTPConnection) -> str:
    """What the addresses of all pages begin with: the prefix, or nothing; it has no slash at its end."""
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/")


def find_own_path(scope: Scope) -> str:
    """The path of a request as the routes know it: without the prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
