{{ config(window_column='traded_at') }}
-- Landed trades that are no new facts: repeated ones, and those for which another feed stands. With core and
-- quarantine they account for every landed row.
select
    source,
    source_line,
    venue,
    symbol,
    trade_id,
    outcome as reason,
    traded_at,
    trade_day,
from {{ ref('int_trades_set_aside') }}
where
    outcome <> 'quarantined'
    and traded_at >= {{ window_start() }}
    and traded_at < {{ window_end() }}
