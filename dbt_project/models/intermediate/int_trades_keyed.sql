-- A narrow row for each landed trade: its place, its key, and whether it is rejected. Decisions
-- over all rows read this model, so that few wide rows are read again.
select
    object_number,
    source_line,
    reject_reason is not null as is_rejected,
    coalesce(
        condition = 'none'
        and trade_id is not null
        and symbol is not null
        and traded_at is not null,
        false
    ) as is_no_trade,
    if(
        trade_id is not null, hash(hash(venue, symbol, trade_day), trade_id), null
    ) as key_hash,
from {{ ref('int_trades_parsed') }}
