"""An account: what is known of it, what it traded, with whom, and its trades page by page."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.trades import LISTED, TRADES
from assets.transform.accounts.tables import ACCOUNTS
from reports.day_strip import DayTraded
from reports.queries import Row, rows

DAYS = 30
"""The days up to the lake's last one that an account's page looks at."""
COUNTERPARTIES = 10
DESCRIBED = ("owner_id", "kind", "kyc_tier", "declared_role", "country", "opened_at")
"""What a file may say of an account."""
ACTIVITY = "lake.marts.account_activity_1h"
MINE = "venue = $venue and $account_id in (buyer_account_id, seller_account_id)"


class CursorError(ValueError):
    """A place among the trades that no page gave."""


@dataclass(frozen=True)
class Cursor:
    """The last trade of a page: the next page begins after it."""

    traded_at: datetime
    symbol: str
    trade_id: str

    @property
    def text(self) -> str:
        return json.dumps([self.traded_at.isoformat(), self.symbol, self.trade_id])

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """From the text of a page's link; CursorError for any other."""
        try:
            traded_at, symbol, trade_id = map(str, json.loads(text))
            found = cls(datetime.fromisoformat(traded_at), symbol, trade_id)
            # text that the lake can hold: neither a lone surrogate nor a NUL, and times in UTC
            if b"\0" in (symbol + trade_id).encode() or found.traded_at.tzinfo is not None:
                raise ValueError("no place of ours")
            return found
        except (ValueError, TypeError, RecursionError) as error:
            raise CursorError(f"{text!r} is no place among the trades: begin anew") from error


@dataclass(frozen=True)
class Account:
    """Whose trades are asked for."""

    venue: str
    account_id: str

    @property
    def values(self) -> dict[str, str]:
        return {"venue": self.venue, "account_id": self.account_id}


def last_day(connection: DuckDBPyConnection) -> date | None:
    """The last UTC day on which any account traded."""
    return connection.execute(f"select max(trade_day) from {ACTIVITY}").fetchall()[0][0]


def account_facts(connection: DuckDBPyConnection, account: Account) -> Row | None:
    """What is known of an account; None where it never traded.

    first_traded_at, last_traded_at (UTC), trade_count, notional_usd (null where unknown), and what
    a file says of it: owner_id, kind, kyc_tier, declared_role, country, opened_at.
    """
    hours = rows(
        connection,
        f"""
        select
            min(trade_day) as first_day,
            max(trade_day) as last_day,
            sum(trade_count)::bigint as trade_count,
            sum(notional_usd)::double as notional_usd,
        from {ACTIVITY}
        where venue = $venue and account_id = $account_id
        """,
        account.values,
    )[0]
    if hours["first_day"] is None:
        return None
    days = {"first_day": hours.pop("first_day"), "last_day": hours.pop("last_day")}
    times = rows(
        connection,
        f"""
        select min(traded_at) as first_traded_at, max(traded_at) as last_traded_at
        from {TRADES}
        where {MINE} and trade_day in ($first_day, $last_day)
        """,
        account.values | days,
    )[0]
    described = rows(
        connection,
        f"select {', '.join(DESCRIBED)} from lake.{ACCOUNTS.name} "
        "where venue = $venue and account_id = $account_id",
        account.values,
    )
    return {**account.values, **times, **hours, **(described or [dict.fromkeys(DESCRIBED)])[0]}


def account_symbols(connection: DuckDBPyConnection, account: Account, until: date) -> list[Row]:
    """What it traded in each symbol in the days up to one, those of most dollars first.

    symbol, trade_count, bought, sold (quote currency), notional_usd, and share: of the symbol's
    money in these days what has the account on a side, 0 to 1.
    """
    return rows(
        connection,
        f"""
        with own as (
            select
                symbol,
                count(*) as trade_count,
                coalesce(sum(notional) filter (where buyer_account_id = $account_id), 0)::double
                    as bought,
                coalesce(sum(notional) filter (where seller_account_id = $account_id), 0)::double
                    as sold,
                sum(notional)::double as notional,
                sum(notional_usd)::double as notional_usd,
            from {TRADES}
            where {MINE} and trade_day > $since and trade_day <= $until
            group by symbol
        ),

        markets as (
            select symbol, sum(notional)::double as notional
            from lake.marts.symbol_days
            where venue = $venue and trade_day > $since and trade_day <= $until
            group by symbol
        )

        select
            symbol, trade_count, bought, sold, notional_usd,
            least(own.notional / nullif(markets.notional, 0), 1) as share,
        from own
        left join markets using (symbol)
        order by notional_usd desc nulls last, symbol
        """,
        account.values | _days(until),
    )


def account_days(connection: DuckDBPyConnection, account: Account, until: date) -> list[DayTraded]:
    """What it bought and sold on each day on which it traded, US dollars where these are known."""
    found = rows(
        connection,
        f"""
        select
            trade_day as day,
            coalesce(sum(notional_usd) filter (where buyer_account_id = $account_id), 0)::double
                as bought,
            coalesce(sum(notional_usd) filter (where seller_account_id = $account_id), 0)::double
                as sold,
        from {TRADES}
        where {MINE} and trade_day > $since and trade_day <= $until
        group by trade_day
        order by trade_day
        """,
        account.values | _days(until),
    )
    return [DayTraded(**one) for one in found]


def account_counterparties(
    connection: DuckDBPyConnection, account: Account, until: date
) -> list[Row]:
    """With whom it traded most where both sides are known: the first ten by dollars.

    counterparty_id (itself for trades with itself), trade_count, symbol_count, bought_usd,
    sold_usd, and share: of its trades that name both sides, 0 to 1.
    """
    return rows(
        connection,
        f"""
        select
            if(buyer_account_id = $account_id, seller_account_id, buyer_account_id)
                as counterparty_id,
            count(*) as trade_count,
            count(distinct symbol) as symbol_count,
            sum(notional_usd) filter (where buyer_account_id = $account_id)::double as bought_usd,
            sum(notional_usd) filter (where seller_account_id = $account_id)::double as sold_usd,
            count(*) / sum(count(*)) over () as share,
        from {TRADES}
        where
            {MINE} and trade_day > $since and trade_day <= $until
            and buyer_account_id is not null and seller_account_id is not null
        group by counterparty_id
        order by sum(notional_usd) desc nulls last, trade_count desc, counterparty_id
        limit {COUNTERPARTIES}
        """,
        account.values | _days(until),
    )


def account_trades(
    connection: DuckDBPyConnection, account: Account, after: Cursor | None, most: int
) -> tuple[list[Row], Cursor | None]:
    """Its trades, the newest first, after a page's end; and where this page ends, if not the last.

    The columns are those of `LISTED`.
    """
    values: dict[str, object] = dict(account.values)
    later = ""
    if after is not None:
        later = (
            "and traded_at <= $traded_at "
            "and (traded_at, symbol, trade_id) < ($traded_at, $symbol, $trade_id)"
        )
        values |= {
            "traded_at": after.traded_at, "symbol": after.symbol, "trade_id": after.trade_id
        }  # fmt: skip
    found = rows(
        connection,
        f"select {LISTED} from {TRADES} where {MINE} {later} "
        f"order by traded_at desc, symbol desc, trade_id desc limit {most + 1:d}",
        values,
    )
    if len(found) <= most:
        return found, None
    last = found[most - 1]
    return found[:most], Cursor(last["traded_at"], last["symbol"], last["trade_id"])


def _days(until: date) -> dict[str, date]:
    return {"since": until - timedelta(days=DAYS), "until": until}
