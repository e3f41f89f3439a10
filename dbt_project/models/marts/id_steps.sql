{{ config(materialized='ephemeral') }}

-- From each accepted trade to the one with the next id of its day, or of the day after, where the
-- market numbers its trades one by one: by most steps of the day and of the day before, for one day
-- may hold too few trades to tell.
with steps as (
    select
        venue,
        symbol,
        is_aggregate,
        number - lag(number) over in_order as step,
        number,
        lag(traded_at) over in_order as earlier_at,
        traded_at,
        lag(trade_day) over in_order as earlier_day,
        trade_day,
    from {{ ref('landed_ids') }}
    where is_accepted
    window in_order as (partition by venue, symbol, is_aggregate order by trade_day, number)
),

days as (
    select
        venue,
        symbol,
        is_aggregate,
        trade_day,
        count(*) filter (step = 1) as consecutive_count,
        count(*) filter (step > 0) as step_count,
    from steps
    where earlier_day = trade_day
    group by venue, symbol, is_aggregate, trade_day
),

two_days as (
    select
        venue,
        symbol,
        is_aggregate,
        trade_day,
        sum(consecutive_count) over day_before_too as consecutive_count,
        sum(step_count) over day_before_too as step_count,
    from days
    window day_before_too as (
        partition by venue, symbol, is_aggregate order by trade_day
        range between interval 1 day preceding and current row
    )
)

select steps.*
from steps
inner join two_days using (venue, symbol, is_aggregate, trade_day)
where
    two_days.consecutive_count >= {{ least_consecutive_ids() }}
    and two_days.consecutive_count >= {{ consecutive_share() }} * two_days.step_count
