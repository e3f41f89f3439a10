"""The market before the trades: a price for each second, and each second's activity.

One factor moves every symbol. Its volatility follows the time of day and three slow processes
(minutes, hours, days), so volatility clusters; jumps fatten the tails further. The activity of a
second follows the same season and, in part, the same volatility.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from assets.simulation.instruments import Instrument
from assets.simulation.randomness import stream

DAY = 86_400
FACTOR_VOLATILITY = 0.019
JUMPS_A_DAY = 3.0
JUMP_SIZE = 0.003
# (half-life in seconds, standard deviation) of the log of volatility and of activity
VOLATILITY_PARTS = ((900, 0.3), (3 * 3_600, 0.3), (2 * DAY, 0.25))
ACTIVITY_PARTS = ((90, 0.35), (1_200, 0.22), (DAY, 0.1))
VOLATILITY_IN_ACTIVITY = 0.6
WEEKEND_ACTIVITY = 0.8


@dataclass
class Path:
    """One symbol's log middle price and activity by second, as its traders see them.

    `log_mid` has one point more than there are seconds; `activity` is 1 on average. Events that
    move the market change both in place.
    """

    instrument: Instrument
    log_mid: np.ndarray
    activity: np.ndarray

    def shift(self, start: int, values: np.ndarray) -> None:
        """Add log price moves from a second on; the last one persists."""
        end = start + len(values)
        self.log_mid[start:end] += values
        self.log_mid[end:] += values[-1]

    def end_where_it_began(self) -> None:
        """Tilt the whole path, so that its last price is its first one."""
        rise = self.log_mid[-1] - self.log_mid[0]
        self.log_mid -= np.linspace(0.0, rise, len(self.log_mid))

    def price(self, second: int) -> float:
        return float(np.exp(self.log_mid[second]))


def background(
    seed: int, instruments: Sequence[Instrument], day_count: int, first_weekday: int
) -> dict[str, Path]:
    """Paths of every symbol over whole days; Monday is weekday 0."""
    seconds = day_count * DAY
    busy = season(day_count, first_weekday)
    waves = max(instrument.clustering for instrument in instruments)
    factor, factor_volatility = _returns(stream(seed, "factor"), busy, FACTOR_VOLATILITY, waves)
    paths = {}
    for instrument in instruments:
        random = stream(seed, "price", instrument.symbol)
        own, own_volatility = _returns(
            random, busy, instrument.own_volatility, instrument.clustering
        )
        log_mid = np.empty(seconds + 1)
        log_mid[0] = np.log(instrument.first_price)
        log_mid[1:] = log_mid[0] + np.cumsum(instrument.beta * factor + own)
        excitement = VOLATILITY_IN_ACTIVITY * (factor_volatility + own_volatility) / np.sqrt(2)
        parts = wandering(stream(seed, "activity", instrument.symbol), seconds, ACTIVITY_PARTS)
        activity = busy * np.exp(excitement + parts)
        paths[instrument.symbol] = Path(instrument, log_mid, activity / activity.mean())
    return paths


def season(day_count: int, first_weekday: int) -> np.ndarray:
    """Activity by second: a European and an American hump, quieter weekends; about 1."""
    hour = np.arange(DAY) / 3_600
    humps = 0.6 * _hump(hour, 8.0, 2.5) + 1.1 * _hump(hour, 14.5, 2.5) + 0.4 * _hump(hour, 1.0, 1.5)
    day = (0.55 + humps) / (0.55 + humps).mean()
    weekday = (first_weekday + np.arange(day_count)) % 7
    return np.concatenate([day * (WEEKEND_ACTIVITY if n >= 5 else 1.0) for n in weekday])


def _hump(hour: np.ndarray, centre: float, width: float) -> np.ndarray:
    distance = np.abs(hour - centre)
    return np.exp(-0.5 * (np.minimum(distance, 24 - distance) / width) ** 2)


def _returns(
    random: np.random.Generator, busy: np.ndarray, daily_volatility: float, clustering: float
) -> tuple[np.ndarray, np.ndarray]:
    """Log returns by second, and the log of their volatility relative to its season."""
    seconds = len(busy)
    log_volatility = clustering * wandering(random, seconds, VOLATILITY_PARTS)
    scale = daily_volatility / np.sqrt(DAY) * np.sqrt(busy) * np.exp(log_volatility)
    returns = scale * random.standard_normal(seconds)
    count = random.poisson(JUMPS_A_DAY * seconds / DAY)
    at = random.integers(0, seconds, count)
    size = JUMP_SIZE * daily_volatility / FACTOR_VOLATILITY
    np.add.at(returns, at, np.clip(random.standard_t(3, count), -4, 4) * size)
    return returns, log_volatility


def wandering(
    random: np.random.Generator, seconds: int, parts: Sequence[tuple[int, float]]
) -> np.ndarray:
    """The sum of stationary first-order autoregressions with these half-lives and deviations."""
    total = np.zeros(seconds)
    for half_life, deviation in parts:
        memory = 0.5 ** (1 / half_life)
        noise = random.standard_normal(seconds) * deviation * np.sqrt(1 - memory**2)
        first = deviation * random.standard_normal()
        total += lfilter([1.0], [1.0, -memory], noise, zi=[memory * first])[0]
    return total
