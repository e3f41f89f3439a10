{{
    config(
        alias='trades',
        window_column='traded_at',
        pre_hook="{{ forget_timeless_rows(this) }}"
    )
}}
-- Every rejected landed trade in its original form, with the reason.
select
    venue,
    source,
    source_file,
    source_line,
    symbol,
    trade_id,
    reject_reason as reason,
    raw,
    traded_at,
    trade_day,
from {{ ref('int_trades_set_aside') }}
where
    outcome = 'quarantined'
    and (
        traded_at is null
        or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
    )
