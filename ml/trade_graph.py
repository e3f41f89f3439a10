"""The trades of one market and day between accounts, and how many of them chance would give.

Accounts are numbered from 0. What follows from the trades depends neither on which numbers accounts
have, nor on the unit of quantities, nor on which side is called the buyer's.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml.estimator import Booleans, Floats

Numbers = NDArray[np.int64]

DAY_SECONDS = 86_400.0
MOST_BINS = 24
TRADES_A_BIN = 500
# of so many pairs at a time the expected trades are summed: what a processor's cache holds
PAIRS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class TradeGraph:
    """Trades by time, each with two accounts; no account trades with itself.

    Parameters
    ----------
    buyer, seller
        Accounts of each trade, shape (trades,).
    is_taken_by_buyer
        Whether the buyer was the aggressor, shape (trades,). Where nobody knows, any value: then
        expectations come from buyers' and sellers' shares instead of takers' and makers'.
    quantity
        Quantity of each trade above 0, in any unit, shape (trades,).
    seconds
        Time of each trade in seconds since the day's start, rising, shape (trades,).
    accounts
        Number of accounts.
    """

    buyer: Numbers
    seller: Numbers
    is_taken_by_buyer: Booleans
    quantity: Floats
    seconds: Floats
    accounts: int

    def __post_init__(self) -> None:
        if (self.buyer == self.seller).any():
            raise ValueError("an account trades with itself: set such trades apart before")
        if (np.diff(self.seconds) < 0).any():
            raise ValueError("the trades of a graph must be in the order of time")

    @classmethod
    def between_accounts(
        cls,
        buyer: Numbers,
        seller: Numbers,
        is_taken_by_buyer: Booleans,
        quantity: Floats,
        seconds: Floats,
    ) -> Self:
        """The graph of the trades between two accounts; self-trades are left out."""
        apart = buyer != seller
        accounts = int(max(buyer.max(initial=-1), seller.max(initial=-1))) + 1
        return cls(
            buyer[apart],
            seller[apart],
            is_taken_by_buyer[apart],
            quantity[apart],
            seconds[apart],
            accounts,
        )

    def __len__(self) -> int:
        return len(self.buyer)

    @cached_property
    def taker(self) -> Numbers:
        """The aggressor of each trade."""
        return np.where(self.is_taken_by_buyer, self.buyer, self.seller)

    @cached_property
    def maker(self) -> Numbers:
        """The other account of each trade."""
        return np.where(self.is_taken_by_buyer, self.seller, self.buyer)

    @cached_property
    def total_quantity(self) -> float:
        """The quantity of all trades."""
        return float(self.quantity.sum())

    @cached_property
    def gross(self) -> Floats:
        """Bought and sold quantity of each account."""
        return self._sums(self.buyer, self.quantity) + self._sums(self.seller, self.quantity)

    @cached_property
    def net(self) -> Floats:
        """Bought less sold quantity of each account."""
        return self._sums(self.buyer, self.quantity) - self._sums(self.seller, self.quantity)

    @cached_property
    def flatness(self) -> Floats:
        """|net| / gross of each account: 0 ends the day as it began, 1 traded one way."""
        return np.abs(self.net) / np.maximum(self.gross, np.finfo(float).tiny)

    @cached_property
    def pairs(self) -> tuple[Numbers, Numbers, NDArray[np.intp]]:
        """The two accounts of each pair that traded, and the pair of each trade."""
        low, high = np.minimum(self.buyer, self.seller), np.maximum(self.buyer, self.seller)
        keys, pair = np.unique(low * self.accounts + high, return_inverse=True)
        return keys // self.accounts, keys % self.accounts, pair

    @cached_property
    def pair_counts(self) -> NDArray[np.intp]:
        """The trades of each pair."""
        _, _, pair = self.pairs
        return np.bincount(pair)

    @cached_property
    def time_bins(self) -> tuple[NDArray[np.intp], int]:
        """The slice of the day that each trade is in, and how many slices have trades.

        At most 24 equal slices of about 500 trades or more: too short a slice explains a cycle by
        the hour in which it ran.
        """
        count = min(MOST_BINS, max(1, len(self) // TRADES_A_BIN))
        slices = np.floor(self.seconds / (DAY_SECONDS / count)).astype(np.int64)
        present, number = np.unique(slices, return_inverse=True)
        return number, len(present)

    def expected_pair_trades(self, weight: Floats | None = None) -> Floats:
        """How many trades each pair would share if takers met makers at random in each slice.

        With `weight` of each trade, a trade counts as much in its accounts' activity.
        """
        number, count = self.time_bins
        first, second, _ = self.pairs
        of_time = np.maximum(np.bincount(number, weight, count), np.finfo(float).tiny)
        # a row an account: of a pair two short rows are read
        taken = self._by_slice(self.taker, weight)
        made = self._by_slice(self.maker, weight) / of_time
        expected = np.empty(len(first))
        for start in range(0, len(first), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            one, other = first[part], second[part]
            expected[part] = np.einsum("ij,ij->i", taken[one], made[other])
            expected[part] += np.einsum("ij,ij->i", taken[other], made[one])
        return expected

    def expected_inside(self, members: Numbers) -> float:
        """How many trades a set of accounts would share if takers met makers at random."""
        taken = np.bincount(self.taker, minlength=self.accounts)[members].astype(float)
        made = np.bincount(self.maker, minlength=self.accounts)[members].astype(float)
        return float(taken.sum() * made.sum() - taken @ made) / max(len(self), 1)

    def inside(self, members: Numbers) -> Booleans:
        """Which trades have both accounts in the set."""
        is_member = np.zeros(self.accounts, bool)
        is_member[members] = True
        return is_member[self.buyer] & is_member[self.seller]

    def _by_slice(self, account: Numbers, weight: Floats | None) -> Floats:
        number, count = self.time_bins
        cells = np.bincount(account * count + number, weight, self.accounts * count)
        return cells.reshape(self.accounts, count).astype(float)

    def _sums(self, account: Numbers, values: Floats) -> Floats:
        return np.bincount(account, values, self.accounts).astype(float)


def surprise(count: Floats, expected: Floats) -> Floats:
    """`count ln(count / expected) - count + expected` in nats, 0 at or below expectation.

    A Poisson count this large has a probability of at most exp(-surprise).
    """
    count, expected = np.asarray(count, float), np.maximum(expected, 1e-9)
    more = count > expected
    with np.errstate(divide="ignore", invalid="ignore"):
        nats = count * np.log(count / expected) - count + expected
    return np.where(more, nats, 0.0)
