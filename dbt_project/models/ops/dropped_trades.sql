{{ config(window_column='traded_at') }}
-- Landed trades that are no new facts: repeated ones, and aggregates of single ones. With core and
-- quarantine they account for every landed row.
with classified as (
    select * from {{ ref('int_trades_classified') }}
)

select
    source,
    source_line,
    venue,
    symbol,
    trade_id,
    outcome as reason,
    traded_at,
    trade_day,
from classified
where outcome in ('duplicate', 'page_edge', 'superseded')
