{{ config(materialized='ephemeral') }}

-- Roll's spread of each closing day, the mean over its hours: by the covariance of one change of
-- price with the next, from close to close of five seconds with a trade. An hour in which it is not
-- negative has none. Sums of doubles go in order.
with changes as (
    select
        venue,
        symbol,
        trade_day,
        cell_start_at,
        time_bucket(interval '1 hour', cell_start_at) as hour_at,
        ln(close / lag(close) over by_hour) as change,
    from {{ ref('bars_5s') }}
    where {{ cells_read('1 day') }}
    window by_hour as (
        partition by venue, symbol, time_bucket(interval '1 hour', cell_start_at)
        order by cell_start_at
    )
),

pairs as (
    select *, lag(change) over by_hour as change_before,
    from changes
    window by_hour as (partition by venue, symbol, hour_at order by cell_start_at)
),

hours as (
    select
        venue,
        symbol,
        trade_day,
        hour_at,
        covar_samp(change, change_before order by cell_start_at) as covariance,
        if(covariance < 0, 2 * sqrt(-covariance), null) as spread,
    from pairs
    group by venue, symbol, trade_day, hour_at
    having count(change_before) >= {{ least_changes_of_an_hour() }}
)

select
    venue,
    symbol,
    trade_day,
    count(*) as roll_hour_count,
    avg(spread order by hour_at) as roll_spread,
    1 - count(spread) / count(*) as roll_undefined_share,
from hours
group by venue, symbol, trade_day
