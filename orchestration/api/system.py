"""Routes about the service itself: whether it lives, what it reaches, figures for Prometheus."""

import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.lock import CatalogError
from assets.lake.objects.object_store import ObjectStoreError
from assets.risk import market_reading as risk
from orchestration.api.access import Caller

Row = dict[str, Any]


def routes_of_system(lake: Lake, needs: Callable[[Any], Callable[..., Caller]]) -> APIRouter:
    """`/health` for everybody, the others for callers that may read."""
    router = APIRouter()
    reading = [Depends(needs("read"))]

    @router.get("/health")
    def health() -> dict[str, str]:
        """That the service answers."""
        return {"status": "ok"}

    @router.get("/system-status", dependencies=reading)
    def system_status() -> list[Row]:
        """Whether the store and the catalog answer, how fast, and why not."""
        return probes_of(lake)

    @router.get("/metrics", dependencies=reading, response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Figures as Prometheus reads them."""
        registry = CollectorRegistry()
        alerts = Gauge(
            "tapewatch_alerts", "Current alerts.", ["detector", "severity"], registry=registry
        )
        for row in risk.alert_counts(lake):
            alerts.labels(row["detector"], row["severity"]).inc(row["alert_count"])
        trades = Gauge(
            "tapewatch_trades", "Accepted trades.", ["venue", "symbol"], registry=registry
        )
        for row in risk.symbols(lake):
            trades.labels(row["venue"], row["symbol"]).set(row["trade_count"])
        return PlainTextResponse(generate_latest(registry).decode())

    return router


def probes_of(lake: Lake) -> list[Row]:
    """What the service reaches, asked now."""

    def ask_store() -> str:
        lake.objects.list("decisions/")
        return lake.objects.path("")

    def ask_catalog() -> str:
        with lake.connect() as connection:
            return f"snapshot {lake.snapshot_id(connection)}"

    return [_probe("object store", ask_store), _probe("catalog", ask_catalog)]


def _probe(what: str, ask: Callable[[], str]) -> Row:
    began = time.perf_counter()
    try:
        state, detail = "ok", ask()
    except (LakeError, CatalogError, ObjectStoreError, OSError) as error:
        state, detail = "failed", str(error)
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    return {"probe": what, "state": state, "detail": detail, "milliseconds": milliseconds}
