"""The producing service: single trades and batches by HTTP, or mock trades at a rate.

Answers about a trade are plain text, answers about the service are JSON.
"""

import logging
import secrets
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from pydantic import FailFast
from starlette.exceptions import HTTPException

from assets.simulation.mock_market import Label, Step
from assets.simulation.mock_requests import MockTradingRequest
from assets.simulation.mock_trading import MockTrading
from assets.simulation.production_log import ProductionLog
from assets.simulation.sinks import Sink, SinkError
from assets.simulation.trade_requests import TradeRequest
from assets.web.client_limits import PREFIX, ClientLimits
from assets.web.described import describe

_log = logging.getLogger("tapewatch.service")

FAILED = "Failed to produce trade: {}"
MOCK_DISABLED = "Mock trading is disabled"
LONGEST_REASON = 500
BAD_REQUEST = 400
MOST_LABELS = 1_000
# one error is enough to refuse a batch, and a million of them fill the memory
Batch = Annotated[list[TradeRequest], FailFast()]


class Production:
    """Assigns ids and times to trades, passes them to the sink, and writes the log."""

    def __init__(self, sink: Sink, log: ProductionLog) -> None:
        self._sink, self._log = sink, log
        self._lock = threading.Lock()
        self._count = 0
        self._run = secrets.token_hex(4)

    def produce(self, requests: Sequence[TradeRequest], abuse: Label | None = None) -> None:
        """Produce trades together, planted ones with a label; SinkError if not sent."""
        now = datetime.now(UTC)
        asked = [(self.next_id(), request) for request in requests]
        ids = [trade_id for trade_id, _ in asked]
        self._log.ask(asked, now)
        if abuse is not None:
            self._log.label(abuse, ids)
        at_us = int(now.timestamp() * 1_000_000)
        try:
            self._sink.send([request.message(trade_id, at_us) for trade_id, request in asked])
        except SinkError as error:
            self._log.settle(ids, str(error))
            raise
        self._log.settle(ids)

    def refuse(self, why: str) -> None:
        """Log a request that was not a trade."""
        self._log.refuse(self.next_id(), datetime.now(UTC), why)

    def next_id(self) -> str:
        """An id that is unique over all runs of the service: each run draws its own prefix."""
        with self._lock:
            self._count += 1
            return f"p{self._run}-{self._count}"


def service(sink: Sink, log: ProductionLog, *, mock_enabled: bool = True, seed: int = 1) -> FastAPI:
    """The application; stopping it stops mock trading and closes the log."""
    production = Production(sink, log)
    mock = MockTrading(lambda step: _produce_mock(production, step), seed)
    started_at = datetime.now(UTC)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        mock.stop()
        log.close()

    app = FastAPI(
        title="tapewatch trade producer",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api-docs",
    )
    app.add_middleware(ClientLimits)
    describe(app, "/swagger-ui.html")

    @app.exception_handler(RequestValidationError)
    def refuse(request: Request, error: RequestValidationError) -> PlainTextResponse:
        why = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}"
            for one in error.errors()
        )
        return refused(request, why)

    @app.exception_handler(HTTPException)
    def unreadable(request: Request, error: HTTPException) -> PlainTextResponse:
        if error.status_code == BAD_REQUEST:
            return refused(request, str(error.detail))
        return PlainTextResponse(str(error.detail), error.status_code, error.headers)

    def refused(request: Request, why: str) -> PlainTextResponse:
        why = why[:LONGEST_REASON]
        if request.url.path.removeprefix(PREFIX).startswith("/trades/"):
            production.refuse(why)
            why = FAILED.format(why)
        return PlainTextResponse(why, BAD_REQUEST)

    @app.exception_handler(SinkError)
    def fail(_: Request, error: SinkError) -> PlainTextResponse:
        return PlainTextResponse(FAILED.format(error), 400)

    @app.post("/trades/produce", response_class=PlainTextResponse)
    def produce(trade: TradeRequest) -> str:
        production.produce([trade])
        return "Trade produced successfully"

    @app.post("/trades/produce-batch", response_class=PlainTextResponse)
    def produce_batch(trades: Batch) -> str:
        production.produce(trades)
        return f"Batch of {len(trades)} trades produced successfully"

    @app.get("/admin/stats")
    def stats() -> dict[str, object]:
        totals = log.totals()
        settled = totals.produced + totals.failed
        uptime = datetime.now(UTC) - started_at
        return {
            "totalTradesProduced": totals.produced,
            "successfulProductions": totals.produced,
            "failedProductions": totals.failed,
            "lastProducedTimestamp": totals.last_produced_at,
            "startTime": started_at,
            "uptimeMinutes": int(uptime.total_seconds() // 60),
            "successRate": 100 * totals.produced / settled if settled else 0.0,
        }

    @app.post("/admin/mock-trading/start", response_class=PlainTextResponse)
    def start_mock(
        query: Annotated[MockTradingRequest, Query()], body: MockTradingRequest | None = None
    ) -> PlainTextResponse:
        if not mock_enabled:
            return PlainTextResponse(MOCK_DISABLED, 400)
        # of a field in both, the query's counts
        asked = (body or query).model_copy(update=query.model_dump(exclude_unset=True))
        mock.start(asked)
        planted = f", {asked.pattern} planted among them" if asked.pattern else ""
        said = f"Mock trading started, one trade every {asked.rateMs} ms{planted}"
        return PlainTextResponse(said)

    @app.post("/admin/mock-trading/stop", response_class=PlainTextResponse)
    def stop_mock() -> PlainTextResponse:
        if not mock_enabled:
            return PlainTextResponse(MOCK_DISABLED, 400)
        mock.stop()
        return PlainTextResponse("Mock trading stopped")

    @app.get("/admin/mock-trading/status")
    def mock_status() -> dict[str, object]:
        asked, since = mock.asked, mock.since
        pattern = asked.pattern if since else None
        return {
            "enabled": mock_enabled,
            "running": mock.is_running,
            **asked.model_dump(),
            "pattern": pattern,
            "patternSince": since if pattern else None,
        }

    @app.get("/admin/mock-trading/labels")
    def mock_labels(
        limit: Annotated[int, Query(ge=1, le=MOST_LABELS)] = 100,
    ) -> list[dict[str, object]]:
        return log.labels(limit)

    @app.get("/admin/health")
    def health() -> dict[str, object]:
        return {
            "status": "UP",
            "service": "tapewatch trade producer",
            "timestamp": datetime.now(UTC),
        }

    return app


def _produce_mock(production: Production, step: Step) -> None:
    """A trade that could not be sent is in the log, and mock trading continues."""
    try:
        production.produce(step.trades, step.abuse)
    except SinkError as error:
        _log.warning("a mock trade failed: %s", error)
