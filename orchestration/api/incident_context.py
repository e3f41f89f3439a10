"""What stands below an incident's chart and form: other incidents, who met whom, its trades."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.dealings import dealings_of
from assets.alerts.incident_trades import first_trades
from assets.cases.involved import Shares, involved_in
from assets.cases.reading import WorkedIncident, between
from orchestration.api.queue_rows import queue_row
from orchestration.api.recent import Recent
from reports.desk import desk_part
from reports.records import FORMULA_SIGNS
from reports.ring import MOST, accounts_of, ring

AROUND = timedelta(hours=24)
"""So long before and after an incident its accounts' other incidents are of the same time."""
BEFORE = timedelta(days=30)
LISTED = 10
TRADES_SHOWN = 50
PAIRS_SHOWN = 60
Row = dict[str, Any]


def neighbours(recent: Recent, incident: Row) -> tuple[list[WorkedIncident], list[WorkedIncident]]:
    """Other incidents of its venues: those of about its time, and earlier ones of what it is of."""
    start_at, end_at = incident["window_start_at"], incident["window_end_at"]
    others = [
        one
        for one in between(recent.every_incident().incidents, start_at - BEFORE, end_at + AROUND)
        if one.incident["incident_id"] != incident["incident_id"]
        and not set(one.incident["venues"]).isdisjoint(incident["venues"])
    ]
    then = [one for one in others if one.incident["window_end_at"] >= start_at - AROUND]
    earlier = [
        one
        for one in others
        if one.incident["window_end_at"] <= start_at
        and (
            not set(incident["symbols"]).isdisjoint(one.incident["symbols"])
            or one.incident["subject_id"] == incident["subject_id"]
        )
    ]
    return then, earlier


def other_incidents(recent: Recent, incident: Row, shares: Shares) -> Row:
    """The same accounts' incidents at that time, and earlier ones of the subject or the symbol.

    `shares` are those of the incident's accounts in the others.
    """
    then, earlier = neighbours(recent, incident)
    elsewhere = involved_in(then, shares)
    return {
        "elsewhere": [(queue_row(one.worked), one.share) for one in elsewhere[:LISTED]],
        "elsewhere_count": len(elsewhere),
        "earlier": [queue_row(one) for one in earlier[:LISTED]],
        "earlier_counts": counts_of(earlier),
    }


def evidence(
    connection: DuckDBPyConnection, alerts: Sequence[Mapping[str, Any]], incident: Row
) -> Row:
    """Who met whom, as a ring and as rows, and the first of the incident's trades, drawn."""
    dealings = dealings_of(connection, alerts[0], incident["accounts"])
    count, trades = first_trades(connection, alerts, TRADES_SHOWN)
    pairs = None
    if dealings:
        pairs = desk_part(
            "incident_pairs", venue=alerts[0]["venue"], ring=ring(dealings), ring_most=MOST,
            ring_account_count=len(accounts_of(dealings)), dealings=dealings[:PAIRS_SHOWN],
            dealing_count=len(dealings),
        )  # fmt: skip
    return {
        "pairs": pairs,
        "trade_count": count,
        "trades": desk_part("incident_trades", trades=trades, trade_count=count),
    }


def csv_lines(table: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as lines of CSV; a text that a spreadsheet would compute begins with an apostrophe."""
    for row in table:
        line = io.StringIO()
        csv.writer(line).writerow([_cell(value) for value in row])
        yield line.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value


def counts_of(incidents: Sequence[WorkedIncident]) -> list[tuple[str, int]]:
    """How many were judged true, false or unclear, and how many are open."""
    counts: dict[str, int] = {}
    for one in incidents:
        words = one.state.verdict or one.state.state
        counts[words] = counts.get(words, 0) + 1
    return sorted(counts.items())
