"""Breaches of limits as events, from rows that name a market, a measure and both values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assets.alerts.severity import Severity
from assets.delivery.events import Event
from assets.lake.lake import Lake
from assets.publishing.report_files import report_path, report_url
from reports.briefing import breach_sentence


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A measure of a symbol that lies beyond its limit on a day."""

    trade_day: date
    venue: str
    symbol: str
    measure: str
    value: float
    limit: float
    severity: Severity


def breach_events(breaches: Iterable[Breach], lake: Lake) -> list[Event]:
    """One event a breach: of a measure, a day and a severity, whatever its exact value."""
    return [_event(breach, lake) for breach in breaches]


def _event(breach: Breach, lake: Lake) -> Event:
    sentence = breach_sentence(
        breach.measure, breach.venue, breach.symbol, breach.value, breach.limit
    )
    return Event(
        kind="breach",
        subject="/".join(
            (breach.trade_day.isoformat(), breach.venue, breach.symbol, breach.measure)
        ),
        # a limit that was changed is another limit
        revision=f"{breach.limit!r}/{breach.severity}",
        title=f"{breach.severity}: limit breached: {sentence}",
        text=f"{breach.trade_day}: {sentence}.",
        link=report_url(lake, report_path(lake, breach.trade_day)),
        severity=breach.severity,
        venues=(breach.venue,),
        symbols=(breach.symbol,),
    )
