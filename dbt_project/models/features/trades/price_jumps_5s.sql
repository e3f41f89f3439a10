{{ config(window_column='cell_start_at', grain='5 seconds') }}

-- How far the price left its start at once: within a second and the one with trades before it, if
-- that is at most ten seconds older. What moved in a longer silence is no jump.
with seconds as (
    select
        *,
        lag(cell_start_at) over by_symbol >= cell_start_at - interval 10 seconds as follows,
        if(follows, least(open, lag(low) over by_symbol), open) as lowest_start,
        if(follows, greatest(open, lag(high) over by_symbol), open) as highest_start,
        time_bucket(interval 5 seconds, cell_start_at) as cell,
    from {{ ref('bars_1s') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 10 seconds
        and cell_start_at < {{ last_cell('5 seconds') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

-- of equal jumps the one to the higher price
jumps as (
    select
        venue,
        symbol,
        max(struct_pack(share := high / lowest_start - 1, price := high)) as rise,
        max(struct_pack(share := 1 - low / highest_start, price := low)) as fall,
        cell as cell_start_at,
    from seconds
    group by venue, symbol, cell
),

cells as (
    select
        *,
        max(high) over five_minutes_before as high_before,
        min(low) over five_minutes_before as low_before,
    from {{ ref('bars_5s') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 5 minutes
        and cell_start_at < {{ last_cell('5 seconds') }}
    window five_minutes_before as (
        partition by venue, symbol order by cell_start_at
        range between interval 300 seconds preceding and interval 5 seconds preceding
    )
),

closing as (
    select
        cells.venue,
        cells.symbol,
        struct_extract(jumps.rise, 'share') as rise,
        struct_extract(jumps.rise, 'price') as price_after_rise,
        struct_extract(jumps.fall, 'share') as fall,
        struct_extract(jumps.fall, 'price') as price_after_fall,
        cells.high_before,
        cells.low_before,
        cells.notional,
        cells.order_count,
        cells.fill_count,
        cells.largest_order_notional,
        pump_inputs.baseline_minutes,
        pump_inputs.volatility_1m,
        pump_inputs.usd_per_quote,
        cell_start_at,
        cells.cell_end_at,
        cells.trade_day,
    from cells
    inner join jumps using (venue, symbol, cell_start_at)
    inner join {{ ref('pump_inputs_5s') }} as pump_inputs using (venue, symbol, cell_start_at)
    where cells.cell_start_at >= {{ first_cell('5 seconds') }}
)

select * from closing
