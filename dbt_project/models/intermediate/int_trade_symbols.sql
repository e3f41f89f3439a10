-- What a venue's own symbol means: `BTC-USDT` (base-quote), whether the quote is a dollar coin, and
-- for inverse contracts the dollars that one contract stands for. An unknown one stays null.
with landed as (
    select distinct venue, venue_symbol from {{ ref('int_trades_landed') }}
),

spelled as (
    select
        venue,
        venue_symbol,
        -- ccxt names a contract's settlement after a colon, binance its expiry after an underscore
        regexp_replace(
            split_part(upper(trim(venue_symbol)), ':', 1), '_(PERP|[0-9]{6})$', ''
        ) as symbol_text,
    from landed
),

separated as (
    select *, regexp_replace(symbol_text, '[/_-]', '-') as symbol_name from spelled
),

split_by_quote as (
    select
        separated.venue,
        separated.venue_symbol,
        max_by(quotes.quote, length(quotes.quote)) as quote,
    from separated
    inner join {{ ref('quotes') }} as quotes
        on
            ends_with(separated.symbol_name, quotes.quote)
            and length(separated.symbol_name) > length(quotes.quote)
            and not contains(separated.symbol_name, '-')
    group by separated.venue, separated.venue_symbol
),

named as (
    select
        separated.venue,
        separated.venue_symbol,
        case
            when regexp_matches(separated.symbol_name, '^[A-Z0-9.]+-[A-Z0-9.]+$')
                then separated.symbol_name
            when split_by_quote.quote is not null
                then
                    left(
                        separated.symbol_name,
                        length(separated.symbol_name) - length(split_by_quote.quote)
                    ) || '-' || split_by_quote.quote
        end as symbol,
    from separated
    left join split_by_quote
        on
            separated.venue = split_by_quote.venue
            and separated.venue_symbol is not distinct from split_by_quote.venue_symbol
)

select
    named.venue,
    named.venue_symbol,
    named.symbol,
    coalesce(quotes.is_usd, false) as is_usd,
    case
        when named.venue = 'binance_coinm'
            then if(split_part(named.symbol, '-', 1) = 'BTC', 100, 10)
    end as contract_usd,
from named
left join {{ ref('quotes') }} as quotes
    on split_part(named.symbol, '-', 2) = quotes.quote
