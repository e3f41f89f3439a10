{{ config(materialized='view') }}
-- Every parsed trade with its id, the venue's or the assigned one.
select
    parsed.* replace (coalesce(parsed.trade_id, given.trade_id) as trade_id),
    coalesce(given.is_page_edge, false) as is_page_edge,
from {{ ref('int_trades_parsed') }} as parsed
left join {{ ref('int_trades_with_given_id') }} as given
    on parsed.object_number = given.object_number and parsed.source_line = given.source_line
