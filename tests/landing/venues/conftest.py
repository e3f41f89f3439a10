"""Venues on this machine: servers of pages and of live trades, with the faults that venues have."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest
from aiohttp import web

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.messages import encode_json
from assets.landing.venues.backfill import backfill
from assets.landing.venues.exchange import open_exchange
from assets.landing.venues.known import VENUES
from assets.landing.venues.outbox import Outbox
from assets.landing.venues.stream import LiveStream

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


class LiveVenue:
    """A venue with pages and a socket; each connection plays the next of `plays`, then waits.

    A play is a list of messages: text goes out as it is, CUT ends the connection.
    """

    def __init__(self, known: dict[str, Any], plays: list[list[Any]], pages: list[Answer]) -> None:
        self.known, self.plays, self.pages = known, plays, pages
        self.asked: list[Query] = []
        self.subscribed: list[Any] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._play(request)
        if "bullet" in request.path:  # KuCoin says first where its socket is
            place = self.url.replace("http", "ws", 1) + self.known["socket"]
            server = {"endpoint": place, "pingInterval": 18000, "pingTimeout": 10000}
            return web.json_response(
                {"code": "200000", "data": {"token": "t", "instanceServers": [server]}}
            )
        if request.path == self.known["path"] or "trades" in request.path:
            self.asked.append(dict(request.query))
            body = self.pages.pop(0) if self.pages else self.known["empty"]
            return web.json_response(body) if body is not CUT else web.Response(status=503)
        return web.json_response(self.known["markets"].get(request.path))

    async def _play(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if "ping" in message.data:
                continue
            self.subscribed.append(json.loads(message.data))
            for said in self.plays.pop(0) if self.plays else []:
                if said is CUT:
                    request.transport.abort()
                    return socket
                await socket.send_str(said if isinstance(said, str) else json.dumps(said))
        return socket


@pytest.fixture
def live_venue(documented) -> Iterator[Callable[..., LiveVenue]]:
    """Start such a venue."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    runners = []

    def start(name: str, plays: list[list[Any]], pages: list[Answer] = ()) -> LiveVenue:
        venue = LiveVenue(documented[name], list(plays), list(pages))

        async def serve() -> None:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", venue.answer)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            runners.append(runner)
            venue.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

        asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
        return venue

    yield start
    for runner in runners:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)


class Broker:
    """Takes messages and confirms them at the next poll; full at first and then now and then."""

    def __init__(self, refusing: object = None) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.waiting: list[Callable[..., None]] = []
        self.refusing, self.asked = refusing, 0

    def produce(self, topic: str, value: bytes, key: str, on_delivery: Callable[..., None]) -> None:
        self.asked += 1
        if self.asked % 500 == 1:
            raise BufferError
        self.messages.append((key, value))
        self.waiting.append(on_delivery)

    def poll(self, seconds: float) -> None:
        for delivered in self.waiting:
            delivered(self.refusing, None)
        self.waiting = []

    def flush(self, seconds: float) -> int:
        self.poll(0)
        return 0


@pytest.fixture
def stream(live_venue) -> Callable[..., Any]:
    """Stream until the broker has so many messages: what was done, the messages, the venue."""

    def run(name, plays, pages=(), until=1, venue=None, broker=None, symbols=("BTC-USDT",)):
        served, broker = live_venue(name, plays, pages), broker or Broker()
        venue = venue or VENUES[name]
        streams = []

        async def main():
            pages_client = open_exchange(venue, served.url)
            pages_client.enableRateLimit = False
            live = LiveStream(
                venue, open_exchange(venue, served.url, live=True), pages_client,
                Outbox(broker, "trades"), encode_json, wait=0.01,
            )  # fmt: skip
            streams.append(live)

            async def stop_in_time():
                for _ in range(1500):
                    if len(broker.messages) >= until:
                        break
                    await asyncio.sleep(0.01)
                live.stop()

            stopping = asyncio.create_task(stop_in_time())
            try:
                return await live.run(list(symbols))
            finally:
                stopping.cancel()

        streamed = asyncio.run(main())
        return streamed, [json.loads(value) for _, value in broker.messages], served

    return run
