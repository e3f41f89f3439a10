"""The returns of each symbol by day and by hour, from the last prices of its hours.

A coin trades at all hours: a day's price is that of its last trade before midnight (UTC). A return
joins two periods that follow each other, each with a price. Across hours or days without a trade
there is none: that one would be of several periods, and nobody knows what was not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from ml.estimator import Floats

Horizon = Literal["1 day", "1 hour"]
Instants = NDArray[np.datetime64]

LAST_PRICE_FROM = np.timedelta64(18, "h")
"""A day whose last trade is earlier has no price at midnight: 45 minutes are no day."""


@dataclass(frozen=True)
class Returns:
    """Simple returns in order of time, each of the UTC day in `days` at its place."""

    days: Instants
    values: Floats

    def before(self, day: date) -> int:
        """How many there are of earlier days."""
        return int(np.searchsorted(self.days, np.datetime64(day)))

    def until(self, day: date) -> int:
        """How many there are of the day and earlier ones."""
        return int(np.searchsorted(self.days, np.datetime64(day), side="right"))


@dataclass(frozen=True)
class MarketReturns:
    """One symbol at one venue: the UTC days with a trade, and its returns by horizon."""

    venue: str
    symbol: str
    days: list[date]
    by_horizon: dict[Horizon, Returns]


def returns_of_markets(connection: DuckDBPyConnection, until: datetime) -> Iterator[MarketReturns]:
    """Every market with a trade, from the lake's first hour to `until` (naive, UTC)."""
    found = connection.execute(
        """
        select
            venue, symbol, cell_start_at, close,
            dense_rank() over (order by venue, symbol) as market
        from lake.features.bars_1h
        where cell_end_at <= ?
        order by venue, symbol, cell_start_at
        """,
        [until],
    ).fetchnumpy()
    for first, end in stretches(np.asarray(found["market"])):
        hours = np.asarray(found["cell_start_at"][first:end], "datetime64[h]")
        closes = np.asarray(found["close"][first:end], float)
        yield MarketReturns(
            str(found["venue"][first]),
            str(found["symbol"][first]),
            np.unique(hours.astype("datetime64[D]")).tolist(),
            {"1 day": daily(hours, closes, until), "1 hour": hourly(hours, closes)},
        )


def stretches(numbers: NDArray) -> Iterator[tuple[int, int]]:
    """Where each number of an ascending array begins and ends; numbers count from one."""
    cuts = [*np.flatnonzero(np.diff(numbers, prepend=0)).tolist(), len(numbers)]
    return pairwise(cuts)


def hourly(hours: Instants, closes: Floats) -> Returns:
    """Returns between the last prices of hours that follow each other; `hours` ascend."""
    return _joined(hours, closes, hours.astype("datetime64[D]"))


def daily(hours: Instants, closes: Floats, until: datetime) -> Returns:
    """Returns between the last prices of days that are over and follow each other."""
    days = hours.astype("datetime64[D]")
    is_last = np.append(days[1:] != days[:-1], True) if len(days) else np.zeros(0, bool)
    is_price = is_last & (hours - days >= LAST_PRICE_FROM) & (days < np.datetime64(until, "D"))
    return _joined(days[is_price], closes[is_price], days[is_price])


def _joined(periods: Instants, closes: Floats, days: Instants) -> Returns:
    follows = np.diff(periods) == np.timedelta64(1)
    return Returns(days[1:][follows], (closes[1:] / closes[:-1] - 1)[follows])
