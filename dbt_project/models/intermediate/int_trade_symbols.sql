-- What a venue's own symbol means: `BTC-USDT`, of a contract with an expiry `BTC-USDT-240927`;
-- whether the quote is a dollar coin; of an inverse contract, the dollars that one stands for.
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

-- a market without a separator ends in a quote; of several that fit the longest counts
joined as (
    select
        taken_apart.venue,
        taken_apart.venue_symbol,
        max_by(quotes.quote, length(quotes.quote)) as quote,
    from taken_apart
    inner join {{ ref('quotes') }} as quotes on ends_with(taken_apart.market, quotes.quote)
    where
        not regexp_matches(taken_apart.market, '[-/_]')
        -- BNBUSD_PERP is BNB in dollars, not BN in BUSD
        and (quotes.quote = 'USD' or not taken_apart.is_coinm)
    group by taken_apart.venue, taken_apart.venue_symbol
),

quoted as (
    select
        taken_apart.*,
        coalesce(
            joined.quote, regexp_extract(taken_apart.market, '^[^-/_]+[-/_]([^-/_]+)$', 1)
        ) as quote,
    from taken_apart
    left join joined
        on
            taken_apart.venue = joined.venue
            and taken_apart.venue_symbol = joined.venue_symbol
),

named as (
    select
        *,
        nullif(rtrim(left(market, length(market) - length(quote)), '-/_'), '') as base,
    from quoted
    where quote <> ''
)

select
    landed.venue,
    landed.venue_symbol,
    named.base || '-' || named.quote || replace(named.expiry, '_', '-') as symbol,
    coalesce(quotes.is_usd, false) as is_usd,
    coalesce(named.is_coinm or named.settlement = named.base, false) as is_inverse,
    if(named.is_coinm, coalesce(sizes.contract_usd, others.contract_usd), null) as contract_usd,
from landed
left join named
    on landed.venue = named.venue and landed.venue_symbol is not distinct from named.venue_symbol
left join {{ ref('quotes') }} as quotes on named.quote = quotes.quote
left join {{ ref('contract_sizes') }} as sizes on named.base = sizes.base
left join {{ ref('contract_sizes') }} as others on others.base = '*'
