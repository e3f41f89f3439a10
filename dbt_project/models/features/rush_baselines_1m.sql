{{ config(materialized='ephemeral') }}

-- What was usual in the 24 hours before each minute that holds a 5-second cell of the window.
-- A minute in progress has no bar: each such minute enters as a stub, and full minutes before it count.
with minutes as (
    select
        venue,
        symbol,
        close,
        notional,
        rush_order_count,
        cell_start_at as minute_start_at,
        case
            when cell_start_at - lag(cell_start_at) over by_minute <= interval 24 hours
                then least(abs(ln(close / lag(close) over by_minute)), 0.02)
        end as log_return,
        false as is_stub,
    from {{ ref('bars_1m') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 49 hours
        and cell_start_at < {{ last_cell('5 seconds') }}
    window by_minute as (partition by venue, symbol order by cell_start_at)
),

stubs as (
    select distinct
        venue,
        symbol,
        time_bucket(interval 1 minute, cell_start_at) as minute_start_at,
        true as is_stub,
    from {{ ref('bars_5s') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }}
        and cell_start_at < {{ last_cell('5 seconds') }}
),

minutes_and_stubs as (
    select * from minutes
    union all by name
    select * from stubs
),

baselines as (
    select
        venue,
        symbol,
        minute_start_at,
        is_stub,
        case
            when count(close) over day_before > 0 then 1440
            else date_diff(
                'minute',
                min(minute_start_at) filter (where not is_stub) over last_day,
                minute_start_at
            )
        end as baseline_minutes,
        coalesce(sum(rush_order_count) over last_day, 0) as rush_order_count,
        coalesce(sum(notional) over last_day, 0) as notional,
        -- fixed point: sums of integers are the same in any order
        coalesce(sum((log_return * log_return * 1e18)::hugeint) over last_day, 0)::double / 1e18
            as squared_returns,
        -- the 5-second cells themselves tell the price of the last 15 minutes
        last_value(close ignore nulls) over until_15m_before as close_15m_before,
    from minutes_and_stubs
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

select * exclude (is_stub) from baselines where is_stub
