"""The plan of a market of several venues: its size, its planted episodes, each of its coins."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from assets.simulation.accounts import Accounts, population
from assets.simulation.background import DAY, Path, background
from assets.simulation.coins import COINS, RARE, RARE_TRADES_A_DAY, SHARES
from assets.simulation.market import ABUSE_DAY
from assets.simulation.randomness import stream
from assets.simulation.schedule import Occasion, live_schedule, schedule
from assets.simulation.severities import SCALES
from assets.simulation.symbol_market import SymbolMarket, symbol_market
from assets.simulation.venues import VENUES, Venue

FEWEST, SMALL, MEDIUM = 20_000, 200_000, 2_000_000
# a live market begins when Europe and America both trade
LIVE_FROM = 13 * 3_600
# planted episodes may move the price for this long after their last trade
LONGEST_AFTERMATH = 2 * 3_600
EVALUATION_DAYS, EVALUATION_TRADES = 7, 1_200_000
# times that an evaluation's market has each abuse of trades at each severity, where there is room
ROUNDS = 3


@dataclass(frozen=True)
class MarketPlan:
    """Exactly this many trades of some coins within a window of whole seconds.

    Occasions are sorted by time; the window lies within the days.
    """

    seed: int
    trades: int
    coins: int
    days: int
    window: slice
    occasions: tuple[Occasion, ...]
    day: date | None = None
    """Which UTC day it is of a market that goes on for ever; None where it stands alone."""

    @classmethod
    def of_days(cls, trades: int, seed: int) -> "MarketPlan":
        """Some whole days, the first without abuse; ValueError for fewer trades than that needs."""
        days = 3 if trades < MEDIUM else 7
        coins = _coins_of(trades)
        occasions = schedule(seed, _symbols(coins), days, trades)
        return cls(seed, trades, coins, days, slice(0, days * DAY), tuple(occasions))

    @classmethod
    def of_day(cls, trades: int, seed: int, day: date) -> "MarketPlan":
        """A UTC day of the market of this seed that goes on for ever; ValueError as `of_days`.

        It follows from the seed and the date alone. But for news and orders with a lasting impact
        a coin ends each day at the price at which it begins the next; the accounts are the same.
        """
        coins = _coins_of(trades)
        plan = cls(seed, trades, coins, 1, slice(0, DAY), (), day)
        # the first of two days is the one without abuse
        occasions = schedule(plan.drawn_from, _symbols(coins), 2, trades)
        return replace(
            plan,
            occasions=tuple(
                replace(one, second=one.second - DAY) for one in occasions if one.second >= DAY
            ),
        )

    @classmethod
    def of_seconds(cls, trades: int, seconds: int, seed: int) -> "MarketPlan":
        """Some seconds of one busy day, with the abuses that fit into them."""
        window = slice(LIVE_FROM, LIVE_FROM + seconds)
        days = (window.stop + LONGEST_AFTERMATH) // DAY + 1
        coins = len(COINS)
        occasions = live_schedule(seed, _symbols(coins), window, trades)
        return cls(seed, trades, coins, days, window, tuple(occasions))

    @classmethod
    def of_evaluation(cls, seed: int) -> "MarketPlan":
        """A week as full of abuses as there is room, and a coin of twelve trades an hour beside."""
        coins, days = len(COINS), EVALUATION_DAYS
        occasions = schedule(seed, _symbols(coins), days, EVALUATION_TRADES, list(SCALES), ROUNDS)
        window = slice(0, days * DAY)
        return cls(seed, EVALUATION_TRADES, coins + 1, days, window, tuple(occasions))

    @property
    def first_midnight(self) -> datetime:
        return first_midnight_of(self.day or ABUSE_DAY, self.days)

    @property
    def drawn_from(self) -> int:
        """The seed of all but the accounts: each day of a market has its own."""
        return self.seed if self.day is None else self.seed * 10**7 + self.days_before

    @property
    def days_before(self) -> int:
        """Days of its market before it."""
        return 0 if self.day is None else self.day.toordinal()

    @property
    def accounts(self) -> Accounts:
        return Accounts.draw(stream(self.seed, "accounts"), population(self.trades))

    def trades_of(self, coin: int) -> dict[Venue, int]:
        """Trades of one coin by venue; over the usual coins they add up to the market's number."""
        if coin == len(COINS):
            return dict.fromkeys(VENUES, RARE_TRADES_A_DAY * self.days)
        shares = np.outer(SHARES[: self.coins], [venue.share for venue in VENUES])
        ends = np.rint(np.cumsum(shares / shares.sum()) * self.trades).astype(np.int64)
        counts = np.diff(ends, prepend=0).reshape(shares.shape)[coin]
        return dict(zip(VENUES, map(int, counts), strict=True))


def coin_market(plan: MarketPlan, coin: int) -> SymbolMarket:
    """One coin of a market, in memory."""
    path = common_path(plan, coin)
    return symbol_market(
        plan.drawn_from,
        path,
        plan.accounts,
        [one for one in plan.occasions if path.instrument.symbol in one.symbols],
        plan.trades_of(coin),
        plan.window,
    )


def common_path(plan: MarketPlan, coin: int) -> Path:
    """The price of one coin that all venues follow, before anything is planted."""
    instrument = (*COINS, RARE)[coin]
    weekday = plan.first_midnight.weekday()
    path = background(plan.drawn_from, [instrument], plan.days, weekday)[instrument.symbol]
    if plan.day is not None:
        path.end_where_it_began()
    return path


def first_midnight_of(last_day: date, days: int) -> datetime:
    """The midnight with which so many days begin."""
    return datetime.combine(last_day - timedelta(days=days - 1), time.min)


def _coins_of(trades: int) -> int:
    if trades < FEWEST:
        raise ValueError(
            f"a market of several venues has {FEWEST:,} trades or more, was {trades:,}"
        )
    return 3 if trades < SMALL else len(COINS)


def _symbols(coins: int) -> list[str]:
    return [coin.symbol for coin in COINS[:coins]]
