{{ config(materialized='ephemeral') }}

-- At the end of each hour of the window, the order sizes of the 29 days before and of the day so far.
with sizes as (
    select * from {{ ref('order_sizes_1h') }}
    where
        cell_start_at >= {{ first_cell('1 hour') }}::date - interval 29 days
        and cell_start_at < {{ last_cell('1 hour') }}
),

hours as (
    select
        hour_start_at as cell_start_at,
        hour_start_at::date as trade_day,
    from generate_series(
        {{ first_cell('1 hour') }}, {{ last_cell('1 hour') }} - interval 1 hour, interval 1 hour
    ) as series (hour_start_at)
),

earlier_days as (
    select
        sizes.venue,
        sizes.symbol,
        sizes.size_bin,
        days.trade_day,
        sum(sizes.second_count) as second_count,
        min(sizes.cell_start_at) as first_hour_at,
    from (select distinct trade_day from hours) as days
    inner join sizes
        on
            sizes.trade_day < days.trade_day
            and sizes.trade_day >= days.trade_day - interval 29 days
    group by sizes.venue, sizes.symbol, sizes.size_bin, days.trade_day
),

parts as (
    select
        earlier_days.* exclude (trade_day),
        hours.cell_start_at,
    from earlier_days
    inner join hours using (trade_day)
    union all by name
    select
        sizes.* exclude (cell_start_at, cell_end_at, trade_day),
        sizes.cell_start_at as first_hour_at,
        hours.cell_start_at,
    from sizes
    inner join hours
        on hours.trade_day = sizes.trade_day and sizes.cell_start_at <= hours.cell_start_at
)

select
    venue,
    symbol,
    size_bin,
    sum(second_count) as second_count,
    min(first_hour_at) as first_hour_at,
    cell_start_at,
from parts
group by venue, symbol, size_bin, cell_start_at
