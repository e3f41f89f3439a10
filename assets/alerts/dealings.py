"""Who traded with whom behind an alert, and how often by chance; inferred where rows name one side.

Of rows that name the side of the taker alone nobody knows the other. Two neighbours among the
alert's trades that undo each other (the same quantity, opposite takers, at most a second and a
basis point apart) are then inferred to be one account against the other, as the detector of wash
trading pairs them.
"""

from collections.abc import Collection, Mapping
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import LIFT, time_read
from assets.alerts.trades import IN_ORDER, TRADES, condition_of
from assets.market.window import ONE_DAY
from reports.queries import rows
from reports.ring import Dealing

LEAST_SHARE = 0.01
"""Of the money of all dealings, from which on two accounts that nobody named are shown."""
QUERY = f"""
    with day as materialized (
        select
            traded_at, sequence, trade_id, aggressor_side, quantity, price_double, notional,
            buyer_account_id as buyer, seller_account_id as seller,
            coalesce({{behind}}, false) as is_behind,
        from {TRADES}
        where is_on_book and {{market}} traded_at >= ? and traded_at < ?
    ),

    buys as (
        select buyer as account_id, count(*) / sum(count(*)) over () as share
        from day where buyer is not null group by buyer
    ),

    sells as (
        select seller as account_id, count(*) / sum(count(*)) over () as share
        from day where seller is not null group by seller
    ),

    neighbours as (
        select
            *,
            coalesce(
                aggressor_side <> lead(aggressor_side) over following
                and quantity = lead(quantity) over following
                and lead(traded_at) over following - traded_at <= interval 1 second
                and abs(lead(price_double) over following - price_double) <= 1e-4 * price_double,
                false
            ) as undone,
            coalesce(buyer, seller) as one,
            lead(coalesce(buyer, seller)) over following as other,
        from day
        where is_behind and (buyer is null) <> (seller is null)
        window following as (order by {IN_ORDER})
    ),

    -- of three in a row that undo each other the second is used once
    runs as (
        select
            *,
            row_number() over (order by {IN_ORDER})
            - row_number() over (partition by undone order by {IN_ORDER}) as run,
        from neighbours
    ),

    pairs as (
        select *, row_number() over (partition by undone, run order by {IN_ORDER}) as place
        from runs
    ),

    dealings as (
        select seller, buyer, false as is_inferred, count(*) as trade_count, sum(notional) as money
        from day
        where is_behind and buyer is not null and seller is not null
        group by all
        union all
        select
            if(buyer is null, one, other), if(buyer is null, other, one), true, count(*),
            sum(notional),
        from pairs
        where undone and place % 2 = 1
        group by all
    )

    select
        dealings.seller,
        dealings.buyer,
        dealings.is_inferred,
        dealings.trade_count,
        dealings.money::double as money,
        sum(trade_count) over (partition by is_inferred) * sells.share * buys.share
            as expected_count,
        (money / sum(money) over ())::double as share,
    from dealings
    inner join buys on dealings.buyer = buys.account_id
    inner join sells on dealings.seller = sells.account_id
    order by dealings.money desc, dealings.seller, dealings.buyer, is_inferred
"""


def dealings_of(
    connection: DuckDBPyConnection, alert: Mapping[str, Any], named: Collection[str]
) -> list[Dealing]:
    """The dealings of the trades behind an alert, those of most money first.

    `alert` has the columns of `alerts.alerts`. Of two or more accounts that are named, those of
    them with each other; else those beyond chance. What chance gives is read from the market's day
    up to the alert's end: how often one sold, times how often the other bought.
    """
    condition = condition_of(alert)
    if condition is None:
        return []
    names = [name for name in ("venue", "symbol") if alert[name]]
    query = QUERY.format(behind=condition.sql, market="".join(f"{name} = ? and " for name in names))
    values = [*condition.values, *(alert[name] for name in names), *time_read(alert, ONE_DAY)]
    found = rows(connection, query, values)
    return [
        Dealing(**{name: value for name, value in one.items() if name != "share"})
        for one in found
        if (
            {one["seller"], one["buyer"]} <= set(named)
            if len(named) > 1
            else one["trade_count"] > max(1, LIFT * one["expected_count"])
            and one["share"] >= LEAST_SHARE
        )
    ]
