"""The other side of every trade: the resting order and its account."""

from dataclasses import dataclass

import numpy as np

from assets.simulation.accounts import Accounts
from assets.simulation.book import Tape

GROUPS = ("maker", "retail", "grid_bot", "algorithm")
GROUP_SHARES = (0.58, 0.27, 0.09, 0.06)
# probability that a trade fills against the same resting order as the trade before it
SAME_ORDER = 0.35
SAME_ORDER_WITHIN_MS = 60_000


@dataclass(frozen=True)
class Counterparties:
    """`order` is the row of the resting order of each trade, `account` its owner by trade."""

    order: np.ndarray
    account: np.ndarray

    @property
    def order_count(self) -> int:
        return int(self.order[-1]) + 1 if len(self.order) else 0


def counterparties(random: np.random.Generator, tape: Tape, accounts: Accounts) -> Counterparties:
    """Resting orders for a tape, in its order; no account meets itself unless that was planned."""
    count = len(tape)
    continues = (
        (np.diff(tape.side, prepend=0) == 0)
        & (np.diff(tape.ticks, prepend=0) == 0)
        & (np.diff(tape.maker, prepend=0) == 0)
        & (np.diff(tape.at_ms, prepend=0) < SAME_ORDER_WITHIN_MS)
        & (random.random(count) < SAME_ORDER)
    )
    continues[:1] = False
    order = np.cumsum(~continues) - 1
    owners = np.empty(int(order[-1]) + 1 if count else 0, np.int64)
    group = random.choice(len(GROUPS), len(owners), p=GROUP_SHARES)
    for code, name in enumerate(GROUPS):
        rows = np.flatnonzero(group == code)
        owners[rows] = accounts.pick(random, name, len(rows))
    agreed = tape.maker >= 0
    owners[order[agreed]] = tape.maker[agreed]
    makers = accounts.groups["maker"]
    for step in range(len(makers)):
        met = ~agreed & (owners[order] == tape.account)
        if not met.any():
            break
        owners[order[met]] = makers[(tape.account[met] + step) % len(makers)]
    return Counterparties(order, owners[order])
