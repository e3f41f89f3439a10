{{ config(materialized='ephemeral') }}

-- Landed rows that became no trade, by symbol, day and outcome.
with dropped as (
    select
        venue,
        symbol,
        trade_day,
        reason as outcome,
    from {{ ref('dropped_trades') }}
    where traded_at >= {{ first_cell('1 day') }} and traded_at < {{ last_cell('1 day') }}
),

quarantined as (
    select
        venue,
        symbol,
        trade_day,
        'quarantined' as outcome,
    from {{ ref('quarantined_trades') }}
    where traded_at >= {{ first_cell('1 day') }} and traded_at < {{ last_cell('1 day') }}
)

select
    venue,
    symbol,
    trade_day,
    count(*) filter (where outcome in ('duplicate', 'repeated_fills')) as duplicate_count,
    count(*) filter (where outcome = 'page_edge') as page_edge_count,
    count(*) filter (where outcome = 'superseded') as superseded_count,
    count(*) filter (where outcome = 'no_trade') as no_trade_count,
    count(*) filter (where outcome = 'quarantined') as quarantined_count,
from (
    select * from dropped
    union all
    select * from quarantined
)
group by venue, symbol, trade_day
