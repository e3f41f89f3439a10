"""Alerts in a report: time, severity, evidence, and the command that verifies them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from reports.currency import quote_of
from reports.evidence import evidence_list
from reports.impact import Impact
from reports.numbers import NONE, number, plain, span, typeset
from reports.parties import NOBODY, Parties
from reports.queries import Row, Symbol, rows

SEVERITIES = ("low", "medium", "high", "critical")
TIERS = {
    "trades": "public trades",
    "accounts": "accounts",
    "orders": "orders",
    "transfers": "transfers",
    "model": "model",
}
CONTRIBUTIONS_SHOWN = 8


@dataclass(frozen=True)
class Contribution:
    """One feature's signed contribution to a model's score; `share` of the largest, -1..1."""

    feature: str
    value: float
    share: float


@dataclass(frozen=True)
class AlertTrades:
    """The number of trades behind an alert, the largest of them, and who is in them all.

    Rows: traded_at, aggressor_side, price, quantity, notional, buyer_account_id, seller_account_id.
    """

    count: int
    largest: Sequence[Row]
    parties: Parties = NOBODY
    impact: Impact | None = None
    """What the order did to the price, of an alert about one order."""
    notional: float | None = None
    """Of all of them together, in quote currency."""

    @property
    def have_accounts(self) -> bool:
        return any(row["buyer_account_id"] or row["seller_account_id"] for row in self.largest)


NO_TRADES = AlertTrades(0, ())


@dataclass(frozen=True)
class Alert:
    """One alert with its evidence; `row` has the columns of `alerts.alerts`."""

    row: Row
    day: date
    is_stale: bool
    contributions: tuple[Contribution, ...]
    further_contributions: int
    evidence: Mapping[str, Any]
    trades: AlertTrades = NO_TRADES

    @property
    def subject(self) -> str | None:
        """The subject, if it is not the market of the section."""
        kind = self.row["subject_kind"]
        return None if kind == "market" else f"{kind} {self.row['subject_id']}"

    @property
    def further_subjects(self) -> list[dict[str, str]]:
        """Other participants, each with role, kind and id."""
        named = json.loads(self.row["further_subjects"] or "[]")
        return [one for one in named if isinstance(one, dict)]

    @property
    def symbol(self) -> Symbol:
        return self.row["venue"], self.row["symbol"]

    @property
    def anchor(self) -> str:
        """An id of the document: letters, digits and hyphens only."""
        return "alert-" + "".join(c for c in self.row["alert_id"] if c.isascii() and c.isalnum())

    @property
    def began_earlier(self) -> bool:
        return self.row["window_start_at"].date() < self.day

    @property
    def when(self) -> str:
        return span(self.row["window_start_at"], self.row["window_end_at"], self.day)

    @property
    def severity_rank(self) -> int:
        """1 for low to 4 for critical; 0 for an unknown severity."""
        return rank_of(self.row["severity"])

    @property
    def rank(self) -> tuple[int, float, datetime, str]:
        """Sort key: highest severity first, then highest score, then earliest."""
        score = self.row["score"] or 0.0
        return -self.severity_rank, -score, self.row["window_start_at"], self.row["alert_id"]

    @property
    def tier(self) -> str:
        return TIERS.get(self.row["data_tier"], plain(self.row["data_tier"] or typeset(NONE)))

    @property
    def quote(self) -> str:
        """The currency of its prices; empty where it is about no one symbol."""
        return quote_of(self.row["symbol"])

    @property
    def by_chance(self) -> str:
        """How often its detector raises an alert where nothing is wrong."""
        return once_in(self.row["null_rate_per_symbol_day"])

    @property
    def evidence_list(self) -> list[tuple[str, str]]:
        """The values of the evidence as pairs of name and text, nested ones by their path."""
        return evidence_list(self.evidence)


def once_in(rate_per_day: float | None) -> str:
    """A rate of false alerts as people say it: once in 67 days, 3 a day."""
    if not rate_per_day:
        return typeset(NONE)
    if rate_per_day >= 1:
        return f"{number(rate_per_day, 2)} a day"
    return f"once in {number(1 / rate_per_day, 2)} days"


def rank_of(severity: str | None) -> int:
    """1 for low to 4 for critical; 0 for an unknown severity."""
    return SEVERITIES.index(severity) + 1 if severity in SEVERITIES else 0


def alerts_of_day(
    connection: DuckDBPyConnection, day: date, trades: Mapping[str, AlertTrades]
) -> list[Alert]:
    """The alerts whose window overlaps the day, superseded ones included, by time.

    `trades` are those behind each alert, by its id.
    """
    start_at = datetime.combine(day, datetime.min.time())
    bounds = [start_at + timedelta(days=1), start_at]
    found = rows(
        connection,
        """
        select
            alerts.*,
            exists (
                from lake.alerts.hits as hits
                where
                    hits.is_stale
                    and hits.detector = alerts.detector
                    and hits.subject_kind = alerts.subject_kind
                    and hits.subject_id = alerts.subject_id
                    and hits.venue = alerts.venue
                    and hits.symbol = alerts.symbol
                    and hits.cell_start_at < alerts.window_end_at
                    and hits.cell_end_at > alerts.window_start_at
            ) as is_stale
        from lake.alerts.alerts as alerts
        where window_start_at < ? and window_end_at > ?
        order by window_start_at, detector, venue, symbol, alert_id
        """,
        bounds,
    )
    return [
        _alert(row, day, _contributions(connection, row), trades.get(row["alert_id"], NO_TRADES))
        for row in found
    ]


def current(alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts that are not superseded; an alert whose first hit is gone is superseded."""
    return [alert for alert in alerts if alert.row["status"] != "superseded"]


def _alert(row: Row, day: date, contributions: Mapping[str, float], trades: AlertTrades) -> Alert:
    ordered = sorted(contributions.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    largest = abs(ordered[0][1]) if ordered else 0.0
    return Alert(
        row=row,
        day=day,
        is_stale=row["is_stale"],
        contributions=tuple(
            Contribution(plain(name), value, value / largest if largest else 0.0)
            for name, value in ordered[:CONTRIBUTIONS_SHOWN]
        ),
        further_contributions=max(0, len(ordered) - CONTRIBUTIONS_SHOWN),
        evidence=_object(row["evidence"]),
        trades=trades,
    )


def _contributions(connection: DuckDBPyConnection, row: Row) -> dict[str, float]:
    """From the alert's evidence; without them, for a model's alert from its strongest window."""
    stated = _object(row["evidence"]).get("contributions")
    if isinstance(stated, str):
        stated = _object(stated)
    if not isinstance(stated, dict) and row["data_tier"] == "model":
        scored = rows(
            connection,
            """
            select contributions
            from lake.scores.anomaly_5m
            where
                venue = ? and symbol = ? and cell_end_at > ? and cell_start_at < ?
                and contributions is not null and score is not null
            order by score desc, cell_start_at, model_id
            limit 1
            """,
            [row["venue"], row["symbol"], row["window_start_at"], row["window_end_at"]],
        )
        stated = _object(scored[0]["contributions"]) if scored else {}
    return {
        name: float(value)
        for name, value in (stated or {}).items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _object(text: str | None) -> dict[str, Any]:
    """The JSON object in a text; of a broken one, the whole text as `unreadable_evidence`."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {"unreadable_evidence": text}
    return found if isinstance(found, dict) else {"evidence": found}
