"""One trade: all that is known of it, the trades about it, and the alerts that rest on it."""

from datetime import date, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.alerts.trades import LISTED, TRADES, condition_of
from assets.market.window import ONE_DAY
from reports.queries import Row, rows

BESIDE = 10
"""Trades shown before and after."""
EVIDENCE = timedelta(days=2)
"""An alert's trades are at most so far outside of its own time."""
THIS = "venue = $venue and symbol = $symbol and trade_id = $trade_id and trade_day = $trade_day"


def trade_named(
    connection: DuckDBPyConnection, venue: str, symbol: str, trade_id: str, day: date | None
) -> Row | None:
    """A trade with every column of `core.trades`; of several days the last, where none is given."""
    found = rows(
        connection,
        f"""
        from {TRADES}
        where
            venue = $venue and symbol = $symbol and trade_id = $trade_id
            and ($day::date is null or trade_day = $day)
        order by traded_at desc
        limit 1
        """,
        {"venue": venue, "symbol": symbol, "trade_id": trade_id, "day": day},
    )
    return found[0] if found else None


def trades_beside(connection: DuckDBPyConnection, trade: Row) -> list[Row]:
    """The trades of its market before and after it within a day, and itself; columns `LISTED`."""
    values = {
        "venue": trade["venue"], "symbol": trade["symbol"], "at": trade["traded_at"],
        "first": trade["traded_at"] - ONE_DAY, "last": trade["traded_at"] + ONE_DAY,
        "sequence": trade["sequence"], "trade_id": trade["trade_id"],
    }  # fmt: skip
    here = "($at, $sequence, $trade_id)"
    return rows(
        connection,
        f"""
        with market as (
            select *, (traded_at, sequence, trade_id) as place
            from {TRADES}
            where
                venue = $venue and symbol = $symbol
                and traded_at >= $first and traded_at < $last
        ),

        beside as (
            (from market where place <= {here} order by place desc limit {BESIDE + 1})
            union all
            (from market where place > {here} order by place limit {BESIDE})
        )

        select {LISTED} from beside order by beside.place
        """,
        values,
    )


def alerts_citing(connection: DuckDBPyConnection, trade: Row) -> list[Row]:
    """The current alerts of which the trade is evidence, with the columns of `alerts.alerts`."""
    near = rows(
        connection,
        f"""
        from lake.{ALERTS.name}
        where
            status <> 'superseded'
            and (venue = $venue or venue is null or venue = '')
            and (symbol = $symbol or symbol is null or symbol = '')
            and window_start_at <= $last and window_end_at >= $first
        order by window_start_at, alert_id
        """,
        {
            "venue": trade["venue"], "symbol": trade["symbol"],
            "first": trade["traded_at"] - EVIDENCE, "last": trade["traded_at"] + EVIDENCE,
        },
    )  # fmt: skip
    asked = [(alert, condition) for alert in near if (condition := condition_of(alert)) is not None]
    if not asked:
        return []
    values: dict[str, Any] = {
        name: trade[name] for name in ("venue", "symbol", "trade_id", "trade_day")
    }
    for place, (_, condition) in enumerate(asked):
        values |= condition.values_named(f"v{place}")
    flags = ", ".join(
        f"coalesce(bool_or({condition.named(f'v{place}')}), false)"
        for place, (_, condition) in enumerate(asked)
    )
    (cited,) = connection.execute(f"select {flags} from {TRADES} where {THIS}", values).fetchall()
    return [alert for (alert, _), is_cited in zip(asked, cited, strict=True) if is_cited]


def trade_risk(connection: DuckDBPyConnection, trade: Row) -> Row | None:
    """Its row of `scores.trades`; None where its day was not scored."""
    found = rows(
        connection,
        f"from lake.scores.trades where {THIS}",
        {name: trade[name] for name in ("venue", "symbol", "trade_id", "trade_day")},
    )
    return found[0] if found else None
