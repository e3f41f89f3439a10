{{ config(materialized='view') }}
-- The landed trades with exact numbers, and what is wrong with those that must be rejected. Ranges
-- are checked on doubles, which cost a quarter. They leave room for sums: a million of the largest
-- quantities and 100 million of the largest values per symbol and day still fit the decimals. A
-- value below the last digit would become zero, and every ratio to it infinite.
with typed as (
    select
        landed.* exclude (filename, traded_at),
        objects.object_number,
        objects.is_streamed,
        {{ time_in_object() }} as traded_at,
        symbols.symbol,
        symbols.symbol_problem,
        symbols.is_usd,
        symbols.is_inverse,
        symbols.contract_usd,
        -- from the text: casting a wide decimal to a double costs ten times as much
        try_cast(landed.price_text as double) as price_double,
        try_cast(landed.quantity_text as double) as traded_double,
    from {{ ref('int_trades_landed') }} as landed
    inner join {{ ref('base_landed_objects') }} as objects on landed.filename = objects.filename
    left join {{ ref('int_trade_symbols') }} as symbols
        on
            landed.venue = symbols.venue
            and landed.venue_symbol is not distinct from symbols.venue_symbol
),

-- an inverse contract is a number of dollars: its base quantity follows from the price
measured as (
    select
        *,
        if(is_inverse, traded_double * contract_usd / price_double, traded_double)
            as quantity_double,
        if(is_inverse, traded_double * contract_usd, price_double * traded_double)
            as value_double,
    from typed
    -- A stream's objects reach over the window's ends. Of a file every row is needed: a repeated
    -- id, or the page of a row, may be anywhere in it.
    where
        not is_streamed
        or traded_at is null
        or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
)

select
    * exclude (symbol_problem, traded_double, value_double, is_streamed),
    {{ exact_decimal('price_text') }} as price,
    if(
        is_inverse,
        try_cast(quantity_double as decimal(38, 18)),
        {{ exact_decimal('quantity_text') }}
    ) as quantity,
    try_cast(value_double as decimal(38, 12)) as notional,
    traded_at::date as trade_day,
    case
        when error is not null then error
        when traded_at is null then 'the time cannot be read, or is not of the day it landed under'
        when symbol is null then symbol_problem
        when is_inverse and contract_usd is null then 'the contract size is not known'
        when price_double is null or isnan(price_double) then 'the price is no number'
        when traded_double is null or isnan(traded_double) then 'the quantity is no number'
        when price_double <= 0 then 'the price is not positive'
        when traded_double <= 0 then 'the quantity is not positive'
        when
            not (
                price_double between 1e-18 and 1e19
                and quantity_double between 1e-18 and 1e14
                and value_double between 1e-12 and 1e18
            )
            then 'the price, the quantity or their product is out of range'
        when coalesce(fill_count, 0) < 1 then 'the ids of the first and last fill disagree'
        when side_text <> '' and aggressor_side is null then 'unknown side ' || side_text
    end as reject_reason,
from measured
