{{ config(materialized='ephemeral') }}

-- How little a day's money moved the price: the median over its hours of the logarithm of return
-- against the root of notional, in robust scores of the fourteen days before.
with hours as (
    select
        venue,
        symbol,
        trade_day,
        ln(nullif(abs({{ log_return(at_most='1 hour') }}), 0) / sqrt(notional::double)) as log_impact,
    from {{ ref('bars_1h') }}
    where {{ cells_read('1 day', '15 days') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

daily as (
    select
        venue,
        symbol,
        trade_day,
        median(log_impact) as log_impact,
        count(log_impact) as sample_count,
    from hours
    group by venue, symbol, trade_day
),

compared as (
    select
        *,
        list(log_impact) filter (where sample_count >= 12) over (
            partition by venue, symbol order by trade_day
            range between interval 14 days preceding and interval 1 day preceding
        ) as earlier,
        list_median(earlier) as usual,
        list_median(list_transform(earlier, lambda one: abs(one - usual))) as deviation,
    from daily
)

select
    venue,
    symbol,
    'volume_without_impact' as test,
    {{ robust_score('log_impact', 'usual', robust_scale('greatest(deviation, ' ~ least_log_scale() ~ ')')) }}
        as value,
    0.0 as expected,
    -3.09 as limit_by_chance,
    sample_count,
    case
        when sample_count < 12 then 'fewer than twelve hours with a return'
        when coalesce(len(earlier), 0) < 10 then 'fewer than ten earlier days with twelve such hours'
    end as reason,
    trade_day,
from compared
where trade_day >= {{ first_cell('1 day') }}
