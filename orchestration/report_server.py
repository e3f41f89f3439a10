"""The reports below the home over HTTP: a page of the Dagster UI cannot open a file."""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assets.lake.settings import PREFIX, Settings, SettingsError
from assets.publishing.report_files import INDEX
from reports.plotly import plotly_file_name

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

HERE = {"127.0.0.1", "localhost"}
LOOKS_EVERY_SECONDS = 1.0


def report_site(settings: Settings) -> "Starlette":
    """The application: GET of a served file below `reports/`, 404 for anything else.

    It answers requests to the host of the settings' address and to this machine alone, so that no
    foreign page reads the reports under a name of its own.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.routing import Route

    def answer(request: "Request") -> "Response":
        found = served_file(settings.reports, request.path_params["path"])
        if found is None:
            return PlainTextResponse("there is no such report: run its day", 404)
        return FileResponse(found, headers={"X-Content-Type-Options": "nosniff"})

    hosts = [*HERE, urlsplit(settings.reports_url).hostname or ""]
    return Starlette(
        routes=[Route("/{path:path}", answer)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
    )


def served_file(folder: Path, path: str) -> Path | None:
    """The file of a path below the folder: a page, a table of alerts, or the shared script.

    The folder's own path leads to the index.
    """
    if "\0" in path:
        return None
    found = (folder / (path or INDEX)).resolve()
    is_served = (
        found.suffix == ".html"
        or found.name.endswith("alerts.csv")
        or found == folder.resolve() / plotly_file_name()
    )
    is_below = found.is_relative_to(folder.resolve())
    return found if is_served and is_below and found.is_file() else None


def own_port(settings: Settings) -> int | None:
    """The port where this machine serves the reports; None where the address is another's."""
    parts = urlsplit(settings.reports_url)
    return (parts.port or 80) if parts.hostname in HERE else None


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the reports until this process is stopped; SettingsError where the port is taken."""
    with _listening(host, port) as opened:
        _run(_server(settings), opened)


def serve_beside(settings: Settings, port: int) -> None:
    """Serve the reports from a child, which ends with this process, whatever that becomes.

    Raises SettingsError where the port is taken.
    """
    parent = os.getpid()
    with _listening("127.0.0.1", port) as opened:
        if os.fork():
            return
        server = _server(settings)

        def stop_with_parent() -> None:
            while os.getppid() == parent:
                time.sleep(LOOKS_EVERY_SECONDS)
            server.should_exit = True

        threading.Thread(target=stop_with_parent, daemon=True).start()
        _run(server, opened)
        os._exit(0)


def _server(settings: Settings) -> "Server":
    import uvicorn

    return uvicorn.Server(uvicorn.Config(report_site(settings), log_level="warning"))


def _run(server: "Server", opened: socket.socket) -> None:
    # uvicorn repeats the signal of Ctrl-C once it has stopped
    with suppress(KeyboardInterrupt):
        server.run(sockets=[opened])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        reason = str(error)
    raise SettingsError(
        f"reports cannot be served on {host}:{port}: {reason}; set {PREFIX}REPORTS_URL to "
        "http://127.0.0.1 with a free port"
    )
