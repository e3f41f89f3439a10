"""The accounts that trade: some busy, some rare; no name reveals an account's role."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

COUNTS = {
    "retail": 420,
    "algorithm": 36,
    "institution": 14,
    "maker": 10,
    "grid_bot": 12,
    "clock": 8,
}

# a larger market has more private traders: at least one per this many trades
TRADES_A_RETAIL_ACCOUNT = 1_000


def population(trades: int) -> dict[str, int]:
    """The number of accounts per group for a market of this many trades on several venues."""
    retail = max(COUNTS["retail"], trades // TRADES_A_RETAIL_ACCOUNT)
    return {**COUNTS, "retail": retail, "algorithm": 36 + retail // 40, "arbitrageur": 6}


@dataclass(frozen=True)
class Accounts:
    """Account numbers by group; the activity of retail accounts follows a Zipf law."""

    groups: dict[str, np.ndarray]
    retail_shares: np.ndarray
    names: tuple[str, ...] = ()
    """The name of each number, where it is not `account_name`."""

    @classmethod
    def draw(cls, random: np.random.Generator, counts: Mapping[str, int] = COUNTS) -> "Accounts":
        """A population with this many accounts per group."""
        numbers = random.permutation(sum(counts.values()))
        ends = np.cumsum(list(counts.values()))
        groups = dict(zip(counts, np.split(numbers, ends[:-1]), strict=True))
        weights = 1.0 / (5.0 + np.arange(counts["retail"]))
        return cls(groups, weights / weights.sum())

    def pick(self, random: np.random.Generator, group: str, count: int) -> np.ndarray:
        """Accounts of a group for this many orders, the busy ones more often."""
        if group == "retail":
            return random.choice(self.groups[group], count, p=self.retail_shares)
        return random.choice(self.groups[group], count)

    def some(self, random: np.random.Generator, group: str, count: int) -> np.ndarray:
        """Different accounts of a group, among the busier half; all of a group of fewer."""
        members = self.groups[group]
        count = min(count, len(members))
        return random.choice(members[: max(count, len(members) // 2)], count, replace=False)

    def name(self, number: int) -> str:
        """The name of an account."""
        return self.names[number] if self.names else account_name(number)


def account_name(number: int) -> str:
    """The name that the tape shows."""
    return f"T{number:04d}"
