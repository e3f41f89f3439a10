"""The last minutes or hours of a lake as a page shows them: trades, alerts, markets; read only."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.market.window import Window, floor
from reports.live import MARKS, Figures, Freshness, Seen, Timeline
from reports.queries import Row, rows

BARS = "features.bars_1m"
TRADES = "core.trades"
# what a rate is taken over: shorter would jump with each window
RATE_OVER = timedelta(seconds=30)
# how far back single trades are read; a market without one shows the minute of its last
EXACT = timedelta(minutes=2)
ONE_MINUTE = timedelta(minutes=1)
WASH_TRADING = ("wash_trading", "wash_ring", "self_trade", "round_trip", "pre_arranged_pair")
PUMP_AND_DUMP = ("pump_and_dump", "slow_pump", "pump_account")


def newest_trade(connection: DuckDBPyConnection) -> datetime | None:
    """The time of the newest trade, which the day of the newest one has; None without trades."""
    ((newest,),) = connection.execute(
        f"select max(traded_at) from lake.{TRADES} "
        f"where trade_day = (select max(trade_day) from lake.{TRADES})"
    ).fetchall()
    return newest


def rate_until(connection: DuckDBPyConnection, judged_until: datetime) -> float:
    """Trades a second over the half minute before."""
    ((trades,),) = connection.execute(
        f"select count(*) from lake.{TRADES} where traded_at >= ? and traded_at < ?",
        [judged_until - RATE_OVER, judged_until],
    ).fetchall()
    return trades / RATE_OVER.total_seconds()


def alerts_in(connection: DuckDBPyConnection, window: Window) -> list[Row]:
    """The current alerts that touch the window, in order of time."""
    return rows(
        connection,
        f"""
        select detector, typology, severity, venue, symbol, window_start_at, window_end_at
        from lake.{ALERTS.name}
        where status <> 'superseded' and window_end_at > ? and window_start_at < ?
        order by window_start_at, alert_id
        """,
        [window.start_at, window.end_at],
    )


def figures_of(alerts: Sequence[Row]) -> Figures:
    """The five figures of some alerts."""
    typologies = Counter(one["typology"] for one in alerts)
    return Figures(
        alerts=len(alerts),
        wash_trading=sum(typologies[name] for name in WASH_TRADING),
        pump_and_dump=sum(typologies[name] for name in PUMP_AND_DUMP),
        critical=sum(one["severity"] == "critical" for one in alerts),
        symbols=len({(one["venue"], one["symbol"]) for one in alerts if one["symbol"]}),
    )


def timeline_of(
    connection: DuckDBPyConnection,
    window: Window,
    cell: timedelta,
    alerts: Sequence[Row],
    detectors: Sequence[str],
) -> Timeline:
    """Trades by cell of the window, and when each detector's alerts were."""
    first_at = floor(window.start_at, cell)
    trades = connection.execute(
        f"""
        select time_bucket(?, cell_start_at) as at, sum(trade_count)::bigint
        from lake.{BARS}
        where cell_start_at >= ? and cell_start_at < ?
        group by all
        order by all
        """,
        [cell, first_at, window.end_at],
    ).fetchall()
    lanes: dict[str, list[Seen]] = {}
    for one in sorted(alerts, key=lambda one: one["detector"]):
        seen = Seen(one["window_start_at"], one["window_end_at"], one["symbol"])
        lanes.setdefault(one["detector"], []).append(seen)
    every = sorted({*detectors, *lanes})
    return Timeline(
        first_at=first_at,
        last_at=window.end_at,
        cell=cell,
        trades=dict(trades),
        lanes=lanes,
        marks={name: place % MARKS + 1 for place, name in enumerate(every)},
        silent=len(set(detectors) - set(lanes)),
    )


def freshness_of(
    connection: DuckDBPyConnection, window: Window, newest_at: datetime
) -> list[Freshness]:
    """The last trade of each market that traded in the window, the longest silent first."""
    found = rows(
        connection,
        f"""
        with exact as (
            select venue, symbol, max(traded_at) as traded_at
            from lake.{TRADES}
            where traded_at > ? and traded_at <= ?
            group by venue, symbol
        ),

        minutes as (
            select venue, symbol, max(cell_end_at) as traded_at
            from lake.{BARS}
            where cell_start_at >= ? and cell_start_at <= ? and trade_count > 0
            group by venue, symbol
        )

        select
            venue,
            symbol,
            coalesce(exact.traded_at, least(minutes.traded_at, ?)) as traded_at,
            exact.traded_at is not null as is_exact,
        from minutes
        full join exact using (venue, symbol)
        order by traded_at, venue, symbol
        """,
        [newest_at - EXACT, newest_at, window.start_at, newest_at, newest_at],
    )
    return [
        Freshness(
            row["venue"],
            row["symbol"],
            row["traded_at"],
            newest_at - row["traded_at"],
            row["is_exact"],
        )
        for row in found
    ]
