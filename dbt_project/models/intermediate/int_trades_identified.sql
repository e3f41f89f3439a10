{{ config(materialized='view') }}
-- Every parsed trade with the id that it has or was given.
select
    parsed.* replace (coalesce(parsed.trade_id, nameless.trade_id) as trade_id),
    coalesce(nameless.is_page_edge, false) as is_page_edge,
from {{ ref('int_trades_parsed') }} as parsed
left join {{ ref('int_trades_without_id') }} as nameless
    on parsed.object_number = nameless.object_number and parsed.source_line = nameless.source_line
