"""What is new since the day before: incidents, symbols, volume, rates; from the tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from reports.alerts import SEVERITIES
from reports.currency import quote_of
from reports.numbers import amount, count, number, plural, signed_percent, typeset
from reports.queries import Row, Symbol, by_symbol, rows, symbol_prices

NAMED = 4
# of a change of volume: a smaller one is not worth a line
WORTH_NAMING = 0.5


@dataclass(frozen=True)
class DaySum:
    """What a day is compared by."""

    prices: Mapping[Symbol, Row]
    severities: Mapping[str, int]
    """Incidents by severity."""
    alerts: int
    by_chance: float | None
    """Alerts that chance gives over what was judged."""


def changes_since(connection: DuckDBPyConnection, day: date) -> list[str]:
    """Sentences that compare a day with the one before; one that says so where none is there."""
    now, before = (_sum_of(connection, one) for one in (day, day - timedelta(days=1)))
    if not before.prices:
        return ["No trade of the day before is in the lake: there is nothing to compare with."]
    return [
        f"Incidents: {_severities(now)}; the day before {_severities(before)}.",
        f"Alerts: {_alerts(now)}; the day before {_alerts(before)}.",
        *_symbols(now, before),
        *_volume(now, before),
        *_largest_change(now, before),
    ]


def _sum_of(connection: DuckDBPyConnection, day: date) -> DaySum:
    incidents = rows(
        connection,
        "select severity from lake.alerts.incidents where trade_day = ? and status <> 'superseded'",
        [day],
    )
    (alerts,) = rows(
        connection,
        """
        select
            (
                select count(*) from lake.alerts.alerts
                where trade_day = $day and status <> 'superseded'
            ) as alert_count,
            (
                select sum(expected_false_alerts) from lake.ops.detector_runs
                where trade_day = $day and outcome <> 'failed'
            ) as by_chance
        """,
        {"day": day},
    )
    return DaySum(
        by_symbol(symbol_prices(connection, day)),
        Counter(row["severity"] for row in incidents),
        alerts["alert_count"],
        alerts["by_chance"],
    )


def _severities(one: DaySum) -> str:
    named = [
        f"{one.severities[name]} {name}" for name in reversed(SEVERITIES) if one.severities[name]
    ]
    total = sum(one.severities.values())
    return f"{count(total)} ({', '.join(named)})" if named else count(total)


def _alerts(one: DaySum) -> str:
    if one.by_chance is None:
        return count(one.alerts)
    return f"{count(one.alerts)} where chance gives {typeset(number(one.by_chance, 2))}"


def _symbols(now: DaySum, before: DaySum) -> list[str]:
    new, gone = (
        sorted(set(one.prices) - set(other.prices)) for one, other in ((now, before), (before, now))
    )
    parts = [f"{word}: {_listed(keys)}" for word, keys in (("New", new), ("Gone", gone)) if keys]
    return [f"Symbols. {'. '.join(parts)}."] if parts else []


def _volume(now: DaySum, before: DaySum) -> list[str]:
    trades, trades_before = (
        sum(row["trade_count"] for row in one.prices.values()) for one in (now, before)
    )
    words = [f"Trades: {count(trades)}, the day before {count(trades_before)}"]
    volume, volume_before = (_dollars(one) for one in (now, before))
    if volume is not None and volume_before:
        change = typeset(signed_percent(volume / volume_before - 1))
        words.append(f"volume in dollars {amount(volume)}, {change}")
    return ["; ".join(words) + "."]


def _dollars(one: DaySum) -> float | None:
    known = [row["notional_usd"] for row in one.prices.values() if row["notional_usd"] is not None]
    return sum(known) if known else None


def _largest_change(now: DaySum, before: DaySum) -> list[str]:
    """The symbol of both days whose volume rose most, and the one whose volume fell most."""
    both = [key for key in now.prices if key in before.prices and before.prices[key]["notional"]]
    if not both:
        return []
    grown = {key: now.prices[key]["notional"] / before.prices[key]["notional"] for key in both}
    extremes = dict.fromkeys([max(both, key=grown.__getitem__), min(both, key=grown.__getitem__)])
    return [
        f"{key[1]} on {key[0]} traded {amount(now.prices[key]['notional'])} {quote_of(key[1])}, "
        f"the day before {amount(before.prices[key]['notional'])}."
        for key in extremes
        if abs(grown[key] - 1) >= WORTH_NAMING
    ]


def _listed(keys: Sequence[Symbol]) -> str:
    named = ", ".join(f"{symbol} on {venue}" for venue, symbol in keys[:NAMED])
    rest = len(keys) - NAMED
    return f"{named} and {plural(rest, 'other')}" if rest > 0 else named
