-- The window's landed trades, typed once for all that read them, with the reason of a rejection.
with typed as (
    select
        landed.*,
        symbols.symbol,
        symbols.is_usd,
        symbols.contract_usd,
        {{ exact_decimal('landed.price_text') }} as price,
        {{ exact_decimal('landed.quantity_text') }} as traded_quantity,
        -- from the text: casting a wide decimal to a double costs ten times as much
        try_cast(landed.price_text as double) as price_double,
        try_cast(landed.quantity_text as double) as traded_double,
    from {{ ref('int_trades_landed') }} as landed
    left join {{ ref('int_trade_symbols') }} as symbols
        on
            landed.venue = symbols.venue
            and landed.venue_symbol is not distinct from symbols.venue_symbol
    where
        landed.traded_at is null
        or (landed.traded_at >= {{ window_start() }} and landed.traded_at < {{ window_end() }})
),

-- an inverse contract is a number of dollars: its base quantity follows from the price
measured as (
    select
        * exclude (traded_quantity, traded_double),
        case
            when contract_usd is null then traded_quantity
            when price_double > 0
                then try_cast(traded_double * contract_usd / price_double as decimal(38, 18))
        end as quantity,
        case
            when contract_usd is null then traded_double
            when price_double > 0 then traded_double * contract_usd / price_double
        end as quantity_double,
    from typed
),

valued as (
    select
        *,
        try_cast(price_double * quantity_double as decimal(38, 12)) as notional,
        traded_at::date as trade_day,
    from measured
),

judged as (
    select
        *,
        case
            when error is not null then error
            when traded_at is null then 'the time cannot be read'
            when symbol is null then 'unknown symbol ' || coalesce(venue_symbol, '(none)')
            when price is null then 'the price is no number'
            when price <= 0 then 'the price is not positive'
            when quantity is null then 'the quantity is no number'
            when quantity <= 0 then 'the quantity is not positive'
            when notional is null then 'price times quantity is out of range'
            when fill_count is null or fill_count < 1
                then 'the ids of the first and last fill disagree'
            when aggressor_side is null and side_text <> '' then 'unknown side ' || side_text
        end as reject_reason,
    from valued
)

select
    * exclude (venue_symbol, price_text, quantity_text, side_text, error, contract_usd, raw),
    case
        when raw is not null then raw
        when reject_reason is not null
            then
                to_json({
                    'symbol': venue_symbol,
                    'time': traded_at,
                    'price': price_text,
                    'quantity': quantity_text,
                    'side': side_text
                })::varchar
    end as raw,
from judged
