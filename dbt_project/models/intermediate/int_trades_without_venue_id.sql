-- The trades that came without an id. `tape` is a day of one market in one file, the scope in
-- which page edges are looked for; `content` is what the row says.
select
    object_number,
    source_line,
    hash(venue, source_digest, symbol, trade_day) as tape,
    hash(venue, symbol, trade_day) as market_hash,
    traded_at,
    md5(concat_ws('|', venue, symbol, traded_at, price, quantity, aggressor_side)) as content,
from {{ ref('int_trades_parsed') }}
where trade_id is null and reject_reason is null
