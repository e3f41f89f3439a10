-- The symbol for a venue's own symbol: `BTC-USDT`, for a contract with an expiry `BTC-USDT-240927`;
-- whether the quote is a dollar coin; for an inverse contract, its size in dollars.
with landed as (
    select
        venue,
        venue_symbol,
    from {{ ref('int_trades_landed') }}
    group by venue, venue_symbol
),

-- ccxt writes BASE/QUOTE:SETTLEMENT-EXPIRY, Binance BASEQUOTE_EXPIRY
taken_apart as (
    select
        venue,
        venue_symbol,
        regexp_replace(
            upper(trim(venue_symbol)), '(:[^-_:]+)?([-_](PERP|SWAP|[0-9]{6}))?$', ''
        ) as market,
        regexp_extract(upper(venue_symbol), ':([^-_:]+)', 1) as settlement,
        regexp_extract(trim(venue_symbol), '[-_][0-9]{6}$') as expiry,
        venue = 'binance_coinm'
        or regexp_matches(upper(trim(venue_symbol)), '^[^-/_:]+USD_(PERP|[0-9]{6})$') as is_coinm,
    from landed
),

-- A market without a separator ends in a quote.
readings as (
    select
        taken_apart.venue,
        taken_apart.venue_symbol,
        quotes.quote,
        left(taken_apart.market, length(taken_apart.market) - length(quotes.quote)) as base,
    from taken_apart
    inner join {{ ref('quotes') }} as quotes on ends_with(taken_apart.market, quotes.quote)
    where
        not regexp_matches(taken_apart.market, '[-/_]')
        and taken_apart.market <> quotes.quote
        and case
            -- BNBUSD_PERP is BNB in dollars, not BN in BUSD
            when taken_apart.is_coinm then quotes.quote = 'USD'
            -- these venues quote in dollar coins, never in dollars
            when taken_apart.venue in ('binance', 'binance_usdm') then quotes.quote <> 'USD'
            else true
        end
),

-- If several quotes fit, as USD and TUSD, the base decides: BATUSD is BAT in dollars, for there is
-- no BA. If it does not, as in ARBUSD (AR in BUSD, ARB in dollars), the symbol stays unknown.
joined as (
    select
        readings.venue,
        readings.venue_symbol,
        case
            when count(*) = 1 then any_value(readings.quote)
            when count(bases.base) = 1 then any_value(readings.quote) filter (bases.base is not null)
        end as quote,
        string_agg(readings.base || '-' || readings.quote, ' or ' order by readings.quote)
            as all_readings,
    from readings
    left join {{ ref('bases') }} as bases on readings.base = bases.base
    group by readings.venue, readings.venue_symbol
),

quoted as (
    select
        taken_apart.*,
        joined.all_readings,
        case
            when joined.venue is not null then joined.quote
            else regexp_extract(taken_apart.market, '^[^-/_]+[-/_]([^-/_]+)$', 1)
        end as quote,
    from taken_apart
    left join joined
        on
            taken_apart.venue = joined.venue
            and taken_apart.venue_symbol = joined.venue_symbol
),

named as (
    select
        *,
        case
            when quote <> ''
                then nullif(rtrim(left(market, length(market) - length(quote)), '-/_'), '')
        end as base,
    from quoted
)

select
    landed.venue,
    landed.venue_symbol,
    named.base || '-' || named.quote || replace(named.expiry, '_', '-') as symbol,
    case
        when symbol is not null then null
        when named.all_readings is not null
            then
                landed.venue_symbol || ' may be ' || named.all_readings
                || ': write it with a separator'
        else 'unknown symbol ' || coalesce(landed.venue_symbol, '(none)')
    end as symbol_problem,
    coalesce(quotes.is_usd, false) as is_usd,
    coalesce(named.is_coinm or named.settlement = named.base, false) as is_inverse,
    if(named.is_coinm, coalesce(sizes.contract_usd, others.contract_usd), null) as contract_usd,
from landed
left join named
    on landed.venue = named.venue and landed.venue_symbol is not distinct from named.venue_symbol
left join {{ ref('quotes') }} as quotes on named.quote = quotes.quote
left join {{ ref('contract_sizes') }} as sizes on named.base = sizes.base
left join {{ ref('contract_sizes') }} as others on others.base = '*'
