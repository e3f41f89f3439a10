{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Three trades in a row of two accounts with each other, within a minute: how many such stretches
-- there were, and how many were round trips, of sides that alternate and nearly equal quantities,
-- at prices that fees would swallow. Where a row reports one side, the trades are an account's own,
-- and the counterparty is null.
with trades as (
    select
        venue,
        symbol,
        coalesce(least(buyer_account_id, seller_account_id), buyer_account_id, seller_account_id)
            as account_id,
        case
            when buyer_account_id <> seller_account_id
                then greatest(buyer_account_id, seller_account_id)
        end as counterparty_id,
        buyer_account_id is not null
        and coalesce(buyer_account_id < seller_account_id, true) as is_buyer,
        traded_at,
        price_double as price,
        quantity_double as quantity,
        notional,
        hash(trade_id) as tie,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('5 minutes') }} - to_seconds({{ round_trip_seconds() }})
        and traded_at < {{ last_cell('5 minutes') }}
        and {{ first_cell('5 minutes') }} < {{ last_cell('5 minutes') }}
        and buyer_account_id is distinct from seller_account_id
),

in_a_row as (
    select
        *,
        lag({ 'traded_at': traded_at, 'is_buyer': is_buyer, 'price': price, 'quantity': quantity })
            over in_order as second,
        lag({ 'traded_at': traded_at, 'is_buyer': is_buyer, 'price': price, 'quantity': quantity }, 2)
            over in_order as first,
    from trades
    window in_order as (
        partition by venue, symbol, account_id, counterparty_id order by traded_at, tie
    )
),

stretches as (
    select
        *,
        is_buyer <> second.is_buyer
        and second.is_buyer <> first.is_buyer
        and greatest(price, second.price, first.price) - least(price, second.price, first.price)
        <= {{ round_trip_price_share() }} * first.price
        and abs(second.quantity / first.quantity - 1) <= {{ round_trip_quantity_share() }}
        and abs(quantity / second.quantity - 1) <= {{ round_trip_quantity_share() }} as is_closing,
        time_bucket(interval '5 minutes', traded_at) as cell_start_at,
    from in_a_row
    where traded_at - first.traded_at <= to_seconds({{ round_trip_seconds() }})
)

select
    venue,
    symbol,
    account_id,
    counterparty_id,
    count(*) as stretch_count,
    count(*) filter (where is_closing) as round_trip_count,
    coalesce(sum(notional) filter (where is_closing), 0)::decimal(38, 12) as notional,
    max([quantity, second.quantity, first.quantity]) filter (where is_closing) as largest_trip,
    cell_start_at,
    cell_start_at + interval '5 minutes' as cell_end_at,
    cell_start_at::date as trade_day,
from stretches
where cell_start_at >= {{ first_cell('5 minutes') }}
group by all
