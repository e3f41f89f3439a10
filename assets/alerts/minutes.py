"""The minutes about an incident: bars, its detectors' times, what its accounts bought and sold."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.trades import TRADES
from reports.currency import quote_of
from reports.minute_chart import Bar, Minutes, Strip, Traded

SHOWN = 4
"""Accounts with a lane of their own."""
AROUND = timedelta(minutes=15)
CELLS = (
    (timedelta(minutes=20), timedelta(seconds=5), "bars_5s"),
    (timedelta(hours=4), timedelta(minutes=1), "bars_1m"),
    (timedelta(days=2), timedelta(minutes=5), "bars_5m"),
)
"""Up to which span of time, which cells, and their table."""
LONGEST = CELLS[-1][0]


def span_about(start_at: datetime, end_at: datetime) -> tuple[datetime, datetime]:
    """What is shown of an incident: a quarter of an hour about it, whole minutes, two days most."""
    first = (start_at - AROUND).replace(second=0, microsecond=0)
    last = (end_at + AROUND).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return first, min(last, first + LONGEST)


def minutes_of(
    connection: DuckDBPyConnection,
    alerts: Sequence[Mapping[str, Any]],
    marks: Mapping[str, int],
    accounts: Sequence[str],
    span: tuple[datetime, datetime],
) -> Minutes | None:
    """The minutes of the market that the first alert names; None where it names no market.

    `alerts` have the columns of `alerts.alerts`, the lead first; `marks` are the detectors'
    colours; `accounts` those of most money first.
    """
    lead = alerts[0]
    if not lead["venue"] or not lead["symbol"]:
        return None
    first, last = span
    cell, table = next(
        ((size, name) for most, size, name in CELLS if last - first <= most), CELLS[-1][1:]
    )
    market = {"venue": lead["venue"], "symbol": lead["symbol"], "first": first, "last": last}
    return Minutes(
        first_at=first,
        last_at=last,
        cell=cell,
        quote=quote_of(lead["symbol"]),
        window=(
            min(one["window_start_at"] for one in alerts),
            max(one["window_end_at"] for one in alerts),
        ),
        bars=_bars(connection, table, market),
        strips=[
            Strip(
                one["detector"], marks.get(one["detector"], 8), one["window_start_at"],
                one["window_end_at"],
            )
            for one in alerts
        ],
        accounts=_lanes(connection, market, accounts[:SHOWN], cell),
    )  # fmt: skip


def _bars(connection: DuckDBPyConnection, table: str, market: Mapping[str, Any]) -> list[Bar]:
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
        dict(market),
    ).fetchall()
    return [Bar(*row) for row in found]


def _lanes(
    connection: DuckDBPyConnection,
    market: Mapping[str, Any],
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
        {**market, "cell": cell, "accounts": list(accounts)},
    ).fetchall()
    cells: dict[str, list[Traded]] = {account: [] for account in accounts}
    for account, *values in found:
        cells[account].append(Traded(*values))
    return list(cells.items())
