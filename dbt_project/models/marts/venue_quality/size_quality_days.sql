{{ config(materialized='ephemeral') }}

-- Roundness and Benford's law of a day's trade sizes.
with days as (
    select
        venue,
        symbol,
        trade_day,
        sum(trade_count)::bigint as sample_count,
        sum(trade_count) filter (where is_round) / sample_count as round_share,
        max(size_bin) - min(size_bin) as width,
        -- over integers, whose sums do not depend on an order
        sum(trade_count * size_bin * size_bin) * sample_count - sum(trade_count * size_bin) ** 2 as spread,
        sqrt(greatest(spread, 0)) / sample_count / {{ size_bins_of_a_doubling() }} * ln(2) as log_deviation,
        width / {{ size_bins_of_a_doubling() }} * log10(2) as decades,
        {% for digit in range(1, 10) %}
            abs(
                coalesce(sum(trade_count) filter (where first_digit = {{ digit }}), 0) / sample_count
                - log10(1 + 1 / {{ digit }})
            )
            {% if not loop.last %}+{% endif %}
        {% endfor %} as digit_deviation,
    from {{ ref('trade_sizes_1d') }}
    where trade_day >= {{ first_cell('1 day') }} and trade_day < {{ last_cell('1 day') }}
    group by venue, symbol, trade_day
)

select
    venue,
    symbol,
    'size_roundness' as test,
    round_share as value,
    -- what last digits without a preference give
    0.01 as expected,
    0.01 + 3.09 * sqrt(0.01 * 0.99 / sample_count) as limit_by_chance,
    sample_count,
    case when sample_count < 5000 then 'fewer than 5,000 trades' end as reason,
    trade_day,
from days
union all
select
    venue,
    symbol,
    'benford_first_digit' as test,
    digit_deviation / 9 as value,
    -- the mean of a binomial share's distance, summed over the nine digits
    0.2348 / sqrt(sample_count) as expected,
    0.015 as limit_by_chance,
    sample_count,
    case
        when sample_count < 10000 then 'fewer than 10,000 trades'
        when log_deviation < 1 then 'sizes are too alike: the deviation of their logarithm is below 1'
        when decades < 3 then 'sizes lie within three decades'
    end as reason,
    trade_day,
from days
