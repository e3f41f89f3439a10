{{ config(window_column='cell_start_at', grain='1 day') }}

-- Histogram, a day, of the quantities of trades: bin of size, first digit, and whether a quantity is
-- a hundred lots or a multiple of it. The lot is the last decimal that one quantity in a thousand has.
with quantities as materialized (
    select
        venue,
        symbol,
        quantity,
        count(*) as trade_count,
        trade_day,
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 day') }}
        and traded_at < {{ last_cell('1 day') }}
        and is_on_book
    group by venue, symbol, quantity, trade_day
),

digits as (
    select
        *,
        rtrim(split_part(quantity::varchar, '.', 2), '0') as fraction,
        length(fraction)::integer as decimals,
        left(ltrim(quantity::varchar, '0.'), 1)::integer as first_digit,
    from quantities
),

ranked as (
    select
        *,
        sum(trade_count) over (partition by venue, symbol, trade_day order by decimals desc) as as_fine_count,
        sum(trade_count) over (partition by venue, symbol, trade_day) as all_count,
    from digits
),

lots as (
    select
        *,
        max(decimals) filter (where as_fine_count * 1000 >= all_count)
            over (partition by venue, symbol, trade_day) as lot_decimals,
    from ranked
)

select
    venue,
    symbol,
    floor(log2(quantity::double) * {{ size_bins_of_a_doubling() }})::integer as size_bin,
    first_digit,
    if(
        lot_decimals >= 2,
        decimals <= lot_decimals - 2,
        quantity % if(lot_decimals = 1, 10, 100) = 0
    ) as is_round,
    lot_decimals,
    sum(trade_count)::bigint as trade_count,
    trade_day::timestamp as cell_start_at,
    trade_day::timestamp + interval '1 day' as cell_end_at,
    trade_day,
from lots
group by venue, symbol, size_bin, first_digit, is_round, lot_decimals, trade_day
