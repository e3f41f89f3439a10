{{ config(alias='trades', window_column='traded_at') }}
-- The labels in the data itself (planted abuse of a simulator): the truth for evaluations. No
-- detector and no model may read it.
select
    venue,
    symbol,
    trade_id,
    event_type,
    traded_at,
    trade_day,
from {{ ref('int_trades_accepted') }}
where event_type is not null
