-- depends_on: {{ source('landing', 'trades') }}
-- `side` is the side of the row's own trader_id. Nothing says who took; the row is written by its
-- trader, so it is read as the trader taking: the aggressor side of the tape.
with landed as ({{ landed('trade_log') }}),

renamed as (
    select
        source,
        source_file,
        source_digest,
        source_line,
        'trades' as feed,
        venue,
        symbol as venue_symbol,
        nullif(trade_id, '') as trade_id,
        nullif(order_id, '') as order_id,
        null::varchar as order_type,
        nullif(trader_id, '') as account_id,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        side as side_text,
        price as price_text,
        quantity as quantity_text,
        1 as fill_count,
        nullif(event_type, '') as event_type,
        null::timestamp as received_at,
        case when not is_unreadable then {{ time_of_iso('"timestamp"') }} end as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
