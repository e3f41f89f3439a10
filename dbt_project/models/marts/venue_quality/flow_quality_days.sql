{{ config(materialized='ephemeral') }}

-- Whether a venue's hours are busy when the symbol's other venues are: the rank correlation of the
-- hourly changes of notional over the week up to the day's end.
with hours as (
    select
        venue,
        symbol,
        cell_start_at,
        notional::double as notional,
    from {{ ref('bars_1h') }}
    where {{ cells_read('1 day', '7 days') }}
),

markets as (
    select
        venue,
        symbol,
        cell_start_at,
        notional,
        -- a sum of doubles depends on its order
        list_sum(list_sort(list(notional) over (partition by symbol, cell_start_at))) - notional as elsewhere,
    from hours
),

changes as (
    select
        *,
        ln(notional / lag(notional) over by_market) as own_change,
        ln(nullif(elsewhere, 0) / nullif(lag(elsewhere) over by_market, 0)) as other_change,
        cell_start_at - lag(cell_start_at) over by_market = interval 1 hour as is_next,
    from markets
    window by_market as (partition by venue, symbol order by cell_start_at)
),

days as (
    select distinct venue, symbol, cell_start_at::date as trade_day
    from hours
    where cell_start_at >= {{ first_cell('1 day') }}
),

ranked as (
    select
        days.*,
        other_change is not null and is_next as is_known,
        rank() over (partition by venue, symbol, trade_day, is_known order by own_change) as own_rank,
        rank() over (partition by venue, symbol, trade_day, is_known order by other_change) as other_rank,
    from days
    inner join changes using (venue, symbol)
    where cell_start_at >= trade_day - interval 6 days and cell_start_at < trade_day + interval 1 day
),

correlated as (
    select
        venue,
        symbol,
        trade_day,
        corr(own_rank, other_rank) filter (where is_known) as value,
        count(*) filter (where is_known) as sample_count,
    from ranked
    group by venue, symbol, trade_day
)

select
    venue,
    symbol,
    'venue_correlation' as test,
    value,
    0.0 as expected,
    3.09 / sqrt(nullif(greatest(sample_count - 1, 0), 0)) as limit_by_chance,
    sample_count,
    case
        when sample_count = 0 then 'no other venue of the lake trades the symbol in neighbouring hours'
        when sample_count < 48 then 'fewer than 48 hours in which another venue trades the symbol too'
    end as reason,
    trade_day,
from correlated
