"""The day in a few sentences, for the head of a report."""

from collections import Counter
from collections.abc import Sequence

from reports.alerts import SEVERITIES, Alert
from reports.detectors import Verdict
from reports.incidents import Incident
from reports.numbers import (
    amount,
    count,
    number,
    plain,
    plural,
    price,
    signed_percent,
    typeset,
)
from reports.symbols import SymbolDay

MOVES_NAMED = 3


def summary_of(
    incidents: Sequence[Incident],
    alerts: Sequence[Alert],
    symbols: Sequence[SymbolDay],
    verdict: Verdict,
) -> list[str]:
    """What happened, how much of it chance gives, and where prices went."""
    if not alerts:
        return [_nothing(verdict), *_market(symbols)]
    return [*_incidents(incidents), _alerts(alerts, verdict), *_market(symbols)]


def _nothing(verdict: Verdict) -> str:
    expected = verdict.expected_by_chance
    if expected is None:
        return "No incident was found."
    return (
        f"No incident and no alert was found, where chance alone gives "
        f"{typeset(number(expected, 2))} alerts."
    )


def _incidents(incidents: Sequence[Incident]) -> list[str]:
    if not incidents:
        return []
    counted = Counter(one.row["severity"] for one in incidents)
    order = [*reversed(SEVERITIES), *sorted(set(counted) - set(SEVERITIES))]
    severities = ", ".join(f"{counted[name]} {name}" for name in order if counted[name])
    first = incidents[0]
    where = ", ".join(first.symbols[:MOVES_NAMED]) or "no symbol"
    return [
        f"{plural(len(incidents), 'incident')} ({severities}); the gravest is "
        f"{plain(first.row['typology'])} in {where}."
    ]


def _alerts(alerts: Sequence[Alert], verdict: Verdict) -> str:
    opened = [alert for alert in alerts if not alert.began_earlier]
    words = plural(len(opened), "alert")
    if verdict.expected_by_chance is not None:
        words += f", where chance alone gives {typeset(number(verdict.expected_by_chance, 2))}"
    if confirmed := sum(bool(alert.row["is_confirmed"]) for alert in opened):
        words += f"; what followed confirmed {confirmed}"
    if carried := len(alerts) - len(opened):
        words += f"; {carried} more went on from the day before"
    return f"{words}."


def _market(symbols: Sequence[SymbolDay]) -> list[str]:
    traded = [one for one in symbols if one.prices and one.change is not None]
    if not traded:
        return ["No symbol traded."]
    far = sorted(traded, key=lambda one: -abs(one.change or 0.0))
    if len(traded) == 1:
        (one,) = far
        prices = one.prices or {}
        return [
            f"{one.name} went from {price(prices['open'])} to {price(prices['close'])} {one.quote} "
            f"({typeset(signed_percent(one.change))}), between {price(prices['low'])} and "
            f"{price(prices['high'])}; {amount(prices['notional'])} {one.quote} traded in "
            f"{plural(prices['trade_count'], 'trade')}."
        ]
    trades = sum((one.prices or {})["trade_count"] for one in traded)
    moves = ", ".join(
        f"{one.name} {typeset(signed_percent(one.change))}" for one in far[:MOVES_NAMED]
    )
    return [f"{count(trades)} trades in {len(traded)} symbols; largest moves {moves}."]
