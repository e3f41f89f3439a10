"""Alerts as a person or a program asks for them: listed, named by an id, explained."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.impact import impact_of
from assets.alerts.parties import parties_of
from assets.alerts.severity import ORDER
from assets.alerts.tables import ALERTS
from assets.alerts.trades import LARGEST_FIRST, condition_of, count_trades, read_trades
from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.tables import columns_of, refuse_other_versions
from assets.market.window import Window
from reports.impact import Impact
from reports.parties import NOBODY, Parties
from reports.queries import rows

LISTED = (
    "alert_id", "severity", "detector", "subject_kind", "subject_id", "venue", "symbol",
    "window_start_at", "window_end_at", "score", "is_confirmed", "revision",
)  # fmt: skip
TRADES_SHOWN = 20
IDS_SHOWN = 5
# an id's beginning as tables show it, and as every command takes it
ID_SHOWN = 12
WORDS_SHOWN = 12
STATUSES = ("open", "closed", "superseded")
SORTS = {
    "time": "window_start_at desc",
    "severity": f"list_position({list(ORDER)}, severity) desc",
    "score": "score desc",
    "detector": "detector",
    "venue": "venue",
    "symbol": "symbol",
}
"""Orders of a list of alerts; equal ones the newest first."""
TRADE_COLUMNS = """
    traded_at, trade_id, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, buyer_account_id, seller_account_id, account_id,
    counterparty_account_id
"""
Rows = list[dict[str, Any]]


class AlertIdError(LakeError):
    """What was given names no single alert: nothing at all, or the beginning of several ids."""


@dataclass(frozen=True)
class Explanation:
    """One alert, the numbers that were measured, who is behind it, and the largest trades."""

    alert: dict[str, Any]
    evidence: dict[str, Any]
    trade_count: int
    trades: Rows
    parties: Parties = NOBODY
    impact: Impact | None = None
    """What the order did to the price, of an alert about one order."""


@dataclass(frozen=True)
class Wanted:
    """Which alerts are asked for: times are naive and in UTC, a word is one of those given."""

    since: datetime | None = None
    """The window ends then or later."""
    until: datetime | None = None
    """The window starts before."""
    words: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By column, in any case; without a status every current alert is meant."""

    def condition(self) -> tuple[str, list[Any]]:
        """A condition over `alerts.alerts`, and the values of its question marks."""
        parts, values = ["true"], list[Any]()
        if not self.words.get("status"):
            parts.append("status <> 'superseded'")
        if self.since is not None:
            parts.append("window_end_at >= ?")
            values.append(self.since)
        if self.until is not None:
            parts.append("window_start_at < ?")
            values.append(self.until)
        for name, words in self.words.items():
            if words:
                parts.append(f"lower({name}) in (select lower(unnest(?)))")
                values.append(list(words))
        return " and ".join(parts), values


def list_alerts(lake: Lake, wanted: Wanted | None = None, sort: str = "time") -> Rows:
    """The alerts that are wanted (None: every current one), in one of the orders of `SORTS`."""
    condition, values = (wanted or Wanted()).condition()
    with lake.connect() as connection:
        refuse_other_versions(connection, [ALERTS])
        return rows(
            connection,
            f"from lake.alerts.alerts where {condition} "
            f"order by {SORTS[sort]}, window_start_at desc, alert_id",
            values,
        )


def absent_words(lake: Lake, wanted: Wanted) -> list[str]:
    """A sentence for each word that no alert has, as a misspelt symbol: none is not the same."""
    absent = []
    with lake.connect() as connection:
        for name, words in wanted.words.items():
            present = [
                word
                for (word,) in connection.execute(
                    f"select distinct {name} from lake.alerts.alerts order by all"
                ).fetchall()
            ]
            known = {word.lower() for word in present}
            shown = ", ".join(present[:WORDS_SHOWN]) + (", …" if present[WORDS_SHOWN:] else "")
            absent += [
                f"no alert has the {name} {word!r}; alerts have {shown or 'none'}"
                for word in words
                if word.lower() not in known
            ]
    return absent


