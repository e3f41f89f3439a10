"""What the live page shows of the last minutes or hours, and its parts as ready HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from assets.alerts.reading import Wanted
from assets.alerts.tables import ALERTS
from assets.cases.reading import worked_queue
from assets.detection.detector import detectors
from assets.lake.lake import Lake
from assets.lake.snapshots import table_ids
from assets.market.window import Window, floor
from assets.stream.progress import Progress, progress_of
from assets.stream.recent_activity import (
    BARS,
    ONE_MINUTE,
    TRADES,
    alerts_in,
    figures_of,
    freshness_of,
    newest_trade,
    rate_until,
    timeline_of,
)
from reports.desk import QueueRow, desk_page
from reports.live import Line, StreamState, line_of, timeline_chart, when

DEFAULT = "60m"
PARTS = ("state", "figures", "timeline", "incidents", "freshness")
WIDTHS = (760, 368)
INCIDENTS_SHOWN = MARKETS_SHOWN = 30
SHOWN = (TRADES, BARS, ALERTS.name)


class Span(NamedTuple):
    """A length of time that the page may show, and the bars that its timeline then has."""

    length: timedelta
    bar: timedelta
    words: str


SPANS: Mapping[str, Span] = {
    "15m": Span(timedelta(minutes=15), ONE_MINUTE, "15 minutes"),
    "60m": Span(timedelta(hours=1), ONE_MINUTE, "60 minutes"),
    "6h": Span(timedelta(hours=6), timedelta(minutes=5), "6 hours"),
    "24h": Span(timedelta(hours=24), timedelta(minutes=15), "24 hours"),
}
"""What `last` may be, the shortest first."""


@dataclass(frozen=True)
class LiveView:
    """What was read of one snapshot; `values` is what the templates are given."""

    snapshot: int
    read_at: datetime
    progress: Progress | None
    rate: float | None
    newest_at: datetime | None
    topic: str | None
    """None where no broker is set."""
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Parts:
    """The page's parts as HTML by name."""

    snapshot: int
    html: Mapping[str, str]


def live_view(lake: Lake, last: str, now: datetime) -> LiveView:
    """Read what the page shows of the last `last`; `now` is naive and in UTC."""
    with lake.connect() as connection:
        snapshot = lake.snapshot_id(connection)
        # of a new snapshot DuckDB's own list of tables takes longer than all that is read here
        is_empty = len(table_ids(connection, SHOWN)) < len(SHOWN)
        progress = None if is_empty else progress_of(lake, connection)
        newest_at = None if is_empty else newest_of(connection, progress)
        window = _window(last, now, progress, newest_at)
        read = {} if window is None else _read(connection, window, last, newest_at or now)
        is_live = progress is not None and progress.is_by_trade_time
        rate = rate_until(connection, progress.judged_until) if progress and is_live else None
    incidents = [] if window is None else _incidents(lake, window)
    return LiveView(
        snapshot=snapshot,
        read_at=now,
        progress=progress,
        rate=rate,
        newest_at=newest_at,
        topic=lake.settings.kafka_topic if lake.settings.kafka_bootstrap else None,
        values=read
        | {
            "last": last,
            "words": SPANS[last].words,
            "until": None if window is None else window.end_at,
            "is_now": window is not None and window.end_at == now,
            "incidents": incidents,
        },
    )


def newest_of(connection: DuckDBPyConnection, progress: Progress | None) -> datetime | None:
    """The newest trade's time: the stream's, or the lake's where there is none."""
    return newest_trade(connection) if progress is None else progress.newest_trade_at


def _window(
    last: str, now: datetime, progress: Progress | None, newest_at: datetime | None
) -> Window | None:
    """Up to now where the stream's trades are of today; else up to the newest trade."""
    span = SPANS[last].length
    if progress is not None and progress.is_by_trade_time and progress.behind(now) < span:
        return Window(now - span, now)
    if newest_at is None:
        return None
    end_at = floor(newest_at, ONE_MINUTE) + ONE_MINUTE
    return Window(end_at - span, end_at)


def _read(
    connection: DuckDBPyConnection, window: Window, last: str, newest_at: datetime
) -> dict[str, Any]:
    names = [one.name for one in detectors()]
    alerts = alerts_in(connection, window)
    timeline = timeline_of(connection, window, SPANS[last].bar, alerts, names)
    markets = freshness_of(connection, window, newest_at)
    return {
        "figures": figures_of(alerts),
        "charts": [timeline_chart(timeline, width) for width in WIDTHS],
        "silent": timeline.silent,
        "markets": markets[:MARKETS_SHOWN],
        "further_markets": len(markets) - len(markets[:MARKETS_SHOWN]),
    }


def _incidents(lake: Lake, window: Window) -> list[QueueRow]:
    found = worked_queue(lake, Wanted(window.start_at, window.end_at), sort="time").incidents
    return [
        QueueRow(one.incident, one.state.state, one.state.assignee, one.state.verdict)
        for one in found[:INCIDENTS_SHOWN]
    ]


def line_at(view: LiveView, now: datetime) -> Line:
    """What the page says first."""
    if view.progress is not None:
        return line_of(
            StreamState(
                behind=view.progress.behind(now),
                is_by_trade_time=view.progress.is_by_trade_time,
                newest_trade_at=view.progress.newest_trade_at,
                rate=view.rate,
            )
        )
    newest = (
        "no trade is in the lake"
        if view.newest_at is None
        else f"newest trade {when(view.newest_at, with_day=True)} UTC"
    )
    if view.topic is None:
        return Line("unjudged", "No stream is set up", [newest])
    why = "are `tapewatch land` and Dagster's daemon running?"
    return Line("poor", f"Nothing of the topic {view.topic} is judged yet: {why}", [newest])


def values_of(view: LiveView, now: datetime) -> dict[str, Any]:
    """What the page's templates are given."""
    return {**view.values, "line": line_at(view, now)}


def parts_of(view: LiveView, now: datetime) -> Parts:
    """The page's parts as they are at a time; the first line goes by it, the others by the view."""
    values = values_of(view, now)
    names = PARTS if "figures" in values else PARTS[:1]
    return Parts(view.snapshot, {name: desk_page(f"live_{name}", **values) for name in names})
