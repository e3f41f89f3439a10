{{ config(window_column='traded_at') }}
-- Landed trades that are not new facts: repeated ones, and those that another feed supersedes. With
-- core and quarantine they account for every landed row.
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
