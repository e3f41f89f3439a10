"""Whom a hit, an alert, a risk or a case is about.

What an account owns or with whom it is linked is not known here (`core.accounts`, `wallets/`).
"""

from dataclasses import dataclass
from typing import Literal, Self

SubjectKind = Literal["market", "account", "owner", "wallet", "venue"]
"""A market is a symbol at a venue, an owner holds several accounts."""
Role = Literal["buyer", "seller", "beneficiary", "hub", "member", "counterparty", "client"]
"""What a further subject of an alert did in it."""

# What identifies a subject of each kind in a row, as SQL over the row's columns. An account has the
# name that its venue gives it; the row's venue says which.
SUBJECT_ID: dict[SubjectKind, str] = {
    "market": "venue || ' ' || symbol",
    "account": "account_id",
    "owner": "owner_id",
    "wallet": "wallet_id",
    "venue": "venue",
}
# Of each kind, the columns that a row must have.
SUBJECT_COLUMNS: dict[SubjectKind, tuple[str, ...]] = {
    "market": ("venue", "symbol"),
    "account": ("account_id",),
    "owner": ("owner_id",),
    "wallet": ("wallet_id",),
    "venue": ("venue",),
}


@dataclass(frozen=True, order=True, slots=True)
class Subject:
    """A subject by its kind and its id, which is unique among those of its kind at a venue."""

    kind: SubjectKind
    id: str

    @classmethod
    def market(cls, venue: str, symbol: str) -> Self:
        """The market of a symbol at a venue: `binance BTC-USDT`; no venue's name has a blank."""
        return cls("market", f"{venue} {symbol}")
