"""When a symbol's volatility was unusual, minute by minute against its own day before.

The z-score is of the logarithm of ten minutes' realised volatility, less the mean of those of the
24 hours before the full hour, in their standard deviations. The replaced system compared a
volatility with fifty ticks, itself among them; the bands are its own: LOW below 1, MEDIUM below 2,
HIGH below 3, EXTREME from there. Logarithms, because volatility is skewed: 3 is then a rare value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from assets.market.window import ONE_DAY, ONE_HOUR, Window
from assets.risk.returns import stretches
from ml.estimator import Floats, significant

BANDS = {"MEDIUM": 1.0, "HIGH": 2.0, "EXTREME": 3.0}
"""The least z-score of each level; below the first it is LOW."""
JOINED = np.timedelta64(10, "m")
"""Minutes above the first band belong to one episode up to this distance: what is measured over ten
minutes says of the next ten nothing new."""
LEAST_MINUTES = 120
"""A history of fewer minutes judges nothing."""
LEAST_SCALE = 0.05
"""As in `measurement.sql`: a logarithm that strays by less strays by rounding and ticks."""

Columns = dict[str, NDArray]


@dataclass(frozen=True)
class Episode:
    """Minutes of a UTC day of one level; `peak` is the largest z-score, at `peak_at`.

    `momentum` is the price's change over the ten minutes to the peak, `from_mean` its distance from
    the hour's mean then, both as shares; None where the minute has none. `judged_minutes` are those
    of the day with a z-score.
    """

    venue: str
    symbol: str
    day: date
    level: str
    start_at: datetime
    end_at: datetime
    peak_at: datetime
    peak: float
    momentum: float | None
    from_mean: float | None
    judged_minutes: int


def level_of(z_score: float) -> str:
    """The band of a z-score."""
    return next((name for name, least in reversed(BANDS.items()) if z_score >= least), "LOW")


def episodes_of(connection: DuckDBPyConnection, window: Window) -> Iterator[Episode]:
    """The episodes of the window's days; a day without one has a LOW one of all judged minutes.

    A day whose minutes have too little history has none. Midnight ends an episode, so that each day
    is the same whatever days are computed with it.
    """
    first, end = Window.of_day(window.days[0]).start_at, window.end_at
    found = connection.execute(
        """
        select
            venue, symbol, cell_start_at, realised_volatility_10m as volatility,
            coalesce(momentum_10m, 'nan'::double) as momentum_10m,
            close / moving_average_60m - 1 as from_mean,
            dense_rank() over (order by venue, symbol) as market
        from lake.features.price_rolling_1m
        where cell_start_at >= ? and cell_start_at < ? and realised_volatility_10m > 0
        order by venue, symbol, cell_start_at
        """,
        [first - ONE_DAY, end],
    ).fetchnumpy()
    columns = {name: np.asarray(values) for name, values in found.items()}
    for begin, stop in stretches(columns["market"]):
        minutes = {name: values[begin:stop] for name, values in columns.items()}
        yield from _of_market(minutes, np.datetime64(first, "m"))


def z_scores(minutes: NDArray[np.datetime64], volatilities: Floats) -> Floats:
    """Of each minute, in order; NaN where the 24 hours before its hour have too few minutes."""
    logs, hours = np.log(volatilities), minutes.astype("datetime64[h]")
    scores = np.full(len(logs), np.nan)
    for hour in np.unique(hours):
        # two hours as minutes: the history, and those that it judges
        begin, end, last = np.searchsorted(
            minutes,
            [hour - np.timedelta64(24, "h"), hour, hour + np.timedelta64(ONE_HOUR)],
        )
        if end - begin < LEAST_MINUTES:
            continue
        history = logs[begin:end]
        scale = max(float(history.std(ddof=1)), LEAST_SCALE)
        scores[end:last] = (logs[end:last] - history.mean()) / scale
    return scores


def _of_market(columns: Columns, first: np.datetime64) -> Iterator[Episode]:
    minutes = columns["cell_start_at"].astype("datetime64[m]")
    scores = significant(z_scores(minutes, np.asarray(columns["volatility"], float)))
    days = minutes.astype("datetime64[D]")
    for day in np.unique(days[minutes >= first]):
        judged = np.flatnonzero((days == day) & ~np.isnan(scores))
        if not len(judged):
            continue
        above = judged[scores[judged] >= BANDS["MEDIUM"]]
        cuts = np.flatnonzero(np.diff(minutes[above]) > JOINED) + 1
        for places in np.split(above, cuts) if len(above) else [judged]:
            yield _episode(columns, minutes, scores, places, len(judged))


def _episode(
    columns: Columns, minutes: NDArray, scores: Floats, places: NDArray, judged: int
) -> Episode:
    peak = places[int(np.argmax(scores[places]))]
    start_at, last_at, peak_at = minutes[[places[0], places[-1], peak]].tolist()
    return Episode(
        venue=str(columns["venue"][peak]),
        symbol=str(columns["symbol"][peak]),
        day=start_at.date(),
        level=level_of(float(scores[peak])),
        start_at=start_at,
        end_at=last_at + ONE_HOUR / 60,
        peak_at=peak_at,
        peak=float(scores[peak]),
        momentum=_known(columns["momentum_10m"], peak),
        from_mean=_known(columns["from_mean"], peak),
        judged_minutes=judged,
    )


def _known(values: NDArray, place: int) -> float | None:
    return None if np.isnan(values[place]) else float(values[place])
