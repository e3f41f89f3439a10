"""Figures of the platform as Prometheus reads them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from assets.lake.lake import Lake
from assets.risk import market_reading as risk
from assets.stream.progress import progress_of
from orchestration.api.dagster_server import DagsterServerError, runs
from orchestration.api.shared_lake import SharedLake


def metrics_of(lake: SharedLake) -> str:
    """Alerts, trades and decisions of the lake, the stream's lag, Dagster's runs by status.

    What is not known, as the lag without a stream or the runs without a web server, has no line.
    """
    registry, recent = CollectorRegistry(), lake.recent()

    gauge = partial(_gauge, registry)
    alerts = gauge("alerts", "Current alerts.", "detector", "severity")
    for row in risk.alert_counts(recent):
        alerts.labels(row["detector"], row["severity"]).inc(row["alert_count"])
    trades = gauge("trades", "Accepted trades.", "venue", "symbol")
    for row in risk.symbols(recent):
        trades.labels(row["venue"], row["symbol"]).set(row["trade_count"])
    gauge("decisions", "Decisions of people, taken back or not.").set(len(recent.decisions))
    _stream(lake, gauge)
    _runs(lake, gauge)
    return generate_latest(registry).decode()


def _gauge(registry: CollectorRegistry, name: str, what: str, *labels: str) -> Gauge:
    return Gauge(f"tapewatch_{name}", what, labels, registry=registry)


def _stream(lake: Lake, gauge: Callable[..., Gauge]) -> None:
    with lake.connect() as connection:
        progress = progress_of(lake, connection)
    if progress is None:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    lag = gauge("stream_lag_seconds", "From what the stream has judged to the clock.")
    lag.set(progress.behind(now).total_seconds())
    until = gauge("stream_judged_until_seconds", "End of the newest judged window, Unix time.")
    until.set(progress.judged_until.replace(tzinfo=UTC).timestamp())


def _runs(lake: Lake, gauge: Callable[..., Gauge]) -> None:
    try:
        found = runs(lake.settings.dagster_url)
    except DagsterServerError:
        # `/system-status` says why; a figure that is not known is left out
        return
    by_status = gauge("runs", "Runs that Dagster knows of.", "status")
    for status, count in found.by_status.items():
        by_status.labels(status).set(count)
    windows = gauge("windows_judged", "Windows of the stream whose runs succeeded.")
    windows.set(found.windows)
