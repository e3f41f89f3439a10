{{ config(materialized='ephemeral') }}

-- Kyle's lambda of each closing day: least squares of the five-minute return on the signed root of
-- the takers' net flow, and on the flow itself, with the t of Newey and West. Sums go in order.
{% set order = 'order by cell_start_at' %}
with inputs as (
    {% for form, x in [('root', 'sign(flow) * sqrt(abs(flow::double))'), ('linear', 'flow::double')] %}
        select
            venue, symbol, trade_day, cell_start_at, '{{ form }}' as form, log_return as y,
            {{ x }} as x,
        from {{ ref('flow_moves_5m') }}
        where log_return is not null and flow is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

fits as (
    select
        venue, symbol, trade_day, form,
        count(*) as n,
        avg(x {{ order }}) as mean_x,
        avg(y {{ order }}) as mean_y,
        regr_slope(y, x {{ order }}) as slope,
        if(regr_syy(y, x {{ order }}) > 0, regr_r2(y, x {{ order }}), null) as r2,
        -- their rule of thumb; of 288 cells it is five
        floor(4 * (n / 100) ** (2 / 9)) as lags,
    from inputs
    group by venue, symbol, trade_day, form
),

residuals as (
    select
        fits.*, cell_start_at, x - mean_x as dx,
        (y - mean_y - slope * dx) * dx as score,
        {% for n in range(1, 6) %}
            lag(score, {{ n }}) over day as score_{{ n }},
        {% endfor %}
    from inputs
    inner join fits using (venue, symbol, trade_day, form)
    window day as (partition by venue, symbol, trade_day, form order by cell_start_at)
)

select
    venue, symbol, trade_day, form, n, slope, r2,
    sum(dx ** 2 {{ order }}) as spread_of_x,
    sum(score ** 2 {{ order }})
    {% for n in range(1, 6) %}
        + 2 * greatest(1 - {{ n }} / (lags + 1), 0) * coalesce(sum(score * score_{{ n }} {{ order }}), 0)
    {% endfor %} as long_run_variance,
    slope * spread_of_x / nullif(sqrt(greatest(long_run_variance, 0)), 0) as t,
from residuals
group by venue, symbol, trade_day, form, n, slope, r2, lags
