"""Who is in the trades behind an alert: accounts, their share of the money, pairs, earlier alerts.

Read from the lake when somebody asks, as the trades are; `reports/parties.py` has the words.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.trades import TRADES, condition_of
from assets.market.window import ONE_DAY
from reports.parties import ACCOUNTS_NAMED, NOBODY, PAIRS_NAMED, Pair, Parties, Party
from reports.queries import rows

# as many times what chance gives, from which on two accounts are named as a pair
LIFT = 2.0
# and of the money at least this share
SHARE = 0.05

# The market's trades up to the alert's end, of which some are behind the alert.
QUERY = """
    with day as materialized (
        select
            buyer_account_id as buyer,
            seller_account_id as seller,
            -- exact sums: those of doubles depend on their order
            notional,
            {behind} as is_behind,
        from {trades}
        where {market} and is_on_book and traded_at >= ? and traded_at < ?
    ),

    sums as (
        select
            count(*) as day_count,
            sum(notional) as day_notional,
            count(*) filter (where is_behind) as trade_count,
            count(*) filter (where is_behind and (buyer is not null or seller is not null))
                as named_count,
            sum(notional) filter (where is_behind) as notional,
        from day
    ),

    -- a trade with oneself is one side of the money, and both of the counts
    sides as (
        select buyer as account_id, notional as bought, 0 as sold, notional, is_behind from day
        union all
        select seller, 0, notional, if(buyer = seller, 0, notional), is_behind from day
    ),

    accounts as (
        select
            account_id,
            sum(bought) filter (where is_behind) as bought,
            sum(sold) filter (where is_behind) as sold,
            sum(notional) filter (where is_behind) as behind,
            sum(notional) as of_day,
            count(*) filter (where bought > 0) as buy_count,
            count(*) filter (where sold > 0) as sell_count,
        from sides
        where account_id is not null
        group by account_id
        having bool_or(is_behind)
    ),

    met as (
        select
            least(buyer, seller) as account_id,
            greatest(buyer, seller) as counterparty_id,
            count(*) as trade_count,
            sum(notional) as notional,
        from day
        where is_behind and buyer is not null and seller is not null
        group by all
    ),

    pairs as (
        select
            met.*,
            if(account_id = counterparty_id, 1, 2) / 2 * sums.trade_count * (
                one.buy_count * other.sell_count + one.sell_count * other.buy_count
            ) / sums.day_count ** 2 as expected_count,
        from met
        cross join sums
        inner join accounts as one using (account_id)
        inner join accounts as other on met.counterparty_id = other.account_id
    )

    select
        trade_count,
        named_count,
        (select count(*) from accounts) as account_count,
        (
            select list({{
                'account_id': account_id,
                'bought': bought::double,
                'sold': sold::double,
                'share': coalesce(behind::double / nullif(sums.notional, 0)::double, 0),
                'share_of_day': coalesce(of_day::double / nullif(sums.day_notional, 0)::double, 0)
            }} order by behind desc, account_id)
            from accounts
        )[:{accounts_named}] as accounts,
        (
            select list({{
                'account_id': account_id,
                'counterparty_id': counterparty_id,
                'trade_count': trade_count,
                'expected_count': expected_count,
                'share': coalesce(notional::double / nullif(sums.notional, 0)::double, 0)
            }} order by notional desc, account_id, counterparty_id)
            from pairs
            where account_id = counterparty_id
                or (
                    trade_count > greatest(1, {lift} * expected_count)
                    and notional >= {share} * sums.notional
                )
        )[:{pairs_named}] as pairs,
    from sums
"""

EARLIER = """
    select account_id, count(*)
    from (select unnest(?) as account_id)
    inner join lake.alerts.alerts
        on
            (subject_kind = 'account' and subject_id = account_id)
            or list_contains(json_extract_string(further_subjects, '$[*].id'), account_id)
    where venue = ? and status <> 'superseded' and window_end_at <= ?
    group by account_id
"""


def parties_of(
    connection: DuckDBPyConnection,
    alert: Mapping[str, Any],
    trades: str = TRADES,
    *,
    beside: timedelta = ONE_DAY,
) -> Parties:
    """The accounts behind an alert, `NOBODY` where its evidence selects no trades.

    `alert` has the columns of `alerts.alerts`; `trades` is `core.trades` or a copy. What is
    usual is read from the market's trades of as long up to the alert's end, its own time at least.
    """
    behind = condition_of(alert)
    if behind is None:
        return NOBODY
    market = {name: alert[name] for name in ("venue", "symbol") if alert[name]}
    query = QUERY.format(
        behind=behind.sql,
        trades=trades,
        market=" and ".join(f"{name} = ?" for name in market) or "true",
        accounts_named=ACCOUNTS_NAMED,
        pairs_named=PAIRS_NAMED,
        lift=LIFT,
        share=SHARE,
    )
    values = [*behind.values, *market.values(), *time_read(alert, beside)]
    found = rows(connection, query, values)[0]
    if not found["named_count"]:
        return NOBODY
    names = [one["account_id"] for one in found["accounts"]]
    earlier = dict(
        connection.execute(EARLIER, [names, alert["venue"], alert["window_start_at"]]).fetchall()
    )
    return Parties(
        trade_count=found["trade_count"],
        named_count=found["named_count"],
        account_count=found["account_count"],
        accounts=[
            Party(**one, earlier_alert_count=earlier.get(one["account_id"], 0))
            for one in found["accounts"]
        ],
        pairs=[Pair(**one) for one in found["pairs"] or ()],
    )


def time_read(alert: Mapping[str, Any], beside: timedelta = ONE_DAY) -> tuple[datetime, datetime]:
    """So long up to the end of the alert or of its trades; all of these are inside."""
    selections = json.loads(alert["evidence"])["trades"]
    stretches = [stretch for one in selections for stretch in one["stretches"]]
    end_at = max(alert["window_end_at"], *(_time(end) for _, end in stretches))
    return min(end_at - beside, *(_time(start) for start, _ in stretches)), end_at


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
