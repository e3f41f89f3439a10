{{ config(materialized='ephemeral') }}

-- The greatest distance (Kolmogorov and Smirnov) between a day's distribution of trade sizes and that
-- of the thirty days before.
with bins as (
    select
        venue,
        symbol,
        trade_day,
        size_bin,
        sum(trade_count)::bigint as trade_count,
    from {{ ref('trade_sizes_1d') }}
    where trade_day >= {{ first_cell('1 day') }} - interval 30 days and trade_day < {{ last_cell('1 day') }}
    group by venue, symbol, trade_day, size_bin
),

days as (
    select distinct venue, symbol, trade_day
    from bins
    where trade_day >= {{ first_cell('1 day') }}
),

compared as (
    select
        days.venue,
        days.symbol,
        days.trade_day,
        bins.size_bin,
        coalesce(sum(bins.trade_count) filter (where bins.trade_day = days.trade_day), 0) as today,
        coalesce(sum(bins.trade_count) filter (where bins.trade_day < days.trade_day), 0) as before,
        list(distinct bins.trade_day) as bin_days,
    from days
    inner join bins
        on
            bins.venue = days.venue
            and bins.symbol = days.symbol
            and bins.trade_day between days.trade_day - 30 and days.trade_day
    group by all
),

shares as (
    select
        *,
        sum(today) over whole as today_total,
        sum(before) over whole as before_total,
        sum(today) over up_to / nullif(today_total, 0)
        - sum(before) over up_to / nullif(before_total, 0) as distance,
    from compared
    window
        whole as (partition by venue, symbol, trade_day),
        up_to as (partition by venue, symbol, trade_day order by size_bin)
),

distances as (
    select
        venue,
        symbol,
        trade_day,
        max(abs(distance)) as value,
        any_value(today_total)::bigint as sample_count,
        any_value(before_total)::bigint as earlier_count,
        len(list_distinct(flatten(list(bin_days)))) - 1 as day_count,
        sqrt((sample_count + earlier_count) / nullif(sample_count * earlier_count, 0)) as scale,
    from shares
    group by venue, symbol, trade_day
)

select
    venue,
    symbol,
    'size_break' as test,
    value,
    -- mean and 99.9th percentile of Kolmogorov's distribution
    0.8687 * scale as expected,
    1.9495 * scale as limit_by_chance,
    sample_count,
    case
        when sample_count < 1000 then 'fewer than 1,000 trades'
        when day_count < 5 then 'fewer than five earlier days with trades'
    end as reason,
    trade_day,
from distances
