"""What happened to risk on a day: episodes of unusual volatility, and limits that were passed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.limits import Limit, digest_of
from assets.risk.volatility_episodes import BANDS, Episode, episodes_of
from reports.numbers import number, percent, signed_percent

VOLATILITY = "volatility_z_score"
BREACH_LEVEL = "HIGH"


@dataclass(frozen=True, kw_only=True)
class RiskEvent:
    """One episode, or one limit passed by one symbol on one day."""

    event_id: str
    """Digest of kind, subject, measure, limit and begin: the same when the day runs again."""
    kind: Literal["volatility", "limit_breach"]
    """An episode of unusual volatility, or a limit of limits.toml that was passed."""
    level: str
    """LOW, MEDIUM, HIGH or EXTREME by the largest z-score (1, 2, 3); a breach is HIGH."""
    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    trade_day: date
    """UTC day."""
    start_at: datetime
    """Begin of the episode, or of the day whose measure passed the limit, UTC."""
    end_at: datetime
    """Its end, UTC; not part of it."""
    measure: str
    """volatility_z_score, or the measure that is limited."""
    unit: str
    """Of the value."""
    value: float
    """The episode's largest z-score, or the measure's value."""
    limit_value: float | None
    """Least z-score of the level (null for LOW), or the limit that was passed."""
    limits_digest: str | None
    """Twelve hex digits of the limits in force; null where no limit is meant."""
    sentence: str
    """What happened, in words."""


def risk_events_of(
    connection: DuckDBPyConnection, window: Window, limits: Sequence[Limit]
) -> list[RiskEvent]:
    """The events of the window's days; `connection` has the lake attached as `lake`."""
    events = [_of_episode(one) for one in episodes_of(connection, window)]
    return [*events, *breaches_of(connection, window, limits)]


def breaches_of(
    connection: DuckDBPyConnection, window: Window, limits: Sequence[Limit]
) -> Iterator[RiskEvent]:
    """Each limit that a symbol's day passed; a measure that is null passes none."""
    digest = digest_of(limits)
    for limit in limits:
        measure = limit.of
        # all parts are the catalogue's own words
        found = connection.execute(
            f"""
            select venue, symbol, trade_day, {measure.column}::double as value
            from lake.{measure.table}
            where trade_day between ? and ? and {measure.condition}
                and {measure.column} is not null
            order by venue, symbol, trade_day
            """,
            [window.days[0], window.days[-1]],
        ).fetchall()
        for venue, symbol, day, value in found:
            if limit.applies_to(venue, symbol) and limit.is_breached_by(value):
                yield _of_breach(limit, digest, venue, symbol, day, value)


def _of_breach(
    limit: Limit, digest: str, venue: str, symbol: str, day: date, value: float
) -> RiskEvent:
    whole = Window.of_day(day)
    return RiskEvent(
        event_id=_id("limit_breach", venue, symbol, limit.model_dump_json(), whole.start_at),
        kind="limit_breach",
        level=BREACH_LEVEL,
        venue=venue,
        symbol=symbol,
        trade_day=day,
        start_at=whole.start_at,
        end_at=whole.end_at,
        measure=limit.measure,
        unit=limit.of.unit,
        value=value,
        limit_value=limit.value,
        limits_digest=digest,
        sentence=f"{limit.measure} of {symbol} at {venue} was {number(value)} "
        f"({limit.of.unit}), {limit.direction} the limit of {number(limit.value)}.",
    )


def _of_episode(episode: Episode) -> RiskEvent:
    return RiskEvent(
        event_id=_id("volatility", episode.venue, episode.symbol, VOLATILITY, episode.start_at),
        kind="volatility",
        level=episode.level,
        venue=episode.venue,
        symbol=episode.symbol,
        trade_day=episode.day,
        start_at=episode.start_at,
        end_at=episode.end_at,
        measure=VOLATILITY,
        unit="standard deviations",
        value=episode.peak,
        limit_value=BANDS.get(episode.level),
        limits_digest=None,
        sentence=_sentence(episode),
    )


def _sentence(episode: Episode) -> str:
    if episode.level == "LOW":
        return (
            f"Volatility stayed usual: of {episode.judged_minutes:,} minutes none was more than "
            f"{number(episode.peak, 3)} standard deviations above the 24 hours before."
        )
    moved: list[str] = []
    if episode.momentum is not None:
        moved.append(f"moved by {signed_percent(episode.momentum)} in ten minutes")
    if episode.from_mean is not None:
        side = "above" if episode.from_mean >= 0 else "below"
        moved.append(f"was {percent(abs(episode.from_mean))} {side} its hour's mean")
    price = f"; the price {' and '.join(moved)}" if moved else ""
    return (
        f"Volatility of ten minutes was {number(episode.peak, 3)} standard deviations above the 24 "
        f"hours before at {episode.peak_at:%H:%M} UTC{price}."
    )


def _id(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]
