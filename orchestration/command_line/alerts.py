"""`tapewatch alerts` and `tapewatch explain`: what was found, and on what grounds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.command_line.output import (
    ID_SHOWN,
    console,
    print_csv,
    print_json,
    print_rows,
    shown,
)
from orchestration.command_line.program import WrongUsageError
from orchestration.lake import Lake, LakeError
from orchestration.window import Window

LISTED = ("alert_id", "severity", "detector", "venue", "symbol", "window_start_at",
          "window_end_at", "score", "is_confirmed", "revision")  # fmt: skip
# what an alert states of itself, beside the numbers of its evidence
STATED = ("statistic", "threshold", "p_value", "null_rate_per_symbol_day", "hit_count")
TRADES_SHOWN = 20
IDS_SHOWN = 5
EVER = datetime(1970, 1, 1)
TRADE_COLUMNS = """
    traded_at, trade_id, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, account_id
"""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Explanation:
    """One alert, the numbers that were measured, and the trades that they were measured on."""

    alert: dict[str, Any]
    evidence: dict[str, Any]
    query: str | None
    trade_count: int
    trades: Rows


def rows_of(connection: DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> Rows:
    """The result as a list of dictionaries."""
    result = connection.execute(sql, list(values))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def list_alerts(lake: Lake, since: datetime | None) -> Rows:
    """Current alerts whose window ends at or after `since` (UTC), newest first."""
    with lake.connect() as connection:
        return rows_of(
            connection,
            "from lake.alerts.alerts where status <> 'superseded' and window_end_at >= ? "
            "order by window_start_at desc, alert_id",
            [since or EVER],
        )


def alerts_of_windows(connection: DuckDBPyConnection, windows: Sequence[Window]) -> Rows:
    """Current alerts that begin inside one of the windows, in order of time, the listed columns."""
    found = rows_of(
        connection,
        f"select {', '.join(LISTED)} from lake.alerts.alerts where status <> 'superseded' "
        "order by window_start_at, alert_id",
    )
    return [
        row
        for row in found
        if any(window.start_at <= row["window_start_at"] < window.end_at for window in windows)
    ]


def show_alerts(alerts: Rows, style: str) -> None:
    """As a table of the main columns, or every column as CSV or JSON."""
    if style == "csv":
        print_csv(alerts, list(alerts[0]) if alerts else LISTED)
    else:
        print_rows(alerts, title="alerts", as_json=style == "json", columns=LISTED)


def explain_alert(lake: Lake, alert_id: str) -> Explanation:
    """The alert that an id, or the unique beginning of one, names."""
    with lake.connect() as connection:
        alert = alert_named(connection, alert_id)
        evidence = json.loads(alert["evidence"])
        predicate = evidence.get("trades_predicate")
        if not predicate:
            return Explanation(alert, evidence, None, 0, [])
        # the predicate was written by our own detector and read from our own table
        query = f"from core.trades where {predicate} order by traded_at, length(trade_id), trade_id"
        counted = f"select count(*) from lake.core.trades where {predicate}"
        return Explanation(
            alert,
            evidence,
            query,
            connection.execute(counted).fetchall()[0][0],
            rows_of(
                connection,
                f"select {TRADE_COLUMNS} from lake.core.trades where {predicate} "
                f"order by notional desc, traded_at, trade_id limit {TRADES_SHOWN}",
            ),
        )


def alert_named(connection: DuckDBPyConnection, alert_id: str) -> dict[str, Any]:
    """The one alert whose id begins so; raises if there is none or more than one."""
    if not alert_id.strip():
        raise WrongUsageError("the alert's id is missing: `tapewatch alerts` lists the ids")
    found = rows_of(
        connection,
        "from lake.alerts.alerts where starts_with(alert_id, ?) order by alert_id",
        [alert_id],
    )
    if not found:
        raise LakeError(f"no alert {alert_id!r}: `tapewatch alerts` lists the ids")
    if len(found) > 1:
        raise WrongUsageError(_ambiguous(alert_id, [alert["alert_id"] for alert in found]))
    return found[0]


def _ambiguous(beginning: str, ids: Sequence[str]) -> str:
    """Which ids begin so, and how many characters tell them apart."""
    least = next(n for n in count(1) if len({one[:n] for one in ids}) == len(ids))
    named = ", ".join(one[: max(least, ID_SHOWN)] for one in ids[:IDS_SHOWN])
    further = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return (
        f"{len(ids):,} alerts begin with {beginning!r}: {named}{further}; "
        f"give at least {least} characters of the id"
    )


def show_trades(lake: Lake, explanation: Explanation) -> None:
    """Every trade behind an alert as CSV, in order of time."""
    if not explanation.query:
        raise LakeError(
            f"alert {explanation.alert['alert_id'][:ID_SHOWN]} judges a whole window and names no "
            "trades: `tapewatch explain` says which window"
        )
    with lake.connect() as connection:
        connection.execute("use lake")
        trades = rows_of(connection, explanation.query)
    print_csv(trades, list(trades[0]) if trades else [])


def show_explanation(explanation: Explanation, program: str, *, as_json: bool) -> None:
    """Description first, then the measured numbers, then the largest trades.

    `program` is how a shell calls tapewatch over the lake that the alert is in.
    """
    if as_json:
        print_json(vars(explanation))
        return
    alert = explanation.alert
    console.print(
        f"[bold]{alert['detector']}[/bold] {alert['venue']} {alert['symbol']} "
        f"{shown(alert['window_start_at'])} to {shown(alert['window_end_at'])} UTC, "
        f"{alert['severity']}, score {shown(alert['score'])}, data tier {alert['data_tier']}",
        highlight=False,
    )
    console.print(alert["description"], highlight=False)
    console.print(f"To do: {alert['recommended_action']}", highlight=False)
    numbers = [
        {"measured": name, "value": value if isinstance(value, float | int) else str(value)}
        for name, value in explanation.evidence.items()
        if name not in {*STATED, "trades_predicate"}
    ]
    stated = [{"measured": name, "value": alert[name]} for name in STATED]
    print_rows(stated + numbers, title="evidence", as_json=False)
    # a table shows what a venue said with every digit, and knows it by its type
    trades = [
        {name: Decimal(str(v)) if isinstance(v, float) else v for name, v in trade.items()}
        for trade in explanation.trades
    ]
    print_rows(
        trades,
        title=f"the largest of {explanation.trade_count:,} trades",
        as_json=False,
    )
    if explanation.query:
        console.print(
            f"all of them: {program} explain {alert['alert_id'][:ID_SHOWN]} --trades",
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        f"derived at snapshot {alert['input_snapshot_id']} by code {alert['code_version']}, "
        f"run {alert['run_id']}; check it: {program} verify {alert['alert_id']}",
        highlight=False,
        soft_wrap=True,
    )
