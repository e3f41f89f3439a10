"""Venues on this machine: servers of pages and of live trades, with the faults that venues have."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest

from assets.landing.venues.backfill import backfill
from assets.landing.venues.exchange import open_exchange
from assets.landing.venues.known import VENUES
from orchestration.object_store import LocalObjectStore

DOCUMENTED = Path(__file__).parent / "documented"
START, END = 1_700_000_000_000, 1_700_000_060_000
CUT = None
"""An answer that is no answer: the connection ends."""

Query = dict[str, str]
Answer = Any
"""A body, or a status, a body and headers; bytes go out as they are."""


@pytest.fixture
def documented() -> dict[str, dict[str, Any]]:
    """Payloads made by hand from each venue's documentation; nobody recorded them."""
    return {name: json.loads((DOCUMENTED / f"{name}.json").read_text()) for name in VENUES}


@pytest.fixture
def http() -> Iterator[Callable[[Callable[[str, Query], Answer]], str]]:
    """Start a server that answers by a function of path and query; gives its url."""
    servers = []

    def start(answer: Callable[[str, Query], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                found = answer(parts.path, dict(parse_qsl(parts.query)))
                if found is CUT:
                    self.close_connection = True
                    return
                status, body, headers = found if isinstance(found, tuple) else (200, found, {})
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def pages_of(documented, http) -> Callable[..., tuple[str, list[Query]]]:
    """A venue that gives its pages one after the other, then empty ones; and what it was asked."""

    def serve(name: str, pages: list[Answer]) -> tuple[str, list[Query]]:
        known, asked, left = documented[name], [], list(pages)

        def answer(path: str, query: Query) -> Answer:
            if path != known["path"]:
                return known["markets"].get(path, (404, {}, {}))
            asked.append(query)
            return left.pop(0) if left else known["empty"]

        return http(answer), asked

    return serve


@pytest.fixture
def fetch(pages_of, tmp_path) -> Callable[..., Any]:
    """Fetch BTC-USDT there: what was done, the landed rows, the questions, the waits."""
    store = LocalObjectStore(tmp_path / "objects")

    def run(name: str, pages: list[Answer], window=(START, END), symbol="BTC-USDT", now=START):
        url, asked = pages_of(name, pages)
        exchange = open_exchange(VENUES[name], url)
        exchange.enableRateLimit = False
        waits: list[float] = []
        fetched = backfill(
            VENUES[name], exchange, symbol, window, store, tmp_path / "fetches" / "one.json",
            sleep=waits.append, now=lambda: now / 1000,
        )  # fmt: skip
        return fetched, landed_rows(tmp_path / "objects"), asked, waits

    return run


def landed_rows(folder: Path) -> list[dict[str, Any]]:
    return [
        row
        for path in sorted(folder.rglob("date=*/*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]
