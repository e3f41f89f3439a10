"""The table of closed clusters of accounts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from assets.lake.tables import Table


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterRow:
    """A closed cluster of a market's day; a day without one has a row that names no account."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    day_trade_count: int
    """The day's trades on the book that name two accounts."""
    day_account_count: int
    """The accounts of these trades."""
    both_sides_share: float
    """Their share of the quantity traded on the book; below a half no cluster is looked for."""
    self_trade_count: int
    """Trades of an account with itself, which are none of a cluster's."""
    closed_score_share: float | None
    """Share of the quantity between accounts that end flat, as do their partners and theirs."""
    closed_score_account_count: int | None
    """Their number: makers who face each other, or a ring; no account is accused by it."""
    note: str | None
    """What that says of the market, from a tenth of the day's quantity on."""
    account_ids: Annotated[list[str] | None, "varchar[]"] = None
    """The members, by name; null, as all that follows, where there is no cluster."""
    trade_count: int | None = None
    """Trades between two members, of at least the least quantity."""
    expected_trade_count: float | None = None
    """How many takers and makers who meet at random would give them."""
    surprise_nats: float | None = None
    """How far the first is beyond the second; a chance of at most exp(-nats)."""
    partners: str | None = None
    """What showed the members: rare, frequent or busy partners, or large trades."""
    least_quantity: float | None = None
    """Smaller trades of the members do not count; 0 where all do."""
    notional: float | None = None
    """Of the trades, quote currency."""
    notional_usd: float | None = None
    """The same in US dollars; null where the quote is no dollar coin."""
    volume_share: float | None = None
    """Their share of the quantity of the day's trades with two accounts."""
    closed_share: float | None = None
    """Share of the members' own quantity that they traded with each other."""
    net_over_gross: float | None = None
    """Sum of the members' net positions inside over what they traded inside."""
    day_flatness: float | None = None
    """Mean |net| / gross of the members over the whole day: 0 is flat."""
    mean_score: float | None = None
    """Mean closed-cluster score of the members, 0 to 1."""
    shape: str | None = None
    """star, where one member is in nine of ten trades; else mesh."""
    used_pair_share: float | None = None
    """Pairs of members that traded, of all."""
    reciprocity: float | None = None
    """Share of the quantity that came straight back between two members."""
    alternation: float | None = None
    """Share of a member's neighbouring trades inside that are on opposite sides."""
    median_holding_s: float | None = None
    """Seconds that a member holds what it bought or sold inside, first in first out."""
    first_traded_at: datetime | None = None
    """The cluster's first trade, UTC."""
    last_traded_at: datetime | None = None
    """Its last, UTC."""
    cell_start_at: datetime
    """Start of the day, UTC."""
    cell_end_at: datetime
    """End of the day, UTC; not part of it."""
    trade_day: date
    """UTC day."""


CLUSTERS = Table.of(
    "features.closed_clusters_1d",
    ClusterRow,
    meaning="Accounts that trade with each other far beyond chance and end flat, a market and day.",
    partitioned_by="trade_day",
)
