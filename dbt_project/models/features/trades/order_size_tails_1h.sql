{{ config(window_column='cell_start_at', grain='1 hour') }}

-- The tail of the largest orders of the seconds with trades, from the bin with the top 1 %.
-- In bins of equal ratio a Pareto tail is geometric: Hill's exponent in closed form, over integers.
with bins as (
    select
        *,
        min(first_hour_at) over by_hour as since,
        sum(second_count) over by_hour as all_count,
        sum(second_count) over (by_hour order by size_bin desc) as as_large_count,
    from {{ ref('order_sizes_30d') }}
    window by_hour as (partition by venue, symbol, cell_start_at)
),

tails as (
    select
        *,
        max(size_bin) filter (where as_large_count * {{ orders_to_one_of_the_tail() }} >= all_count)
            over (partition by venue, symbol, cell_start_at) as first_bin,
    from bins
),

fits as (
    select
        venue,
        symbol,
        max(all_count)::bigint as second_count,
        sum(second_count)::bigint as tail_count,
        2 ** (max(first_bin) / {{ size_bins_of_a_doubling() }}) as tail_start_notional,
        2 ** ((max(size_bin) + 1) / {{ size_bins_of_a_doubling() }}) as largest_notional,
        2 ** ((max(size_bin) filter (where as_large_count >= 2) + 1) / {{ size_bins_of_a_doubling() }})
            as second_notional,
        if(largest_notional >= {{ outlier() }} * second_notional, second_notional, largest_notional)
            as usual_largest_notional,
        sum(second_count * (size_bin - first_bin))::double / tail_count as mean_excess,
        -{{ size_bins_of_a_doubling() }} * log2(nullif(mean_excess, 0) / (mean_excess + 1)) as tail_exponent,
        date_diff('hour', min(since), cell_start_at + interval 1 hour) / 24 as covered_days,
        cell_start_at,
    from tails
    where size_bin >= first_bin
    group by venue, symbol, cell_start_at
),

volumes as (
    select
        venue,
        symbol,
        fits.cell_start_at,
        median(bars_5m.notional::double) as median_notional_5m,
        sum(bars_5m.notional_usd)::double / sum(bars_5m.notional)::double as usd_per_quote,
    from fits
    inner join {{ ref('bars_5m') }} as bars_5m using (venue, symbol)
    where
        bars_5m.cell_start_at >= {{ first_cell('1 hour') }} - interval 23 hours
        and bars_5m.cell_start_at < {{ last_cell('1 hour') }}
        and bars_5m.cell_start_at >= fits.cell_start_at - interval 23 hours
        and bars_5m.cell_start_at < fits.cell_start_at + interval 1 hour
    group by venue, symbol, fits.cell_start_at
),

joined as (
    select
        fits.* exclude (mean_excess, second_notional, cell_start_at),
        volumes.median_notional_5m,
        volumes.usd_per_quote,
        cell_start_at,
        cell_start_at + interval 1 hour as cell_end_at,
        cell_start_at::date as trade_day,
    from fits
    left join volumes using (venue, symbol, cell_start_at)
)

select * from joined
