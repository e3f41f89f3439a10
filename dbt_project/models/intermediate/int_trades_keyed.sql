-- A narrow row for each landed trade: where it stands, its key, and whether it is rejected. What is
-- decided for all rows is decided on this, so that few need be read again.
select
    object_number,
    source_line,
    reject_reason is not null as is_rejected,
    if(
        trade_id is not null, hash(hash(venue, symbol, trade_day), trade_id), null
    ) as key_hash,
from {{ ref('int_trades_parsed') }}
