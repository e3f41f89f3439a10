-- depends_on: {{ source('landing', 'trades') }}
with landed as ({{ landed('binance_trades') }}),

renamed as (
    select
        source,
        source_file,
        source_digest,
        source_line,
        'trades' as feed,
        venue,
        venue_symbol,
        id as trade_id,
        null::varchar as order_id,
        null::varchar as order_type,
        null::varchar as account_id,
        {{ aggressor_of_maker('is_buyer_maker') }} as aggressor_side,
        is_buyer_maker as side_text,
        price as price_text,
        qty as quantity_text,
        1 as fill_count,
        null::varchar as event_type,
        null::timestamp as received_at,
        case when not is_unreadable then {{ time_of_epoch('time') }} end as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
