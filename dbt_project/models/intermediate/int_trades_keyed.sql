-- A narrow row for each landed trade: its place, its key, and whether it is rejected. Decisions
-- over all rows read this model, so that few wide rows are read again.
select
    object_number,
    source_line,
    reject_reason is not null as is_rejected,
    if(
        trade_id is not null, hash(hash(venue, symbol, trade_day), trade_id), null
    ) as key_hash,
from {{ ref('int_trades_parsed') }}
