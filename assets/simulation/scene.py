"""The view of one symbol for planting an episode: prices, crowd, usual volume."""

from dataclasses import dataclass, field

import numpy as np

from assets.simulation.accounts import Accounts
from assets.simulation.background import DAY, Path
from assets.simulation.episodes import Episode, Severity
from assets.simulation.instruments import Instrument
from assets.simulation.orders import NO_ORDERS, Orders
from assets.simulation.quotes import NO_QUOTES, Quotes
from assets.simulation.sizes import to_lots

HALF_HOUR, HOUR = 1_800, 3_600
MINUTE = 60
# the deviation of normal returns, in medians of their sizes
MEDIANS_A_DEVIATION = 1.4826
# limits of the factor by which an abuse's orders are scaled: at most this factor, and at most one
# per this many orders of the crowd
BUSIEST, CROWD_AN_ABUSE = 30.0, 7_500
# and of one whose count is fixed, at most one per this many
CROWD_A_FIXED_ORDER = 15


@dataclass(frozen=True)
class Planted:
    """The orders of one planted event, its move of the price from `start` on, and its label.

    `quotes` are its cancelled resting orders, `honest` what its accounts trade beside it, `also`
    the labels of other episodes that are planted with it. From the first second of `halt` up to the
    other nobody trades.
    """

    orders: Orders
    episode: Episode
    start: int = 0
    shift: np.ndarray = field(default_factory=lambda: np.zeros(0))
    quotes: Quotes = NO_QUOTES
    also: tuple[Episode, ...] = ()
    halt: tuple[int, int] | None = None
    honest: Orders = NO_ORDERS


@dataclass(frozen=True)
class Scene:
    """One symbol with its crowd; seconds from the first midnight, money in quote currency.

    Earlier planted episodes count for the volume of an hour, not for the usual of a time of day. Of
    the crowd's money, about `share_kept` is traded in the end.
    """

    path: Path
    accounts: Accounts
    order_seconds: np.ndarray
    order_notionals: np.ndarray
    first_second: int = 0
    share_kept: float = 1.0
    order_accounts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    planted: list[tuple[int, float]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        path: Path,
        accounts: Accounts,
        crowd: Orders,
        first_second: int = 0,
        share_kept: float = 1.0,
    ) -> "Scene":
        notionals = _notional(path, crowd)
        seconds = crowd.at_ms // 1_000
        return cls(path, accounts, seconds, notionals, first_second, share_kept, crowd.account)

    def plant(self, planted: Planted) -> None:
        """Apply the planned price move, and record the notional traded."""
        if len(planted.shift):
            self.path.shift(planted.start, planted.shift)
        money = float(_notional(self.path, planted.orders).sum())
        self.planted.append((planted.episode.start_ms // 1_000, money))

    @property
    def instrument(self) -> Instrument:
        return self.path.instrument

    def many(self, count: float | np.integer) -> int:
        """Scale a number of orders, meant for a symbol of usual activity, to this symbol."""
        room = len(self.order_seconds) / CROWD_AN_ABUSE
        return max(int(count * min(self.instrument.busyness, BUSIEST, room)), 1)

    def at_most(self, count: int) -> int:
        """The count, or what a market of few orders has room for."""
        return max(min(count, len(self.order_seconds) // CROWD_A_FIXED_ORDER), 3)

    def abuse(
        self,
        typology: str,
        start_ms: float,
        end_ms: float,
        severity: Severity,
        description: str,
        event: str = "",
    ) -> Episode:
        """The label of an abuse here."""
        return Episode(
            typology=typology,
            symbol=self.instrument.symbol,
            start_ms=int(start_ms),
            end_ms=int(end_ms),
            is_abuse=True,
            severity=severity,
            description=description,
            event=event,
        )

    def traded(self, start: int, end: int) -> float:
        """Notional that the crowd traded between two seconds."""
        first, last = np.searchsorted(self.order_seconds, [start, end])
        return float(self.order_notionals[first:last].sum())

    def money_for(self, share: float, start: int, seconds: int, halted: int = 0) -> float:
        """The notional that makes this share of all that is traded from a second on, an hour at
        least; in its first seconds a halt may stop the others.
        """
        others = self.traded(start + halted, start + max(seconds, HOUR))
        others = others or self.instrument.median_order
        return self.share_kept * others * share / (1 - share)

    def volatility(self, second: int, seconds: int) -> float:
        """The usual size of the log price's move in this many seconds, over the day before."""
        before = self.path.log_mid[max(second - DAY, self.first_second) : second + 1 : MINUTE]
        usual = float(np.median(np.abs(np.diff(before)))) if len(before) > 1 else 0.0
        return MEDIANS_A_DEVIATION * usual * float(np.sqrt(seconds / MINUTE))

    def usual_hour(self, second: int) -> float:
        """Mean notional per hour over the day before, planted episodes included."""
        start = max(second - DAY, self.first_second)
        planted = sum(money for at, money in self.planted if start <= at < second)
        return (self.traded(start, second) + planted) * 3_600 / (second - start)

    def usual_at_this_time(self, second: int, seconds: int) -> float:
        """Median over the days before of the notional in this many seconds at this time of day.

        On the first day, the usual notional of the recent past.
        """
        days = range(second - DAY, self.first_second + HALF_HOUR, -DAY)
        around = [self.traded(day - HALF_HOUR, day + HALF_HOUR) for day in days]
        if not around:
            return self.usual_hour(second) * seconds / 3_600
        return float(np.median(around)) * seconds / (2 * HALF_HOUR)

    def largest_orders(self, second: int, count: int) -> np.ndarray:
        """The largest orders so far, largest first."""
        earlier = self.order_notionals[: np.searchsorted(self.order_seconds, second)]
        return np.sort(earlier)[::-1][:count]

    def lots(self, notional: np.ndarray | float, at_ms: np.ndarray) -> np.ndarray:
        """Lots for these notionals at the prices of these times."""
        return to_lots(self.instrument, notional, np.exp(self.path.log_mid[at_ms // 1_000]))


def _notional(path: Path, orders: Orders) -> np.ndarray:
    return orders.lots * path.instrument.lot * np.exp(path.log_mid[orders.at_ms // 1_000])


def shares(random: np.random.Generator, total: float, count: int, deviation: float) -> np.ndarray:
    """Split a notional into lognormal parts."""
    parts = random.lognormal(0.0, deviation, count)
    return total * parts / parts.sum()


def moments(
    random: np.random.Generator, start: float, seconds: float, count: int, early: float = 1.0
) -> np.ndarray:
    """Times in ms within some seconds, uniform, or towards the start where `early` is above 1."""
    return np.sort(((start + seconds * random.random(count) ** early) * 1_000).astype(np.int64))


def route(seconds: int, *knots: tuple[float, float]) -> np.ndarray:
    """A log price move by second, straight from knot (second, height) to knot."""
    at, height = np.array(knots, float).T
    return np.interp(np.arange(1, seconds + 1), at, height)


def wobble(random: np.random.Generator, seconds: int, deviation: float) -> np.ndarray:
    """A random walk that starts and ends at 0, with this deviation in its middle."""
    walk = np.cumsum(random.standard_normal(seconds))
    bridge = walk - walk[-1] * np.arange(1, seconds + 1) / seconds
    return bridge * deviation / np.sqrt(seconds / 4)
