-- The instrument behind a venue's own symbol: as the user or the venue describes it (known), else by
-- the symbol's words. `BTC-USDT` is a spot market; a derivative names its settlement, a future its
-- expiry: `BTC-USDT:USDT`, `BTC-USD:BTC-240927`.
with known as (
    select
        unnest(
            from_json(getvariable('known_instruments'), '{{ known_instrument_fields() }}'),
            max_depth := 2
        )
),

landed as (
    select
        venue,
        venue_symbol,
    from {{ ref('int_trades_landed') }}
    group by venue, venue_symbol
),

described as (
    select
        landed.venue,
        landed.venue_symbol,
        coalesce(known.kind, words.kind) as kind,
        coalesce(known.base, words.base) as base,
        coalesce(known.quote, words.quote) as quote,
        if(known.venue is null, words.settlement, known.settlement) as settlement,
        if(known.venue is null, words.expiry, known.expiry) as expiry,
        if(known.venue is null, words.strike, known.strike) as strike,
        if(known.venue is null, nullif(words.contract, ''), known.contract) as contract,
        coalesce(known.contract_size, words.contract_size) as contract_size,
        known.venue is null and words.counts_contracts as counts_contracts,
        known.tick,
        known.lot,
        coalesce(known.source, 'symbol') as source,
        words.all_readings,
    from landed
    left join {{ ref('int_symbol_contracts') }} as words
        on landed.venue = words.venue and landed.venue_symbol = words.venue_symbol
    left join known
        on landed.venue = known.venue and trim(landed.venue_symbol) = known.venue_symbol
)

select
    described.* exclude (all_readings, counts_contracts),
    {{ symbol_of_parts() }} as symbol,
    {{ symbol_problem() }} as symbol_problem,
    coalesce(quotes.is_usd, false) as is_usd,
    coalesce(described.contract = 'inverse', false) as is_inverse,
    -- without it a quantity would mean nothing
    coalesce(described.contract = 'inverse' or described.counts_contracts, false) as size_needed,
from described
left join {{ ref('quotes') }} as quotes on described.quote = quotes.quote
