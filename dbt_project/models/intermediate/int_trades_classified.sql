{{ config(materialized='view') }}
-- What becomes of each landed trade: `accepted`, dropped as `page_edge`, `superseded` or
-- `duplicate`, or the reason why it is quarantined.
select
    identified.*,
    case
        when identified.reject_reason is not null then 'quarantined'
        when identified.is_page_edge then 'page_edge'
        when identified.feed = 'aggregated' and feeds.venue is not null then 'superseded'
        when repeated.is_same then 'duplicate'
        when not repeated.is_same then 'quarantined'
        else 'accepted'
    end as outcome,
    coalesce(
        identified.reject_reason, 'another trade with other fields has the same id'
    ) as quarantine_reason,
from {{ ref('int_trades_identified') }} as identified
left join {{ ref('int_trades_repeated') }} as repeated
    on identified.source = repeated.source and identified.source_line = repeated.source_line
left join {{ ref('int_trade_feeds') }} as feeds
    on
        identified.venue = feeds.venue
        and identified.symbol = feeds.symbol
        and identified.trade_day = feeds.trade_day
