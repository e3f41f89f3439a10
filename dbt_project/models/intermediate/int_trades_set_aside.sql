{{ config(rows_come_of=['int_trades_outcomes']) }}
-- The landed trades that are not accepted, with the columns of quarantine and of dropped trades.
select
    identified.object_number,
    objects.object as source,
    identified.source_file,
    identified.source_line,
    outcomes.outcome,
    coalesce(
        identified.reject_reason, 'another trade with other fields has the same id'
    ) as reject_reason,
    identified.venue,
    identified.symbol,
    identified.trade_id,
    coalesce(
        identified.raw,
        json_object(
            'symbol', identified.venue_symbol,
            'trade_id', identified.trade_id,
            'time', identified.time_text,
            'price', identified.price_text,
            'quantity', identified.quantity_text,
            'side', identified.side_text
        )::varchar
    ) as raw,
    identified.traded_at,
    identified.trade_day,
from {{ ref('int_trades_identified') }} as identified
inner join {{ ref('int_trades_outcomes') }} as outcomes
    on
        identified.object_number = outcomes.object_number
        and identified.source_line = outcomes.source_line
inner join {{ ref('base_landed_objects') }} as objects
    on identified.object_number = objects.object_number
