"""An honest day of one symbol between accounts, drawn at random.

There are people who buy, sell or turn around, scalpers, schedules, groups that copy a leader,
arbitrageurs, grid bots, and makers who stand on one side of most trades, favour one side by their
stock, and hand stock to each other."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from ml.estimator import Floats
from ml.trade_graph import DAY_SECONDS, Numbers, TradeGraph

HOURS = 24
MEAN_QUANTITY = 100.0
STOCK_LIMIT = 2_500.0
LARGEST_HANDOVER = 1_000.0


@dataclass(frozen=True, eq=False)
class AccountDay:
    """Trades in the order of time; `is_ring` marks those of a ring. Arrays have shape (trades,)."""

    seconds: NDArray[np.float64]
    buyer: NDArray[np.int64]
    seller: NDArray[np.int64]
    is_taken_by_buyer: NDArray[np.bool_]
    quantity: NDArray[np.float64]
    is_ring: NDArray[np.bool_]
    people: NDArray[np.int64]
    """Accounts of people, whose trades a member of a ring may do instead."""

    @property
    def graph(self) -> TradeGraph:
        """The trades as a graph of accounts."""
        return TradeGraph.between_accounts(
            self.buyer, self.seller, self.is_taken_by_buyer, self.quantity, self.seconds
        )

    @property
    def accounts(self) -> int:
        """How many accounts there are, numbered from 0."""
        return int(max(self.buyer.max(), self.seller.max(), self.people.max())) + 1

    def in_order(self) -> Self:
        """The same trades in the order of time, without those of an account with itself."""
        rows = np.flatnonzero(self.buyer != self.seller)
        rows = rows[np.argsort(self.seconds[rows], kind="stable")]
        return replace(
            self,
            seconds=self.seconds[rows],
            buyer=self.buyer[rows],
            seller=self.seller[rows],
            is_taken_by_buyer=self.is_taken_by_buyer[rows],
            quantity=self.quantity[rows],
            is_ring=self.is_ring[rows],
        )


def honest_day(
    random: Generator, trades: int, *, makers: int = 4, maker_share: float = 0.74
) -> AccountDay:
    """A day without a ring: about so many trades, makers on one side of `maker_share` of them."""
    machines = max(3, trades // 6_000)
    people = np.arange(makers + 2 * machines, makers + 2 * machines + max(60, trades // 12))
    orders = np.concatenate(
        [
            _orders_of_people(random, people),
            _schedules(random, people, max(3, trades // 4_000)),
            _copiers(random, people, max(1, trades // 15_000)),
            # arbitrageurs, then makers who take
            _two_way(random, np.arange(makers, makers + machines), 600),
            _two_way(random, np.arange(makers), max(1, trades // 20 // makers)),
        ]
    )
    orders = orders[np.argsort(orders[:, 0], kind="stable")]
    if len(orders) > trades:
        orders = orders[np.sort(random.choice(len(orders), trades, replace=False))]
    taker, side, quantity = orders[:, 1].astype(int), orders[:, 2], orders[:, 3]
    maker = _counterparties(random, orders, makers, machines, people, maker_share)
    is_buy = side > 0
    day = AccountDay(
        seconds=orders[:, 0],
        buyer=np.where(is_buy, taker, maker),
        seller=np.where(is_buy, maker, taker),
        is_taken_by_buyer=is_buy,
        quantity=quantity,
        is_ring=np.zeros(len(orders), bool),
        people=people,
    ).in_order()
    return _with_handovers(day, makers)


def _times(random: Generator, count: int) -> Floats:
    """Seconds of the day; some hours are busier than others."""
    weight = random.gamma(4, 1, HOURS)
    hour = random.choice(HOURS, count, p=weight / weight.sum())
    return (hour + random.random(count)) * DAY_SECONDS / HOURS


def _quantities(random: Generator, count: int, spread: float = 1.2) -> Floats:
    sizes = MEAN_QUANTITY * random.lognormal(-(spread**2) / 2, spread, count)
    return np.maximum(1.0, np.round(sizes))


def _orders(seconds: Floats, account: ArrayLike, side: ArrayLike, quantity: ArrayLike) -> Floats:
    """Orders that take, as rows of time, account, side and quantity."""
    columns = np.broadcast_arrays(seconds, account, side, quantity)
    return np.column_stack([np.asarray(column, float) for column in columns])


def _orders_of_people(random: Generator, people: Numbers) -> Floats:
    """Of people some buy, some sell, some turn around, and some do so many times in two hours."""
    trades = 1 + np.floor(random.lognormal(1.0, 1.1, len(people))).astype(int)
    habit = random.choice(4, len(people), p=[0.36, 0.36, 0.2, 0.08])
    parts = []
    for kind, side in ((0, 1), (1, -1)):
        who = np.repeat(people[habit == kind], trades[habit == kind])
        count = len(who)
        parts.append(_orders(_times(random, count), who, side, _quantities(random, count)))
    who = np.repeat(people[habit == 2], np.maximum(1, trades[habit == 2] // 2))
    parts.append(_there_and_back(random, who, _times(random, len(who)), 5_400))
    scalps = random.integers(10, 75, int((habit == 3).sum()))
    who = np.repeat(people[habit == 3], scalps)
    starts = np.repeat(random.uniform(0, DAY_SECONDS - 7_200, len(scalps)), scalps)
    parts.append(_there_and_back(random, who, starts + 7_000 * random.random(len(who)), 90))
    return np.concatenate(parts)


def _there_and_back(
    random: Generator, who: ArrayLike, seconds: Floats, mean_holding: float
) -> Floats:
    count = len(seconds)
    quantity, side = _quantities(random, count), random.choice([-1, 1], count)
    back = np.minimum(seconds + random.exponential(mean_holding, count), DAY_SECONDS - 1)
    return np.concatenate(
        [_orders(seconds, who, side, quantity), _orders(back, who, -side, quantity)]
    )


def _schedules(random: Generator, people: Numbers, count: int) -> Floats:
    """Equal quantities at a steady pace, by every fourth one way and then the other."""
    parts = []
    for place, account in enumerate(random.choice(people, count, replace=False)):
        slices = int(random.integers(60, 400))
        pace = float(random.uniform(20, 100))
        seconds = float(random.uniform(0, DAY_SECONDS / 2)) + pace * np.arange(float(slices))
        side = np.full(slices, random.choice([-1, 1]))
        if place % 4 == 0:
            side[slices // 2 :] *= -1
        is_today = seconds < DAY_SECONDS
        orders = _orders(seconds, account, side, _quantities(random, 1, 0.3))
        parts.append(orders[is_today])
    return np.concatenate(parts)


def _copiers(random: Generator, people: Numbers, groups: int) -> Floats:
    """Groups of people who open and close at the same seconds as their leader."""
    parts = []
    for _ in range(groups):
        group = random.choice(people, min(len(people) // 2, int(random.integers(15, 40))), False)
        own = _quantities(random, len(group), 0.8)
        for start in _times(random, int(random.integers(3, 8))):
            side, close = random.choice([-1, 1]), start + random.exponential(1_800)
            for at, direction in ((start, side), (close, -side)):
                late = np.minimum(at + random.uniform(0.2, 3, len(group)), DAY_SECONDS - 1)
                parts.append(_orders(late, group, direction, own))
    return np.concatenate(parts)


def _two_way(random: Generator, accounts: Numbers, mean_trades: int) -> Floats:
    """Accounts that buy about as much as they sell: each trade undoes most of the one before."""
    parts = []
    for account in accounts:
        count = max(2, int(mean_trades * random.uniform(0.7, 1.3)))
        side = np.where(np.arange(count) % 2, 1, -1) * random.choice([-1, 1])
        quantity = np.repeat(_quantities(random, count // 2 + 1, 0.8), 2)[:count]
        parts.append(_orders(np.sort(_times(random, count)), account, side, quantity))
    return np.concatenate(parts)


def _counterparties(
    random: Generator, orders: Floats, makers: int, machines: int, people: Numbers, share: float
) -> Numbers:
    """Who makes each order's trade: a maker of the hour, a grid bot, or one of the people."""
    count = len(orders)
    weight = random.dirichlet(np.full(makers, 3.0)) * (random.random((HOURS, makers)) > 0.15)
    weight[weight.sum(1) == 0] = 1.0
    # a maker that is long in an hour sells more readily in it
    weight = np.repeat(weight[:, np.newaxis, :], 2, axis=1)
    weight *= random.lognormal(0, 0.4, weight.shape)
    cumulated = np.cumsum(weight / weight.sum(2, keepdims=True), axis=2)
    hour = (orders[:, 0] // (DAY_SECONDS / HOURS)).astype(int)
    drawn = random.random(count)[:, np.newaxis]
    chosen = (drawn > cumulated[hour, (orders[:, 2] > 0).astype(int)]).sum(1)
    bots = makers + machines + random.integers(0, machines, count)
    kind = random.random(count)
    others = np.where(kind < share + 0.1, bots, random.choice(people, count))
    return np.where(kind < share, np.minimum(chosen, makers - 1), others)


def _with_handovers(day: AccountDay, makers: int) -> AccountDay:
    """Each hour a maker with too much stock hands up to half of it to the next maker."""
    hours = (day.seconds // (DAY_SECONDS / HOURS)).astype(int)
    bought = np.bincount(hours * day.accounts + day.buyer, day.quantity, HOURS * day.accounts)
    sold = np.bincount(hours * day.accounts + day.seller, day.quantity, HOURS * day.accounts)
    changes = (bought - sold).reshape(HOURS, day.accounts)[:, :makers]
    stock = np.zeros(makers)
    rows = []
    for hour in range(HOURS):
        stock += changes[hour]
        for maker in np.flatnonzero(np.abs(stock) > STOCK_LIMIT):
            following, quantity = (
                (maker + 1) % makers,
                float(min(np.floor(abs(stock[maker]) / 2), LARGEST_HANDOVER)),
            )
            sides = (following, maker) if stock[maker] > 0 else (maker, following)
            stock[sides[0]] += quantity
            stock[sides[1]] -= quantity
            rows.append(((hour + 1) * DAY_SECONDS / HOURS - 1, *sides, quantity))
    if not rows or makers < 2:
        return day
    seconds, buyer, seller, quantity = map(np.array, zip(*rows, strict=True))
    return replace(
        day,
        seconds=np.concatenate([day.seconds, seconds]),
        buyer=np.concatenate([day.buyer, buyer]),
        seller=np.concatenate([day.seller, seller]),
        is_taken_by_buyer=np.concatenate([day.is_taken_by_buyer, np.ones(len(rows), bool)]),
        quantity=np.concatenate([day.quantity, quantity]),
        is_ring=np.concatenate([day.is_ring, np.zeros(len(rows), bool)]),
    ).in_order()
