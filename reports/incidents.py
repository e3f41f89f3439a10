"""Incidents in a report: what happened, to whom, when, and by which alerts; ranked."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from reports.alerts import Alert, rank_of
from reports.numbers import amount, percent, plural, span
from reports.queries import Row, rows

ACCOUNTS_NAMED = 3
PARTIES_NAMED = 2
HEADLINE_LENGTH = 230
# a capital behind a full stop and a blank: 0.18 and "vs. 3" end no sentence
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True)
class Incident:
    """One incident; `row` has the columns of `alerts.incidents`, `alerts` are those of the day."""

    row: Row
    day: date
    alerts: Sequence[Alert]

    @property
    def when(self) -> str:
        return span(self.row["window_start_at"], self.row["window_end_at"], self.day)

    @property
    def severity_rank(self) -> int:
        """1 for low to 4 for critical; 0 for an unknown severity."""
        return rank_of(self.row["severity"])

    @property
    def lead(self) -> Alert | None:
        """The alert that concludes most; None where it lies on another day."""
        named = self.row["lead_alert_id"]
        return next((one for one in self.alerts if one.row["alert_id"] == named), None)

    @property
    def venues(self) -> list[str]:
        return json.loads(self.row["venues"])

    @property
    def symbols(self) -> list[str]:
        return json.loads(self.row["symbols"])

    @property
    def accounts(self) -> list[str]:
        return json.loads(self.row["accounts"])

    @property
    def headline(self) -> str:
        """What happened: the first sentences of the lead alert's description."""
        return first_sentences(self.row["description"] or "", HEADLINE_LENGTH)

    @property
    def who(self) -> str:
        """The accounts that its alerts name; else those of most of the lead's money; or nobody."""
        if self.accounts:
            rest = len(self.accounts) - ACCOUNTS_NAMED
            named = ", ".join(self.accounts[:ACCOUNTS_NAMED])
            return f"{named} and {plural(rest, 'other')}" if rest > 0 else named
        parties = self.lead.trades.parties.accounts if self.lead else ()
        if not parties:
            return "nobody is named"
        shares = [f"{one.account_id} {percent(one.share, 2)}" for one in parties[:PARTIES_NAMED]]
        # a number and its sign stay on one line
        return f"{', '.join(shares)} of the money".replace(" %", "\u00a0%")

    @property
    def money(self) -> str:
        """The notional of the lead alert's trades, and how many they are; empty if unknown."""
        lead = self.lead
        if lead is None or lead.trades.notional is None:
            return ""
        counted = plural(lead.trades.count, "trade")
        return f"{amount(lead.trades.notional)} {lead.quote}".rstrip() + f" in {counted}"

    @property
    def certainty(self) -> list[str]:
        """What speaks for it: what followed, and how often chance gives it."""
        found = ["confirmed by what followed" if self.row["is_confirmed"] else "not confirmed"]
        if self.lead:
            found.append(f"by chance {self.lead.by_chance} on a symbol")
        return found

    @property
    def rank(self) -> tuple[Any, ...]:
        """Sort key: the gravest first; of equals confirmed, of the highest score, the earliest."""
        row = self.row
        return (
            -self.severity_rank,
            not row["is_confirmed"],
            -(row["score"] or 0.0),
            row["window_start_at"],
            row["incident_id"],
        )


def incidents_of_day(
    connection: DuckDBPyConnection, day: date, alerts: Sequence[Alert]
) -> list[Incident]:
    """The current incidents that overlap a UTC day, ranked, with those alerts that are theirs."""
    start_at = datetime.combine(day, datetime.min.time())
    by_id = {alert.row["alert_id"]: alert for alert in alerts}
    found = rows(
        connection,
        "from lake.alerts.incidents "
        "where status <> 'superseded' and window_start_at < ? and window_end_at > ?",
        [start_at + timedelta(days=1), start_at],
    )
    incidents = [
        Incident(row, day, [by_id[one] for one in json.loads(row["alert_ids"]) if one in by_id])
        for row in found
    ]
    return sorted(incidents, key=lambda incident: incident.rank)


def incidents_of_days(connection: DuckDBPyConnection, days: Sequence[date]) -> list[Incident]:
    """The current incidents that began on some days, ranked, without their alerts."""
    found = rows(
        connection,
        "from lake.alerts.incidents "
        "where status <> 'superseded' and list_contains(?::date[], trade_day)",
        [list(days)],
    )
    return sorted((Incident(row, row["trade_day"], []) for row in found), key=lambda one: one.rank)


def first_sentences(text: str, length: int) -> str:
    """As many sentences from the start of a text as this length holds; at least one, whole."""
    first, *others = _SENTENCE_END.split(text)
    for sentence in others:
        if len(first) + 1 + len(sentence) > length:
            break
        first += f" {sentence}"
    return first
