"""How much of the money behind an alert certain accounts had, whether the alert names them or not.

An alert about a market names no account; its trades do.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import time_read
from assets.alerts.trades import TRADES, Condition, condition_of

MOST = 40
"""Alerts that are looked into."""
Alert = Mapping[str, Any]


def shares_behind(
    connection: DuckDBPyConnection, alerts: Sequence[Alert], accounts: Sequence[str]
) -> dict[str, float]:
    """Of the first `MOST` alerts that name trades: the accounts' share of their money, 0 to 1.

    By the alert's id, where it is above 0; `alerts` have the columns of `alerts.alerts`.
    """
    asked = [
        (alert, condition)
        for alert in alerts[:MOST]
        if (condition := condition_of(alert)) is not None
    ]
    if not asked or not accounts:
        return {}
    spans = [time_read(alert, timedelta()) for alert, _ in asked]
    own = f"""
        from {TRADES}
        where
            traded_at >= $first and traded_at <= $last
            and (list_contains($accounts, buyer_account_id)
                or list_contains($accounts, seller_account_id))
    """
    values: dict[str, Any] = {
        "accounts": list(accounts),
        "first": min(start for start, _ in spans),
        "last": max(end for _, end in spans),
    }
    for place, (_, condition) in enumerate(asked):
        values |= condition.values_named(f"v{place}")
    sums = ", ".join(
        f"sum(notional) filter (where {condition.named(f'v{place}')})::double"
        for place, (_, condition) in enumerate(asked)
    )
    (money,) = connection.execute(f"select {sums} {own}", values).fetchall()
    return {
        alert["alert_id"]: of_accounts / _money(connection, alert, condition)
        for (alert, condition), of_accounts in zip(asked, money, strict=True)
        if of_accounts
    }


def _money(connection: DuckDBPyConnection, alert: Alert, condition: Condition) -> float:
    """Of all the trades behind an alert, in quote currency."""
    return connection.execute(
        f"select sum(notional)::double from {TRADES} "
        f"where traded_at >= ? and traded_at <= ? and {condition.sql}",
        [*time_read(alert, timedelta()), *condition.values],
    ).fetchall()[0][0]
