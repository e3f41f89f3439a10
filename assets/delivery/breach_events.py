"""Limits that were passed, as events: the rows of `scores.risk_events` that are breaches."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import cast

from duckdb import DuckDBPyConnection

from assets.alerts.severity import ORDER, Severity
from assets.delivery.events import Event, Source
from assets.delivery.table_source import table_source
from assets.lake.lake import Lake
from assets.publishing.report_files import report_path, report_url
from reports.queries import Row, present_tables, rows

TABLE = "scores.risk_events"
BREACHES = f"select * from lake.{TABLE} where kind = 'limit_breach'"


def breach_source(lake: Lake) -> Source:
    """The breaches that runs find; a day that runs again finds them under the same ids."""
    return table_source("breaches", lake, TABLE, partial(breaches, lake))


def breaches(lake: Lake, connection: DuckDBPyConnection, after: int, until: int) -> list[Event]:
    """The breaches of the rows behind one row id, up to another."""
    found = rows(
        connection, f"{BREACHES} and rowid > ? and rowid <= ? order by rowid", [after, until]
    )
    return [event_of(row, lake) for row in found]


def sentences_of_days(connection: DuckDBPyConnection, days: Sequence[date]) -> list[str]:
    """What the breaches of some days say; none where the lake has no such table."""
    if TABLE not in present_tables(connection):
        return []
    query = f"{BREACHES} and list_contains(?, trade_day) order by trade_day, sentence"
    return [row["sentence"] for row in rows(connection, query, [list(days)])]


def event_of(row: Row, lake: Lake) -> Event:
    """A breach: one message, and another where its level changes."""
    severity = severity_of(row["level"])
    return Event(
        kind="breach",
        subject=row["event_id"],
        revision=severity,
        title=f"{severity}: limit on {row['measure']} passed by {row['venue']} {row['symbol']}",
        text=f"{row['trade_day']}: {row['sentence']}",
        link=report_url(lake, report_path(lake, row["trade_day"])),
        severity=severity,
        venues=(row["venue"],),
        symbols=(row["symbol"],),
    )


def severity_of(level: str) -> Severity:
    """LOW, MEDIUM and HIGH as they are; EXTREME is critical."""
    word = level.lower()
    return cast(Severity, word) if word in ORDER else "critical"
