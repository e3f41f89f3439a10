{{ config(materialized='ephemeral') }}
-- What a venue's symbol means by its words alone: pair, settlement, kind, size of a contract.
with named as (
    select
        words.* exclude (base, quote, joined),
        {{ currency_of('coalesce(words.base, readings.base)', 'words.venue') }} as base,
        {{ currency_of('coalesce(words.quote, readings.quote)', 'words.venue') }} as quote,
        readings.all_readings,
    from {{ ref('int_symbol_words') }} as words
    left join {{ ref('int_symbol_readings') }} as readings
        on words.venue = readings.venue and words.venue_symbol = readings.venue_symbol
),

settled as (
    select
        * exclude (settlement),
        {{ currency_of("coalesce(settlement, if(contract = 'linear', quote, null))", 'venue') }}
            as settlement,
    from named
)

select
    * exclude (contract, size, expiry),
    case
        when contract is null or contract <> 'by_settlement' then contract
        when settlement = base then 'inverse'
        when settlement = quote then 'linear'
        -- settled in a third currency: the value does not follow from price and quantity
        else 'quanto'
    end as contract,
    try_cast(size as double) as contract_size,
    coalesce(size = '?', false) as counts_contracts,
    {{ expiry_of('expiry') }} as expiry,
from settled
