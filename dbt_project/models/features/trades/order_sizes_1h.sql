{{ config(window_column='cell_start_at', grain='1 hour') }}

-- The number of seconds by the size of their largest order; eight bins to a doubling.
with seconds as (
    select
        venue,
        symbol,
        {{ size_bin('largest_order_notional::double') }} as size_bin,
        date_trunc('hour', cell_start_at) as cell_start_at,
    from {{ ref('bars_1s') }}
    where
        cell_start_at >= {{ first_cell('1 hour') }}
        and cell_start_at < {{ last_cell('1 hour') }}
        and largest_order_notional > 0
),

sizes as (
    select
        venue,
        symbol,
        size_bin,
        count(*) as second_count,
        cell_start_at,
        cell_start_at + interval 1 hour as cell_end_at,
        cell_start_at::date as trade_day,
    from seconds
    group by venue, symbol, size_bin, cell_start_at
)

select * from sizes
