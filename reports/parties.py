"""Who is in the trades behind an alert, and how that is said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.numbers import count, percent, significant

ACCOUNTS_NAMED = 5
PAIRS_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Party:
    """An account on a side of the trades behind an alert."""

    account_id: str
    bought: float
    """Notional in quote currency."""
    sold: float
    """Notional in quote currency."""
    share: float
    """Of the money of the alert's trades, what has the account on a side, 0 to 1."""
    share_of_day: float
    """The same of all the market's trades of the 24 hours up to the alert's end; in a message, of
    the alert's own time."""
    earlier_alert_count: int
    """Alerts that named the account and ended before this one began."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two accounts that traded with each other behind an alert; or one, with itself."""

    account_id: str
    counterparty_id: str
    trade_count: int
    expected_count: float
    """As many trades of the two as chance gives, by how often each bought and sold in that time."""
    share: float
    """Of the money of the alert's trades, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Parties:
    """The accounts of an alert's trades, those of most money first, and pairs beyond chance."""

    trade_count: int
    named_count: int
    """Trades that name an account."""
    account_count: int
    """Accounts in all; `accounts` are the first of them."""
    accounts: Sequence[Party] = ()
    pairs: Sequence[Pair] = ()

    @property
    def sentences(self) -> list[str]:
        """What an analyst reads first: facts, and beside a count what chance gives."""
        if not self.accounts:
            return []
        said = [_met(pair) for pair in self.pairs]
        shares = ", ".join(
            f"{one.account_id} {percent(one.share, 2)} ({percent(one.share_of_day, 2)})"
            for one in self.accounts
        )
        others = self.account_count - len(self.accounts)
        said.append(
            f"Share of the money, in brackets of the market's 24 hours: {shares}"
            + (f"; {count(others)} further accounts." if others else ".")
        )
        if unnamed := self.trade_count - self.named_count:
            said.append(f"{count(unnamed)} of the {count(self.trade_count)} trades name nobody.")
        if earlier := [one for one in self.accounts if one.earlier_alert_count]:
            named = ", ".join(
                f"{one.account_id} {count(one.earlier_alert_count)}" for one in earlier
            )
            said.append(f"Earlier alerts: {named}.")
        return said

    def as_record(self) -> dict[str, Any]:
        """Accounts and pairs as plain lists, for JSON and Avro."""
        return {
            "accounts": [asdict(one) for one in self.accounts],
            "pairs": [asdict(one) for one in self.pairs],
        }


NOBODY = Parties(trade_count=0, named_count=0, account_count=0)


def _met(pair: Pair) -> str:
    times = "once" if pair.trade_count == 1 else f"{count(pair.trade_count)} times"
    money = f"{percent(pair.share, 2)} of the money"
    if pair.account_id == pair.counterparty_id:
        return f"{pair.account_id} traded with itself {times} ({money})."
    return (
        f"{pair.account_id} and {pair.counterparty_id} traded with each other {times} ({money}), "
        f"where chance gives {significant(pair.expected_count, 2)}."
    )
