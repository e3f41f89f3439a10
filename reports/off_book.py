"""Trades that no order book made: they are trades, and move no price, bar, spread or detector."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from reports.currency import quote_of
from reports.queries import Symbol, rows

# of `condition` in core.trades, those that no book made
MADE_BY = {
    "adl": "auto-deleveraging",
    "block": "block trade",
    "insurance": "insurance fund",
    "rfq": "request for quote",
    "settlement": "settlement",
}


@dataclass(frozen=True)
class OffBook:
    """The trades of one symbol and condition; `notional` is in the symbol's quote currency."""

    venue: str
    symbol: str
    condition: str
    trade_count: int
    notional: float
    notional_usd: float | None
    """None where the quote is no dollar coin."""

    @property
    def key(self) -> Symbol:
        return self.venue, self.symbol

    @property
    def quote(self) -> str:
        return quote_of(self.symbol)

    @property
    def made_by(self) -> str:
        """The condition in words."""
        return MADE_BY.get(self.condition, self.condition)


@dataclass(frozen=True)
class ConditionTotal:
    """All symbols' trades of one condition; `notional_usd` is of those quoted in dollar coins."""

    made_by: str
    trade_count: int
    notional_usd: float | None


def off_book_trades(connection: DuckDBPyConnection, days: Sequence[date]) -> list[OffBook]:
    """The trades of some days that no order book made, by symbol and condition."""
    if not days:
        return []
    found = rows(
        connection,
        """
        select
            venue, symbol, condition,
            count(*) as trade_count,
            sum(notional)::double as notional,
            sum(notional_usd)::double as notional_usd
        from lake.core.trades
        where
            trade_day between $first and $last
            and list_contains($days, trade_day)
            and not is_on_book
        group by venue, symbol, condition
        order by venue, symbol, trade_count desc, condition
        """,
        {"first": min(days), "last": max(days), "days": list(days)},
    )
    return [OffBook(**row) for row in found]


def by_condition(found: Sequence[OffBook]) -> list[ConditionTotal]:
    """The sums over all symbols, most trades first."""
    grouped: dict[str, list[OffBook]] = defaultdict(list)
    for one in found:
        grouped[one.made_by].append(one)
    totals = [
        ConditionTotal(made_by, sum(one.trade_count for one in group), dollars(group))
        for made_by, group in grouped.items()
    ]
    return sorted(totals, key=lambda total: (-total.trade_count, total.made_by))


def dollars(found: Sequence[OffBook]) -> float | None:
    """The notional of those that are quoted in dollar coins; None if none is."""
    known = [one.notional_usd for one in found if one.notional_usd is not None]
    return sum(known) if known else None
