{{ config(materialized='ephemeral') }}

-- The spread that takers paid: in each second of both sides the middle of the prices that buyers
-- took less that of those that sellers took, over their mean; then the mean over five minutes, and
-- its mean and deviation over the closing day. Sums of doubles go in order.
with seconds as (
    select
        venue,
        symbol,
        date_trunc('second', traded_at) as second_at,
        {% for side in ['buyer', 'seller'] %}
            min(price_double) filter (where aggressor_side = '{{ side }}')
            + max(price_double) filter (where aggressor_side = '{{ side }}') as twice_{{ side }}_price,
        {% endfor %}
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 day') }}
        and traded_at < {{ last_cell('1 day') }}
        and is_on_book
        and aggressor_side is not null
    group by venue, symbol, second_at
),

cells as (
    select
        venue,
        symbol,
        time_bucket(interval '5 minutes', second_at) as cell_start_at,
        avg(
            2 * (twice_buyer_price - twice_seller_price) / (twice_buyer_price + twice_seller_price)
            order by second_at
        ) as spread,
    from seconds
    group by venue, symbol, cell_start_at
    having spread is not null
)

select
    venue,
    symbol,
    cell_start_at::date as trade_day,
    count(*) as spread_cell_count,
    spread_cell_count >= {{ least_cells_of_a_spread() }} as is_enough,
    if(is_enough, avg(spread order by cell_start_at), null) as effective_spread,
    if(is_enough, stddev_samp(spread order by cell_start_at), null) as spread_deviation,
from cells
group by venue, symbol, cell_start_at::date
