{{ config(window_column='cell_start_at', grain='1 hour') }}

-- Two accounts that traded with each other far more often in an hour than their own activity leads
-- to: i takes from j as often as i takes and j makes. Where the aggressor is unknown, the buyer
-- counts as the taker.
with trades as materialized (
    select
        venue,
        symbol,
        if(aggressor_side is not distinct from 'seller', seller_account_id, buyer_account_id)
            as taker_id,
        if(taker_id = buyer_account_id, seller_account_id, buyer_account_id) as maker_id,
        time_bucket(interval '1 hour', traded_at) as cell_start_at,
        count(*) as trade_count,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('1 hour') }}
        and traded_at < {{ last_cell('1 hour') }}
        and buyer_account_id <> seller_account_id
    group by all
),

pairs as (
    select
        venue,
        symbol,
        cell_start_at,
        least(taker_id, maker_id) as account_id,
        greatest(taker_id, maker_id) as counterparty_id,
        sum(trade_count)::bigint as trade_count,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
    from trades
    group by all
    having sum(trade_count) >= {{ least_meetings() }}
),

margins as materialized (
    select
        venue,
        symbol,
        cell_start_at,
        account_id,
        sum(taken)::double as taken,
        sum(made)::double as made,
        sum(sum(taken)) over (partition by venue, symbol, cell_start_at)::double as market_count,
    from (
        select venue, symbol, cell_start_at, taker_id as account_id, trade_count as taken, 0 as made,
        from trades
        union all
        select venue, symbol, cell_start_at, maker_id as account_id, 0 as taken, trade_count as made,
        from trades
    ) as sides
    group by venue, symbol, cell_start_at, account_id
)

select
    pairs.venue,
    pairs.symbol,
    pairs.account_id,
    pairs.counterparty_id,
    pairs.trade_count,
    (one.taken * other.made + other.taken * one.made) / one.market_count as expected_count,
    (one.taken + one.made)::bigint as account_trade_count,
    (other.taken + other.made)::bigint as counterparty_trade_count,
    pairs.notional::double as notional,
    pairs.notional_usd::double as notional_usd,
    pairs.cell_start_at,
    pairs.cell_start_at + interval '1 hour' as cell_end_at,
    pairs.cell_start_at::date as trade_day,
from pairs
inner join margins as one using (venue, symbol, cell_start_at, account_id)
inner join margins as other
    on
        pairs.venue = other.venue
        and pairs.symbol = other.symbol
        and pairs.cell_start_at = other.cell_start_at
        and pairs.counterparty_id = other.account_id
where pairs.trade_count >= {{ unexpected_meetings() }} * expected_count
