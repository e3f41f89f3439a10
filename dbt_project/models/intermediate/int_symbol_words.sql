{{ config(materialized='ephemeral') }}
-- A venue's own symbol, taken apart by the first rule that fits it (seeds/symbol_rules.csv). What
-- has no separator stays joined, for int_symbol_readings.
with landed as (
    select
        venue,
        venue_symbol,
        trim(venue_symbol) as name,
    from {{ ref('int_trades_landed') }}
    where venue_symbol is not null
    group by venue, venue_symbol
),

ruled as (
    select
        landed.venue,
        landed.venue_symbol,
        landed.name,
        arg_min(rules, rules.place) as rule,
    from landed
    inner join {{ ref('symbol_rules') }} as rules
        on
            regexp_full_match(landed.venue, rules.venue)
            and regexp_full_match(landed.name, rules.pattern)
    group by landed.venue, landed.venue_symbol, landed.name
)

select
    venue,
    venue_symbol,
    rule.kind,
    rule.contract,
    {{ symbol_part('base') }} as base,
    {{ symbol_part('quote') }} as quote,
    {{ symbol_part('joined') }} as joined,
    {{ symbol_part('settlement') }} as settlement,
    {{ symbol_part('expiry') }} as expiry,
    {{ symbol_part('strike') }} as strike,
    rule.size,
from ruled
