"""Who is in the trades behind an alert: accounts, their share of the money, pairs, earlier alerts.

Read from the lake when somebody asks, as the trades are; `reports/parties.py` has the words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties_sql import EARLIER, QUERY
from assets.alerts.trades import TRADES, Condition, condition_of
from assets.market.window import ONE_DAY
from reports.parties import ACCOUNTS_NAMED, NOBODY, PAIRS_NAMED, Pair, Parties, Party
from reports.queries import Row, rows

Alert = Mapping[str, Any]

# as many times what chance gives, from which on two accounts are named as a pair
LIFT = 2.0
# and of the money at least this share
SHARE = 0.05

# alerts that one query looks into, as long as each begins soon after those before it end
AT_ONCE = 50
NEAR = timedelta(seconds=10)


@dataclass(frozen=True)
class _Asked:
    """An alert at its place among those asked about, the trades behind it, the time to read."""

    place: int
    alert: Alert
    condition: Condition
    start_at: datetime
    end_at: datetime

    @property
    def market(self) -> tuple[str, ...]:
        """The columns that its market has: a wallet's alert has no symbol."""
        return tuple(name for name in ("venue", "symbol") if self.alert[name])


def parties_of(
    connection: DuckDBPyConnection,
    alerts: Sequence[Alert],
    trades: str = TRADES,
    *,
    beside: timedelta = ONE_DAY,
) -> list[Parties]:
    """The accounts behind each alert, `NOBODY` where its evidence selects no trades.

    `alerts` have the columns of `alerts.alerts`; `trades` is `core.trades` or a copy. What is
    usual is read from the market's trades of as long up to an alert's end, its own time at least.
    """
    found = [NOBODY] * len(alerts)
    for group in _groups(alerts, beside):
        rows_of = _read(connection, group, trades)
        earlier = _earlier_alerts(connection, group, rows_of)
        for row in rows_of:
            found[row["place"]] = Parties(
                trade_count=row["trade_count"],
                named_count=row["named_count"],
                account_count=row["account_count"],
                accounts=[
                    Party(
                        **one, earlier_alert_count=earlier.get((row["place"], one["account_id"]), 0)
                    )
                    for one in row["accounts"]
                ],
                pairs=[Pair(**one) for one in row["pairs"] or ()],
            )
    return found


def _groups(alerts: Sequence[Alert], beside: timedelta) -> Iterator[list[_Asked]]:
    """Those that select trades, by how they name their market, near each other in time."""
    asked = [
        _Asked(place, alert, condition, *time_read(alert, beside))
        for place, alert in enumerate(alerts)
        if (condition := condition_of(alert)) is not None
    ]
    group: list[_Asked] = []
    for one in sorted(asked, key=lambda one: (one.market, one.start_at, one.place)):
        if group and (
            one.market != group[0].market
            or one.start_at > max(other.end_at for other in group) + NEAR
            or len(group) == AT_ONCE
        ):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _read(connection: DuckDBPyConnection, group: Sequence[_Asked], trades: str) -> list[Row]:
    values: dict[str, Any] = {
        "places": [one.place for one in group],
        "venues": [one.alert["venue"] for one in group],
        "symbols": [one.alert["symbol"] for one in group],
        "starts": [one.start_at for one in group],
        "ends": [one.end_at for one in group],
        "first": min(one.start_at for one in group),
        "last": max(one.end_at for one in group),
    }
    behind = list[str]()
    for one in group:
        behind.append(f"when {one.place} then {one.condition.named(f'v{one.place}')}")
        values |= one.condition.values_named(f"v{one.place}")
    query = QUERY.format(
        behind=" ".join(behind),
        trades=trades,
        market=" and ".join(f"{name} = asked_{name}" for name in group[0].market) or "true",
        accounts_named=ACCOUNTS_NAMED,
        pairs_named=PAIRS_NAMED,
        lift=LIFT,
        share=SHARE,
    )
    return rows(connection, query, values)


def _earlier_alerts(
    connection: DuckDBPyConnection, group: Sequence[_Asked], found: Sequence[Row]
) -> dict[tuple[int, str], int]:
    """How many alerts named an account before, by the later alert's place and the account."""
    alerts = {one.place: one.alert for one in group}
    named = [(row["place"], one["account_id"]) for row in found for one in row["accounts"]]
    if not named:
        return {}
    counted = connection.execute(
        EARLIER,
        {
            "places": [place for place, _ in named],
            "accounts": [account for _, account in named],
            "venues": [alerts[place]["venue"] for place, _ in named],
            "starts": [alerts[place]["window_start_at"] for place, _ in named],
        },
    ).fetchall()
    return {(place, account): count for place, account, count in counted}


def time_read(alert: Alert, beside: timedelta = ONE_DAY) -> tuple[datetime, datetime]:
    """So long up to the end of the alert or of its trades; all of these are inside."""
    selections = json.loads(alert["evidence"])["trades"]
    stretches = [stretch for one in selections for stretch in one["stretches"]]
    end_at = max(alert["window_end_at"], *(_time(end) for _, end in stretches))
    return min(end_at - beside, *(_time(start) for start, _ in stretches)), end_at


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
