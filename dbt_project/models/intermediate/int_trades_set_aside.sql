-- The landed trades that are not accepted, decided once for core, quarantine and the dropped:
-- `quarantined` with the reason, or dropped as `page_edge`, `superseded` or `duplicate`.
with judged as (
    select
        identified.*,
        case
            when identified.reject_reason is not null then 'quarantined'
            when identified.is_page_edge then 'page_edge'
            when identified.feed = 'aggregate' and feeds.venue is not null then 'superseded'
            when repeated.is_same then 'duplicate'
            when not repeated.is_same then 'quarantined'
        end as outcome,
    from {{ ref('int_trades_identified') }} as identified
    left join {{ ref('int_trades_repeated') }} as repeated
        on
            identified.object_number = repeated.object_number
            and identified.source_line = repeated.source_line
    left join {{ ref('int_trade_feeds') }} as feeds
        on
            identified.venue = feeds.venue
            and identified.symbol = feeds.symbol
            and identified.trade_day = feeds.trade_day
)

select
    judged.object_number,
    objects.object as source,
    judged.source_file,
    judged.source_line,
    judged.outcome,
    coalesce(
        judged.reject_reason, 'another trade with other fields has the same id'
    ) as reject_reason,
    judged.venue,
    judged.symbol,
    judged.trade_id,
    coalesce(
        judged.raw,
        json_object(
            'symbol', judged.venue_symbol,
            'trade_id', judged.trade_id,
            'time', judged.time_text,
            'price', judged.price_text,
            'quantity', judged.quantity_text,
            'side', judged.side_text
        )::varchar
    ) as raw,
    judged.traded_at,
    judged.trade_day,
from judged
inner join {{ ref('base_landed_objects') }} as objects
    on judged.object_number = objects.object_number
where judged.outcome is not null
