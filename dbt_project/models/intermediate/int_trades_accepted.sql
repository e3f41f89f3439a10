{{ config(materialized='view') }}
-- The accepted trades of the window: all landed trades except those that were set aside.
select identified.*
from {{ ref('int_trades_identified') }} as identified
anti join {{ ref('int_trades_outcomes') }} as outcomes
    on
        identified.object_number = outcomes.object_number
        and identified.source_line = outcomes.source_line
where
    identified.traded_at >= {{ window_start() }}
    and identified.traded_at < {{ window_end() }}
