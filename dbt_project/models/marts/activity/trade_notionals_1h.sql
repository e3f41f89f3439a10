{{ config(window_column='cell_start_at', grain='1 hour') }}

-- The number of trades by their notional; eight bins to a doubling.
select
    venue,
    symbol,
    {{ size_bin('notional::double') }} as size_bin,
    count(*) as trade_count,
    time_bucket(interval '1 hour', traded_at) as cell_start_at,
    time_bucket(interval '1 hour', traded_at) + interval '1 hour' as cell_end_at,
    time_bucket(interval '1 hour', traded_at)::date as trade_day,
from {{ ref('trades') }}
where
    traded_at >= {{ first_cell('1 hour') }}
    and traded_at < {{ last_cell('1 hour') }}
    and is_on_book
    and notional > 0
group by venue, symbol, size_bin, time_bucket(interval '1 hour', traded_at)
