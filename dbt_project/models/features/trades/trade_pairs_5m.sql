{{ config(materialized='ephemeral') }}

-- Pairs of neighbouring trades of equal quantity, by cell and quantity. One row per cell, with a
-- null quantity, counts the orders whose first trade closes no pair. A trade of unknown side is
-- left out.
with trades as not materialized (
    select
        venue,
        symbol,
        sequence,
        trade_id,
        traded_at,
        time_bucket(interval '5 minutes', traded_at) as cell_start_at,
        {
            'price': price_double,
            'quantity': quantity_double,
            'is_buyer': aggressor_side = 'buyer',
            'at': epoch_us(traded_at),
        } as trade,
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('5 minutes') }}
        and traded_at < {{ last_cell('5 minutes') }}
        and is_on_book
        and aggressor_side is not null
),

-- one struct and one window, because the sort is expensive
neighbours as (
    select
        venue,
        symbol,
        cell_start_at,
        trade,
        lag(trade) over in_order as earlier,
        lag(trade, 2) over in_order as second_earlier,
    from trades
    window in_order as (
        partition by venue, symbol, cell_start_at order by traded_at, sequence, trade_id
    )
),

judged as (
    select
        venue,
        symbol,
        cell_start_at,
        trade,
        trade.is_buyer <> earlier.is_buyer as is_opposite,
        earlier.is_buyer <> second_earlier.is_buyer as is_earlier_opposite,
        coalesce({{ opens_order('trade', 'earlier') }}, true) as opens_order,
        coalesce({{ closes_pair('trade', 'earlier') }}, false) as closes_pair,
        coalesce({{ closes_pair('earlier', 'second_earlier') }}, false) as earlier_closes_pair,
    from neighbours
)

select
    venue,
    symbol,
    case when closes_pair then trade.quantity end as quantity,
    count(*) filter (where opens_order and trade.is_buyer) as buyer_order_count,
    count(*) filter (where opens_order and not trade.is_buyer) as seller_order_count,
    count(*) filter (where closes_pair) as pair_count,
    count(*) filter (where closes_pair and is_opposite) as opposite_pair_count,
    count(*) filter (where closes_pair and earlier_closes_pair) as shared_trade_count,
    count(*) filter (
        where closes_pair and earlier_closes_pair and is_opposite and is_earlier_opposite
    ) as opposite_shared_trade_count,
    cell_start_at,
from judged
group by venue, symbol, cell_start_at, case when closes_pair then trade.quantity end
