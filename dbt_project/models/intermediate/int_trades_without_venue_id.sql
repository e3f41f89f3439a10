-- The trades without an id of the venue. `tape` is a day of one market in one file, the scope of
-- the search for page edges; `content` is the row's content.
select
    object_number,
    source_line,
    hash(venue, source_digest, symbol, trade_day) as tape,
    hash(venue, symbol, trade_day) as market_hash,
    traded_at,
    md5(concat_ws('|', venue, symbol, traded_at, price, quantity, aggressor_side)) as content,
from {{ ref('int_trades_parsed') }}
where trade_id is null and reject_reason is null
