{{ config(window_column='cell_start_at', grain='5 seconds', every='1 minute') }}

-- The baseline before each minute, of every market with a bar in the 48 hours before: complete with
-- the minute's first 5-second cell, and the same for all of its cells.
-- A minute in progress has no bar: it enters as an empty row, and the full minutes before it count.
with bars as (
    select
        venue,
        symbol,
        close,
        notional,
        buyer_order_count,
        rush_order_count,
        cell_start_at as minute_start_at,
        case
            when cell_start_at - lag(cell_start_at) over by_minute <= interval 24 hours
                then least(abs(ln(close / lag(close) over by_minute)), {{ largest_usual_return() }})
        end as log_return,
        false as is_stub,
    from {{ ref('bars_1m') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 49 hours
        and cell_start_at < {{ last_cell('5 seconds') }}
    window by_minute as (partition by venue, symbol order by cell_start_at)
),

markets as (
    select distinct
        venue,
        symbol,
    from bars
),

stubs as (
    select
        venue,
        symbol,
        unnest(range(
            time_bucket(interval 1 minute, {{ first_cell('5 seconds') }}),
            {{ last_cell('5 seconds') }},
            interval 1 minute
        )) as minute_start_at,
        true as is_stub,
    from markets
),

bars_and_stubs as (
    select * from bars
    union all by name
    select * from stubs
),

baselines as (
    select
        venue,
        symbol,
        case
            when count(close) over day_before > 0 then 1440
            else date_diff(
                'minute',
                min(minute_start_at) filter (where not is_stub) over last_day,
                minute_start_at
            )
        end as baseline_minutes,
        coalesce(sum(buyer_order_count) over last_day, 0)::bigint as buyer_order_count,
        coalesce(sum(rush_order_count) over last_day, 0)::bigint as rush_order_count,
        coalesce(sum(notional) over last_day, 0)::decimal(38, 12) as notional,
        -- fixed point: sums of integers are the same in any order
        coalesce(sum((log_return * log_return * 1e18)::hugeint) over last_day, 0)::double / 1e18
            as squared_returns,
        -- the 5-second cells have the price of the last 15 minutes
        last_value(close ignore nulls) over until_15m_before as close_15m_before,
        minute_start_at as cell_start_at,
        minute_start_at + interval 5 seconds as cell_end_at,
        minute_start_at::date as trade_day,
        is_stub,
    from bars_and_stubs
    window
        last_day as (
            partition by venue, symbol order by minute_start_at
            range between interval 1440 minutes preceding and interval 1 minute preceding
        ),
        day_before as (
            partition by venue, symbol order by minute_start_at
            range between interval 2880 minutes preceding and interval 1441 minutes preceding
        ),
        until_15m_before as (
            partition by venue, symbol order by minute_start_at
            range between interval 1440 minutes preceding and interval 15 minutes preceding
        )
)

select * exclude (is_stub) from baselines
where
    is_stub
    and baseline_minutes is not null
    -- a window that begins within a minute writes its row unless an earlier window has
    and (
        cell_start_at >= {{ first_cell('5 seconds') }}
        or not exists (
            select 1 from {{ this }} as earlier
            where
                earlier.cell_start_at
                = time_bucket(interval 1 minute, {{ first_cell('5 seconds') }})
        )
    )
