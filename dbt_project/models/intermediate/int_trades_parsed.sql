{{ config(materialized='view') }}
-- The landed trades with their instrument and exact numbers, and what is wrong with those that must
-- be rejected.
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
        symbols.size_needed,
        coalesce(symbols.contract_size, sizes.contract_size) as contract_size,
        -- from the text: casting a wide decimal to a double costs ten times as much
        try_cast(landed.price_text as double) as price_double,
        try_cast(landed.quantity_text as double) as traded_double,
        try_cast(landed.cost_text as double) as cost_double,
    from {{ ref('int_trades_landed') }} as landed
    inner join {{ ref('base_landed_objects') }} as objects on landed.filename = objects.filename
    left join {{ ref('int_trade_symbols') }} as symbols
        on
            landed.venue = symbols.venue
            and landed.venue_symbol is not distinct from symbols.venue_symbol
    left join {{ ref('int_contract_sizes') }} as sizes
        on landed.venue = sizes.venue and landed.venue_symbol = sizes.venue_symbol
),

measured as (
    select
        *,
        -- a contract is so many dollars (inverse) or base units; its value follows from the price, or
        -- the price gives the base quantity
        case
            when is_inverse then traded_double * contract_size / price_double
            else traded_double * coalesce(contract_size, 1)
        end as quantity_double,
        case
            when is_inverse then traded_double * contract_size
            else price_double * traded_double * coalesce(contract_size, 1)
        end as value_double,
        if(is_inverse, quantity_double, value_double) as expected_cost,
    from typed
    -- A stream's objects reach over the window's ends. Of a file every row is needed: a repeated id, or
    -- the page of a row, may be anywhere in it.
    where
        not is_streamed
        or traded_at is null
        or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
)

select
    * exclude (
        symbol_problem, size_needed, traded_double, value_double, cost_double, expected_cost,
        is_streamed
    ) replace (
        {{ account_of('buyer') }} as buyer_account_id,
        {{ account_of('seller') }} as seller_account_id
    ),
    {{ exact_decimal('price_text') }} as price,
    case
        when is_inverse then try_cast(quantity_double as decimal(38, 18))
        when coalesce(contract_size, 1) <> 1
            then try_cast(quantity_double as decimal(38, 12))::decimal(38, 18)
        else {{ exact_decimal('quantity_text') }}
    end as quantity,
    try_cast(value_double as decimal(38, 12)) as notional,
    traded_at::date as trade_day,
    {{ reject_reason() }} as reject_reason,
from measured
