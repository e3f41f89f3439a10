{{ config(rows_come_of=['stg_ccxt__trades', 'stg_binance__trades']) }}
-- The size of a contract that a file proves by its own values of the trades (ccxt's cost), where
-- neither the symbol nor a description says it: the same in eight trades of ten, but for rounding.
with measured as (
    select
        symbols.venue,
        symbols.venue_symbol,
        try_cast(landed.cost_text as double)
        * if(symbols.is_inverse, try_cast(landed.price_text as double), 1)
        / if(symbols.is_inverse, 1, try_cast(landed.price_text as double))
        / try_cast(landed.quantity_text as double) as size,
    from {{ ref('int_trades_landed') }} as landed
    inner join {{ ref('int_trade_symbols') }} as symbols
        on landed.venue = symbols.venue and landed.venue_symbol = symbols.venue_symbol
    where
        landed.cost_text is not null
        and symbols.contract_size is null
        and symbols.kind <> 'spot'
),

agreed as (
    select
        venue,
        venue_symbol,
        median(size) as size,
    from measured
    where size > 0 and isfinite(size)
    group by venue, venue_symbol
    having quantile_disc(size, 0.9) <= quantile_disc(size, 0.1) * 1.01
)

select
    venue,
    venue_symbol,
    -- to six digits: values are rounded
    round(size, 5 - floor(log10(size))::integer) as contract_size,
from agreed
