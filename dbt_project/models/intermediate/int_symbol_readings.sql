{{ config(materialized='ephemeral') }}
-- Symbols without a separator end in a quote. If several fit, as USD and TUSD, the base decides:
-- BATUSD is BAT in dollars, for there is no BA. If it does not, as in ARBUSD (AR in BUSD, ARB in
-- dollars), the symbol stays unknown.
with readings as (
    select
        words.venue,
        words.venue_symbol,
        quotes.quote,
        left(words.joined, length(words.joined) - length(quotes.quote)) as base,
    from {{ ref('int_symbol_words') }} as words
    inner join {{ ref('quotes') }} as quotes on ends_with(words.joined, quotes.quote)
    where
        words.joined <> quotes.quote
        -- these venues quote in dollar coins, never in dollars
        and not (words.venue in ('binance', 'binance_usdm') and quotes.quote = 'USD')
)

select
    readings.venue,
    readings.venue_symbol,
    case
        when count(*) = 1 then any_value(readings.quote)
        when count(bases.base) = 1 then any_value(readings.quote) filter (bases.base is not null)
    end as quote,
    case
        when count(*) = 1 then any_value(readings.base)
        when count(bases.base) = 1 then any_value(readings.base) filter (bases.base is not null)
    end as base,
    string_agg(readings.base || '-' || readings.quote, ' or ' order by readings.quote)
        as all_readings,
from readings
left join {{ ref('bases') }} as bases on readings.base = bases.base
group by readings.venue, readings.venue_symbol
