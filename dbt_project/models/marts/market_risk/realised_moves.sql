{{ config(materialized='ephemeral') }}

-- Realised variation of each symbol and closing day, the mean of five grids of five minutes. Sums
-- of doubles go in order: they depend on it.
with returns as (
    select
        *,
        abs(log_return) as size,
        lag(size) over by_grid as before,
        lag(size, 2) over by_grid as second_before,
        -- the middle one of three
        size + before + second_before - greatest(size, before, second_before)
        - least(size, before, second_before) as middle,
    from {{ ref('minute_moves') }}
    where log_return is not null
    window by_grid as (partition by venue, symbol, trade_day, grid order by priced_at)
),

grids as (
    select
        venue,
        symbol,
        trade_day,
        grid,
        count(*) as n,
        sum(size ** 2 order by priced_at) as variance,
        pi() / 2 * n / nullif(n - 1, 0) * sum(size * before order by priced_at) as bipower,
        pi() / (pi() - 2) * n / nullif(n - 1, 0)
        * sum(if(size < before, size, before) ** 2 order by priced_at)
            filter (where before is not null) as min_variance,
        pi() / (6 - 4 * sqrt(3) + pi()) * n / nullif(n - 2, 0)
        * sum(middle ** 2 order by priced_at) as median_variance,
        n ** 2 / nullif(n - 2, 0) * (2 ** (2 / 3) * gamma(7 / 6) / gamma(1 / 2)) ** -3
        * sum((size * before * second_before) ** (4 / 3) order by priced_at) as quarticity,
    from returns
    group by venue, symbol, trade_day, grid
)

select
    venue,
    symbol,
    trade_day,
    avg(n) as return_count,
    {% for measure in ['variance', 'bipower', 'min_variance', 'median_variance', 'quarticity'] %}
        avg({{ measure }} order by grid) as {{ measure }},
    {% endfor %}
from grids
group by venue, symbol, trade_day
