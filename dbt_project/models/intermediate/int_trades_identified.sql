{{ config(materialized='view') }}
-- Every parsed trade with the key that it has or was given.
select
    parsed.* replace (coalesce(parsed.trade_id, nameless.trade_id) as trade_id),
    coalesce(nameless.is_page_edge, false) as is_page_edge,
    hash(parsed.venue, parsed.symbol, coalesce(parsed.trade_id, nameless.trade_id)) as key_hash,
from {{ ref('int_trades_parsed') }} as parsed
left join {{ ref('int_trades_without_id') }} as nameless
    on parsed.source = nameless.source and parsed.source_line = nameless.source_line
