{{ config(materialized='ephemeral') }}

-- Trades a second in the 24 hours before each hour of the closing days, from the symbol's first hour
-- in them on; only symbols that traded in them have a row.
with hours as (
    select hour_start_at as cell_start_at
    from generate_series(
        {{ first_cell('1 day') }}, {{ last_cell('1 day') }} - interval 1 hour, interval 1 hour
    ) as series (hour_start_at)
),

bars as (
    select * from {{ ref('bars_1h') }}
    where {{ cells_read('1 day', '24 hours') }}
)

select
    bars.venue,
    bars.symbol,
    hours.cell_start_at,
    sum(bars.trade_count)::double
    / (epoch(hours.cell_start_at) - epoch(min(bars.cell_start_at))) as trades_per_second,
from hours
inner join bars
    on
        bars.cell_start_at >= hours.cell_start_at - interval 24 hours
        and bars.cell_start_at < hours.cell_start_at
group by bars.venue, bars.symbol, hours.cell_start_at
