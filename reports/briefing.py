"""The first screen in plain text: what a message says of an incident, a breach and a day.

Rows in, text out. An incident is a row of `alerts.incidents` with the `null_rate_per_symbol_day` of
the alert that leads it.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime

from reports.numbers import long_date, number, plain, plural, span
from reports.queries import Row

NAMES_SHOWN = 4
INCIDENTS_SHOWN = 10
SENTENCES_SHOWN = 2
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")
SEVERITIES = ("critical", "high", "medium", "low")


def incident_title(row: Row) -> str:
    """What and where, as a subject line: `high: pump and dump on simulated KITE-USDT`."""
    return f"{row['severity']}: {plain(row['typology'])} on {where(row)}"


def incident_text(row: Row) -> str:
    """When, what and how much, who, how sure, and what to do next."""
    lines = [
        f"{when(row)} UTC. {row['description']}",
        f"Who: {who(row)}.",
        f"How sure: {how_sure(row)}.",
    ]
    if row["recommended_action"]:
        lines.append(f"Next: {row['recommended_action']}")
    lines.append(f"tapewatch explain {row['incident_id'][:12]}")
    return "\n".join(lines)


def incident_line(row: Row) -> str:
    """One incident of a list: what, who, when, how much, how sure."""
    named = _names(row["accounts"])
    by = f" by {listed(named)}" if named else ""
    much = " ".join(_SENTENCE_END.split(row["description"])[:SENTENCES_SHOWN])
    return f"- {incident_title(row)}{by}, {when(row)}: {much} ({how_sure(row)})"


def day_title(days: Sequence[date], incidents: Sequence[Row], breaches: Sequence[str] = ()) -> str:
    """Which days, and how many incidents and breaches: `Risk report of 2026-11-30: 3 incidents`."""
    first, last = min(days).isoformat(), max(days).isoformat()
    which = f"Risk report of {first}" if first == last else f"Risk reports of {first} to {last}"
    broken = f", {plural(len(breaches), 'limit')} breached" if breaches else ""
    return f"{which}: {counted(incidents)}{broken}"


def day_text(
    days: Sequence[date], incidents: Sequence[Row], judged: str, breaches: Sequence[str] = ()
) -> str:
    """The first screen of a day: its breaches, its incidents as ranked, what was not judged.

    `judged` is the sentence of the verdict, `breaches` has one sentence a breach.
    """
    heading = long_date(days[0]) if len(days) == 1 else plural(len(days), "day")
    lines = [f"{heading}: {counted(incidents)}.", *(f"- {breach}" for breach in breaches)]
    lines += [incident_line(row) for row in incidents[:INCIDENTS_SHOWN]]
    if (more := len(incidents) - INCIDENTS_SHOWN) > 0:
        lines.append(f"- and {plural(more, 'further incident')}")
    return "\n".join([*lines, judged])


def counted(incidents: Sequence[Row]) -> str:
    """How many incidents, by severity, the gravest first: `3 incidents (1 critical, 2 high)`."""
    if not incidents:
        return "no incident"
    graded = [row["severity"] for row in incidents]
    shares = [f"{graded.count(one)} {one}" for one in SEVERITIES if one in graded]
    return f"{plural(len(incidents), 'incident')} ({', '.join(shares)})"


def where(row: Row) -> str:
    """Venues and symbols: `binance, kraken BTC-USDT`."""
    return " ".join(
        part for part in (listed(_names(row["venues"])), listed(_names(row["symbols"]))) if part
    )


def when(row: Row) -> str:
    """The day, and the time from begin to end."""
    start_at: datetime = row["window_start_at"]
    day = start_at.date()
    return f"{day} {span(start_at, row['window_end_at'], day)}"


def who(row: Row) -> str:
    """The accounts, owners and wallets that an incident names."""
    return listed(_names(row["accounts"])) or "no account is named"


def how_sure(row: Row) -> str:
    """Whether a later move confirmed it, and how often such an alert comes by chance."""
    confirmed = "confirmed by what followed" if row["is_confirmed"] else "not confirmed"
    rate = row["null_rate_per_symbol_day"]
    if not rate:
        return confirmed
    if rate > 1:
        return f"{confirmed}; by chance {number(rate)} such alerts come a day on a symbol"
    often = f"once in {plural(round(1 / rate), 'day')}"
    return f"{confirmed}; by chance such an alert comes {often} on a symbol"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many others there are."""
    more = len(names) - NAMES_SHOWN
    named = ", ".join(names[:NAMES_SHOWN])
    return f"{named} and {plural(more, 'other')}" if more > 0 else named


def _names(value: str | Sequence[str]) -> list[str]:
    """A list of the row, which may still be JSON."""
    return list(json.loads(value) if isinstance(value, str) else value)