def alerts_of_windows(connection: DuckDBPyConnection, windows: Sequence[Window]) -> Rows:
    """Current alerts that begin inside one of the windows, in order of time, the listed columns."""
    found = rows(
        connection,
        f"select {', '.join(LISTED)} from lake.alerts.alerts where status <> 'superseded' "
        "order by window_start_at, alert_id",
    )
    return [
        row
        for row in found
        if any(window.start_at <= row["window_start_at"] < window.end_at for window in windows)
    ]


def alerts_of_day(connection: DuckDBPyConnection, day: date) -> Rows:
    """Current alerts of a UTC day, newest first, every column."""
    return rows(
        connection,
        "from lake.alerts.alerts where status <> 'superseded' and trade_day = ? "
        "order by window_start_at desc, alert_id",
        [day],
    )


def alerts_with_ids(connection: DuckDBPyConnection, alert_ids: Sequence[str]) -> Rows:
    """The alerts with these ids, by time, every column."""
    return rows(
        connection,
        f"from lake.{ALERTS.name} where alert_id in (select unnest(?::varchar[])) "
        "order by window_start_at, alert_id",
        [list(alert_ids)],
    )


def explain_alert(lake: Lake, alert_id: str) -> Explanation:
    """The alert that an id, or the unique beginning of one, names."""
    with lake.connect() as connection:
        return explanation_of(connection, alert_named(connection, alert_id))


def explanation_of(connection: DuckDBPyConnection, alert: dict[str, Any]) -> Explanation:
    """What was measured of an alert, and who is behind it, by its trades."""
    evidence = json.loads(alert["evidence"])
    condition = condition_of(alert)
    if condition is None:
        return Explanation(alert, evidence, 0, [])
    (parties,) = parties_of(connection, [alert])
    return Explanation(
        alert,
        evidence,
        count_trades(connection, condition),
        read_trades(
            connection,
            condition,
            columns=TRADE_COLUMNS,
            order=LARGEST_FIRST,
            limit=TRADES_SHOWN,
        ),
        parties,
        impact_of(connection, alert),
    )


def trades_behind(lake: Lake, alert: dict[str, Any]) -> tuple[list[str], Rows]:
    """The columns of trades, and every trade behind an alert, in order of time.

    LakeError where the alert names no trades.
    """
    condition = condition_of(alert)
    if condition is None:
        raise LakeError(
            f"alert {alert['alert_id'][:ID_SHOWN]} judges a whole window and names no trades: "
            "`tapewatch explain` says which window"
        )
    with lake.connect() as connection:
        return columns_of(connection)["core.trades"], read_trades(connection, condition)


def alert_named(connection: DuckDBPyConnection, alert_id: str) -> dict[str, Any]:
    """The one alert whose id begins so; raises if there is none or more than one."""
    if not alert_id.strip():
        raise AlertIdError("the alert's id is missing: `tapewatch alerts` lists the ids")
    refuse_other_versions(connection, [ALERTS])
    found = rows(
        connection,
        "from lake.alerts.alerts where starts_with(alert_id, ?) order by alert_id",
        [alert_id],
    )
    if not found:
        raise LakeError(f"no alert {alert_id!r}: `tapewatch alerts` lists the ids")
    if len(found) > 1:
        raise AlertIdError(ambiguous(alert_id, [alert["alert_id"] for alert in found]))
    return found[0]


def ambiguous(beginning: str, ids: Sequence[str]) -> str:
    """Which ids begin so, and how many characters tell them apart."""
    least = next(n for n in count(1) if len({one[:n] for one in ids}) == len(ids))
    named = ", ".join(one[: max(least, ID_SHOWN)] for one in ids[:IDS_SHOWN])
    further = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return (
        f"{len(ids):,} ids begin with {beginning!r}: {named}{further}; "
        f"give at least {least} characters of the id"
    )
