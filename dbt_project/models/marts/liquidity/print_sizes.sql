{{ config(materialized='ephemeral') }}

-- How large single trades of each closing day were, and how much of its money a few of them are.
-- Sums are of decimals: exact, whatever the order.
with prints as not materialized (
    select venue, symbol, trade_day, notional,
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 day') }}
        and traded_at < {{ last_cell('1 day') }}
        and is_on_book
),

days as (
    select
        venue, symbol, trade_day,
        sum(notional) as total,
        count(*) as print_count,
        median(notional::double) as median_trade_notional,
        max(notional)::double / total::double as largest_trade_share,
        quantile_disc(notional, 0.99) as large_from,
    from prints
    group by venue, symbol, trade_day
)

select
    days.venue, days.symbol, days.trade_day,
    total::double / print_count as mean_trade_notional,
    median_trade_notional,
    largest_trade_share,
    -- of trades as large as the smallest of the hundredth, as many as it still lacks
    case
        when print_count >= {{ least_prints_of_a_hundredth() }}
            then
                (
                    coalesce(sum(prints.notional), 0)
                    + (ceil(print_count / 100)::bigint - count(prints.notional)) * large_from
                )::double / total::double
    end as largest_hundredth_share,
from days
left join prints
    on
        days.venue = prints.venue
        and days.symbol = prints.symbol
        and days.trade_day = prints.trade_day
        and days.large_from < prints.notional
group by
    days.venue, days.symbol, days.trade_day, total, print_count, median_trade_notional,
    largest_trade_share, large_from
