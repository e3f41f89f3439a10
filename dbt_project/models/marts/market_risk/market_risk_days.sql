{{ config(window_column='trade_day', grain='1 day') }}

-- What a day's prices say of market risk. What is annualised is so by the time that returns cover.
with days as (
    select
        symbol_days.venue,
        symbol_days.symbol,
        symbol_days.trade_day,
        ln(symbol_days.high / symbol_days.low) ** 2 as squared_range,
        ln(symbol_days.close / symbol_days.open) ** 2 as squared_move,
        coalesce(moves.return_count, 0) as return_count,
        moves.* exclude (venue, symbol, trade_day, return_count),
        -- a year's returns of five minutes, for each of the day's
        365 * 288 / nullif(moves.return_count, 0) as days_a_year,
        coalesce(moves.return_count >= {{ least_returns_of_a_day() }}, false) as is_long_enough,
    from {{ ref('symbol_days') }} as symbol_days
    left join {{ ref('realised_moves') }} as moves using (venue, symbol, trade_day)
    where symbol_days.trade_day >= {{ first_cell('1 day') }}::date
    and symbol_days.trade_day < {{ last_cell('1 day') }}::date
)

select
    venue,
    symbol,
    return_count,
    variance as realised_variance,
    bipower as bipower_variation,
    min_variance,
    median_variance,
    quarticity as tripower_quarticity,
    greatest(variance - bipower, 0) / nullif(variance, 0) as jump_share,
    ((variance - bipower) / nullif(variance, 0))
    / sqrt(
        (pi() ** 2 / 4 + pi() - 5) / return_count
        * greatest(1, quarticity / nullif(bipower, 0) ** 2)
    ) as jump_statistic,
    coalesce(jump_statistic > 3.09, false) as has_jump,
    if(is_long_enough, sqrt(days_a_year * variance), null) as annualised_volatility,
    if(is_long_enough, sqrt(days_a_year * squared_range / (4 * ln(2))), null)
        as parkinson_volatility,
    if(
        is_long_enough,
        sqrt(days_a_year * greatest(squared_range / 2 - (2 * ln(2) - 1) * squared_move, 0)),
        null
    ) as garman_klass_volatility,
    is_long_enough,
    case
        when not is_long_enough
            then 'only ' || (5 * return_count)::bigint || ' minutes of the day were seen'
    end as reason,
    trade_day,
from days
