"""The minutes of a market: bars, its detectors' times, what accounts bought and sold, gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.trades import IN_ORDER, TRADES
from reports.chart_rows import Bar, Deal, Gap, Minutes, Strip, Traded
from reports.currency import quote_of
from reports.queries import rows

SHOWN = 4
"""Accounts with a lane of their own."""
AROUND = timedelta(minutes=15)
BY_TRADE = timedelta(minutes=2)
"""Up to this span each trade is shown, as long as they are not too many."""
MOST_DEALS = 1_500
CELLS = (
    (BY_TRADE, timedelta(seconds=1), "bars_1s"),
    (timedelta(minutes=20), timedelta(seconds=5), "bars_5s"),
    (timedelta(hours=4), timedelta(minutes=1), "bars_1m"),
    (timedelta(days=2), timedelta(minutes=5), "bars_5m"),
)
"""Up to which span of time, which cells, and their table."""
LONGEST = CELLS[-1][0]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Market:
    """Whose trades are shown."""

    venue: str
    symbol: str


def span_about(start_at: datetime, end_at: datetime) -> Span:
    """What is shown of an incident: a quarter of an hour about it, whole minutes, two days most."""
    first = (start_at - AROUND).replace(second=0, microsecond=0)
    last = (end_at + AROUND).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return first, min(last, first + LONGEST)


def minutes_of(
    connection: DuckDBPyConnection,
    market: Market,
    span: Span,
    *,
    window: Span | None = None,
    strips: Sequence[Strip] = (),
    accounts: Sequence[str] = (),
) -> Minutes:
    """What a market did in a span of at most `LONGEST`, in the cells that suit its length.

    `window` is the time to be shaded; `accounts` are those of most money first, of which the first
    have a lane. Up to `BY_TRADE` there is each trade, unless these are more than `MOST_DEALS`.
    """
    first, last = span
    cell, table = next((size, name) for most, size, name in CELLS if last - first <= most)
    asked = {"venue": market.venue, "symbol": market.symbol, "first": first, "last": last}
    deals = _deals(connection, asked) if last - first <= BY_TRADE else []
    is_too_many = len(deals) > MOST_DEALS
    return Minutes(
        first_at=first,
        last_at=last,
        cell=cell,
        quote=quote_of(market.symbol),
        bars=_bars(connection, table, asked),
        window=window,
        strips=strips,
        accounts=_lanes(connection, asked, accounts[:SHOWN], cell),
        deals=[] if is_too_many else deals,
        has_every_deal=bool(deals) and not is_too_many,
        gaps=_gaps(connection, asked),
        trade_count=len(deals) if is_too_many else None,
    )


def _bars(connection: DuckDBPyConnection, table: str, asked: Mapping[str, Any]) -> list[Bar]:
    found = connection.execute(
        f"""
        select
            cell_start_at, open, high, low, close, notional::double,
            (buyer_notional - seller_notional)::double
        from lake.features.{table}
        where
            venue = $venue and symbol = $symbol
            and cell_start_at >= $first and cell_start_at < $last
        order by cell_start_at
        """,
        dict(asked),
    ).fetchall()
    return [Bar(*row) for row in found]


def _deals(connection: DuckDBPyConnection, asked: Mapping[str, Any]) -> list[Deal]:
    """The trades that the order book made, in order."""
    found = connection.execute(
        f"""
        select traded_at, price_double, notional::double, aggressor_side
        from {TRADES}
        where
            venue = $venue and symbol = $symbol and is_on_book
            and traded_at >= $first and traded_at < $last
        order by {IN_ORDER}
        """,
        dict(asked),
    ).fetchall()
    return [Deal(*row) for row in found]


def _gaps(connection: DuckDBPyConnection, asked: Mapping[str, Any]) -> list[Gap]:
    """Where ids prove that trades are missing."""
    found = rows(
        connection,
        """
        select starts_at as start_at, ends_at as end_at, missing_id_count as missing
        from lake.ops.id_holes
        where
            venue = $venue and symbol = $symbol and starts_at < $last and ends_at > $first
            and trade_day >= $first::date
        order by starts_at, ends_at
        """,
        dict(asked),
    )
    return [Gap(**one) for one in found]


def _lanes(
    connection: DuckDBPyConnection,
    asked: Mapping[str, Any],
    accounts: Sequence[str],
    cell: timedelta,
) -> list[tuple[str, list[Traded]]]:
    if not accounts:
        return []
    found = connection.execute(
        f"""
        with sides as (
            select traded_at, notional, unnest([buyer_account_id, seller_account_id]) as account_id,
                unnest([true, false]) as is_buy,
            from {TRADES}
            where
                venue = $venue and symbol = $symbol
                and traded_at >= $first and traded_at < $last
        )

        select
            account_id,
            time_bucket($cell, traded_at) as start_at,
            coalesce(sum(notional) filter (where is_buy), 0)::double,
            coalesce(sum(notional) filter (where not is_buy), 0)::double,
        from sides
        where list_contains($accounts, account_id)
        group by account_id, start_at
        order by account_id, start_at
        """,
        {**asked, "cell": cell, "accounts": list(accounts)},
    ).fetchall()
    cells: dict[str, list[Traded]] = {account: [] for account in accounts}
    for account, *values in found:
        cells[account].append(Traded(*values))
    return list(cells.items())
