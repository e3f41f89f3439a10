{{ config(alias='trades', window_column='traded_at') }}
-- What the data itself says of a trade (planted abuse of a simulator). Truth to measure against:
-- no detector and no model may read it.
select
    venue,
    symbol,
    trade_id,
    event_type,
    traded_at,
    trade_day,
from {{ ref('int_trades_accepted') }}
where event_type is not null
