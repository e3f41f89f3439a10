"""The Evidence site over HTTP: one page for every address, and nothing from another machine."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assets.publishing.site.build import SiteError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Scope

HEADERS = {
    # a refresh replaces data under a page that a browser has: it asks whether it is the newest
    "Cache-Control": "no-cache",
    # the pages run SQL as WebAssembly in a worker, and load nothing from elsewhere
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
    "X-Content-Type-Options": "nosniff",
}
HERE = ["127.0.0.1", "localhost"]


def site_app(pages: Path, hosts: list[str]) -> "Starlette":
    """The application: the files below a folder, and its index page for every other address."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import Response
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    class Pages(StaticFiles):
        async def get_response(self, path: str, scope: "Scope") -> Response:
            try:
                found = await super().get_response(path, scope)
            except HTTPException as error:
                # the page of a symbol is made in the browser; a missing file is missing
                if error.status_code != 404 or b"text/html" not in _accepted(scope):
                    raise
                found = await super().get_response("index.html", scope)
            found.headers.update(HEADERS)
            return found

    return Starlette(
        routes=[Mount("/", Pages(directory=pages, html=True))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
    )


def _accepted(scope: "Scope") -> bytes:
    return dict(scope["headers"]).get(b"accept", b"")


def serve_site(pages: Path, host: str, port: int) -> None:
    """Serve the site until this process is stopped; SiteError where the port is taken."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(site_app(pages, [*HERE, host]), log_level="warning"))
    # uvicorn repeats the signal of Ctrl-C once it has stopped
    with _listening(host, port) as opened, suppress(KeyboardInterrupt):
        server.run(sockets=[opened])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        reason = str(error)
    raise SiteError(f"the site cannot be served on {host}:{port}: {reason}; name a free --port")
