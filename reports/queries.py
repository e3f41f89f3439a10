"""The queries of a day: trades by symbol, rows that became no trade, bars, risk.

The connection has the lake attached as `lake`. Notional is in quote currency, times are UTC.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

Row = dict[str, Any]
Symbol = tuple[str, str]
"""Venue and symbol."""

# each query needs tables of an earlier stage; the first screen names a missing table
TABLES = (
    "core.trades",
    "ops.dropped_trades",
    "ops.completeness",
    "ops.id_holes",
    "quarantine.trades",
    "features.bars_1m",
    "features.bars_1h",
    "marts.symbol_days",
    "ops.detector_runs",
    "alerts.hits",
    "alerts.alerts",
    "alerts.incidents",
    "scores.anomaly_5m",
    "scores.symbol_risk",
    "marts.liquidity_days",
)
RISK_PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")


def rows(
    connection: DuckDBPyConnection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[Row]:
    """The result as dictionaries by column name."""
    result = connection.execute(sql, values)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def present_tables(connection: DuckDBPyConnection) -> set[str]:
    """Every table and view of the lake as schema.table."""
    # by their columns: of each table DuckDB otherwise asks the catalog for the number of its rows
    found = connection.execute(
        "select distinct schema_name || '.' || table_name from duckdb_columns() "
        "where database_name = 'lake'"
    )
    return {name for (name,) in found.fetchall()}


def accepted_trades(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """By symbol: accepted trades, and the times of the first and the last one."""
    return rows(
        connection,
        """
        select
            venue, symbol,
            count(*) as accepted,
            min(traded_at) as first_traded_at,
            max(traded_at) as last_traded_at
        from lake.core.trades
        where trade_day = ?
        group by venue, symbol
        order by venue, symbol
        """,
        [day],
    )


def dropped_trades(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """By symbol: rows that repeat a trade or are none, by reason."""
    return rows(
        connection,
        """
        select
            venue, symbol,
            count(*) filter (where reason in ('duplicate', 'repeated_fills')) as duplicate,
            count(*) filter (where reason = 'repeated_fills') as repeated_fills,
            count(*) filter (where reason = 'page_edge') as page_edge,
            count(*) filter (where reason = 'superseded') as superseded,
            count(*) filter (where reason = 'no_trade') as no_trade,
            count(*) - duplicate - page_edge - superseded - no_trade as other
        from lake.ops.dropped_trades
        where trade_day = ?
        group by venue, symbol
        order by venue, symbol
        """,
        [day],
    )


def quarantined_rows(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """By venue and reason, most frequent first: rejected rows of the day, and an example of where.

    `undated` rows have no readable time, so they belong to no day and are counted on each.
    """
    return rows(
        connection,
        """
        select
            venue,
            coalesce(reason, 'no reason given') as reason,
            trade_day is null as undated,
            count(*) as row_count,
            min({'file': source_file, 'line': source_line}) as example
        from lake.quarantine.trades
        where trade_day = ? or trade_day is null
        group by all
        order by undated, row_count desc, venue, reason
        """,
        [day],
    )


def symbol_prices(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """By symbol: open, high, low and close of the day, volume and its sides, from 1-minute bars."""
    return rows(
        connection,
        """
        select
            venue, symbol,
            arg_min(open, cell_start_at) as open,
            max(high) as high,
            min(low) as low,
            arg_max(close, cell_start_at) as close,
            sum(notional)::double as notional,
            sum(buyer_notional)::double as buyer_notional,
            sum(seller_notional)::double as seller_notional,
            sum(notional_usd)::double as notional_usd,
            sum(trade_count)::bigint as trade_count
        from lake.features.bars_1m
        where cell_start_at >= ? and cell_start_at < ?
        group by venue, symbol
        order by venue, symbol
        """,
        bounds(day),
    )


def minute_bars(
    connection: DuckDBPyConnection, symbols: Sequence[Symbol], day: date
) -> dict[Symbol, list[Row]]:
    """The day's 1-minute bars by symbol, in order; `net_notional` is buyers' less sellers'."""
    found = rows(
        connection,
        """
        select
            venue, symbol, cell_start_at, open, high, low, close,
            notional::double as notional,
            (buyer_notional - seller_notional)::double as net_notional
        from lake.features.bars_1m
        where
            (venue, symbol) in (
                select (unnest($venues::varchar[]), unnest($symbols::varchar[]))
            )
            and cell_start_at >= $start_at and cell_start_at < $end_at
        order by venue, symbol, cell_start_at
        """,
        {
            "venues": [venue for venue, _ in symbols],
            "symbols": [symbol for _, symbol in symbols],
        }
        | dict(zip(("start_at", "end_at"), bounds(day), strict=True)),
    )
    bars: dict[Symbol, list[Row]] = {symbol: [] for symbol in symbols}
    for row in found:
        bars[row["venue"], row["symbol"]].append(row)
    return bars


def symbol_risks(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """The day's risk of each symbol: parts, total, and the reasons of nulls."""
    return rows(
        connection,
        "from lake.scores.symbol_risk where trade_day = ? order by venue, symbol",
        [day],
    )


def by_symbol(found: list[Row]) -> dict[Symbol, Row]:
    """Rows by their venue and symbol."""
    return {(row["venue"], row["symbol"]): row for row in found}


def bounds(day: date) -> list[datetime]:
    """The start and the end of a UTC day."""
    start_at = datetime.combine(day, datetime.min.time())
    return [start_at, start_at + timedelta(days=1)]
