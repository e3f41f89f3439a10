{{ config(window_column='cell_start_at', grain='1 hour') }}

-- Of each market and hour with a known account: how many trades name the buyer, the seller, both.
select
    venue,
    symbol,
    count(*) as trade_count,
    count(*) filter (where buyer_account_id is not null and seller_account_id is not null)
        as both_sides_count,
    time_bucket(interval '1 hour', traded_at) as cell_start_at,
    time_bucket(interval '1 hour', traded_at) + interval '1 hour' as cell_end_at,
    time_bucket(interval '1 hour', traded_at)::date as trade_day,
from {{ ref('named_trades') }}
where
    traded_at >= {{ first_cell('1 hour') }}
    and traded_at < {{ last_cell('1 hour') }}
group by venue, symbol, time_bucket(interval '1 hour', traded_at)
