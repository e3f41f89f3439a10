"""What a detector needs of its source, and which markets of a day do not have it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal

from duckdb import DuckDBPyConnection

from assets.lake.source import Source, in_lake
from assets.market.window import Window

Need = Literal[
    "aggressor_side", "time_below_seconds", "several_fills", "accounts", "both_accounts", "owners"
]
MarketDay = tuple[str, str, date]
"""Venue, symbol and UTC day."""

REASONS: Mapping[Need, str] = {
    "aggressor_side": "no aggressor side is known",
    "time_below_seconds": "times are whole seconds",
    "several_fills": "no order has several fills",
    "accounts": "no account is named",
    "both_accounts": "no trade names both accounts",
    "owners": "no file says which accounts have one owner",
}
OF_ACCOUNTS: frozenset[Need] = frozenset({"accounts", "both_accounts"})
# so many orders of one fill each are no chance; of fewer, the venue's other symbols decide
ORDERS_TO_TELL = 100


def unmet_needs(
    connection: DuckDBPyConnection,
    needs: Collection[Need],
    first: date,
    last: date,
    source: Source = in_lake,
) -> dict[MarketDay, str]:
    """The markets and days whose source lacks a need, with the reason in words.

    Read from the hours of `features.bars_1h` and `features.account_trades_1h`, and from
    `core.accounts`; where no hour has closed yet, nothing is lacking.
    """
    if not needs:
        return {}
    hours = source("features.bars_1h", Window.of_day(first).start_at)
    found = connection.execute(
        f"""
        with days as (
            select
                venue, symbol, trade_day,
                sum(buyer_trade_count + seller_trade_count) > 0 as aggressor_side,
                bool_or(largest_order_at <> date_trunc('second', largest_order_at))
                    as time_below_seconds,
                sum(fill_count) > sum(order_count) as has_several_fills,
                sum(order_count) as order_count,
            from {hours}
            where trade_day between ? and ?
            group by venue, symbol, trade_day
        )
        select
            venue, symbol, trade_day, aggressor_side, time_below_seconds,
            has_several_fills or (
                order_count < ? and bool_or(has_several_fills) over (partition by venue, trade_day)
            ) as several_fills
        from days
        """,
        [first, last, ORDERS_TO_TELL],
    ).fetchall()
    named = _with_accounts(connection, first, last) if OF_ACCOUNTS & {*needs} else {}
    owned = _with_owners(connection) if "owners" in needs else set[str]()
    unmet: dict[MarketDay, str] = {}
    for venue, symbol, day, *of_trades in found:
        # whether both accounts are named; None where no account is
        both = named.get((venue, symbol, day))
        met = [*of_trades, both is not None, bool(both), venue in owned]
        reasons = [
            reason
            for (need, reason), is_met in zip(REASONS.items(), met, strict=True)
            if need in needs and not is_met
        ]
        if reasons:
            unmet[venue, symbol, day] = " and ".join(reasons)
    return unmet


def _with_accounts(
    connection: DuckDBPyConnection, first: date, last: date
) -> dict[MarketDay, bool]:
    """The markets and days whose trades name an account, and whether some name both."""
    found = connection.execute(
        """
        select venue, symbol, trade_day, sum(both_sides_count) > 0
        from lake.features.account_trades_1h
        where trade_day between ? and ?
        group by venue, symbol, trade_day
        """,
        [first, last],
    ).fetchall()
    return {(venue, symbol, day): both for venue, symbol, day, both in found}


def _with_owners(connection: DuckDBPyConnection) -> set[str]:
    """The venues on which some owner has several accounts, of which files say so."""
    found = connection.execute(
        """
        select distinct accounts.venue
        from lake.core.accounts as accounts
        inner join lake.core.owners as owners using (owner_id)
        where owners.account_count > 1
        """
    ).fetchall()
    return {venue for (venue,) in found}
