"""The trades behind an incident: those that one of its alerts names."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import time_read
from assets.alerts.trades import IN_ORDER, LISTED, TRADES, Condition, condition_of
from assets.lake.lake import Lake
from reports.queries import Row, rows

AT_ONCE = 1_000


def condition_of_all(alerts: Sequence[Mapping[str, Any]]) -> Condition | None:
    """Which trades any of the alerts names; None where none of them names trades."""
    found = [(condition, alert) for alert in alerts if (condition := condition_of(alert))]
    if not found:
        return None
    spans = [time_read(alert, timedelta()) for _, alert in found]
    # the bounds of all, so that of the lake no other day is read
    values = [min(start for start, _ in spans), max(end for _, end in spans)]
    either = " or ".join(f"({condition.sql})" for condition, _ in found)
    return Condition(
        f"traded_at >= ? and traded_at <= ? and ({either})",
        [*values, *(value for condition, _ in found for value in condition.values)],
    )


def first_trades(
    connection: DuckDBPyConnection, alerts: Sequence[Mapping[str, Any]], most: int
) -> tuple[int, list[Row]]:
    """How many trades are behind the alerts, and the first of them, with the columns `LISTED`."""
    condition = condition_of_all(alerts)
    if condition is None:
        return 0, []
    first = rows(
        connection,
        f"select {LISTED}, count(*) over () as all_count from {TRADES} where {condition.sql} "
        f"order by {IN_ORDER} limit {most:d}",
        condition.values,
    )
    return first[0]["all_count"] if first else 0, first


def every_trade(lake: Lake, alerts: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Any]]:
    """The names of the columns of `core.trades`, then each trade behind the alerts, in order."""
    condition = condition_of_all(alerts)
    with lake.connect() as connection:
        where = condition.sql if condition else "false"
        result = connection.execute(
            f"from {TRADES} where {where} order by {IN_ORDER}",
            condition.values if condition else [],
        )
        yield [column[0] for column in result.description or []]
        while found := result.fetchmany(AT_ONCE):
            yield from found
