-- depends_on: {{ source('landing', 'trades') }}
with landed as ({{ landed('binance_agg_trades') }}),

renamed as (
    select
        source,
        source_file,
        source_digest,
        source_line,
        'aggregated' as feed,
        venue,
        venue_symbol,
        'a' || agg_trade_id as trade_id,
        null::varchar as order_id,
        null::varchar as order_type,
        null::varchar as account_id,
        {{ aggressor_of_maker('is_buyer_maker') }} as aggressor_side,
        is_buyer_maker as side_text,
        price as price_text,
        quantity as quantity_text,
        (
            try_cast(last_trade_id as bigint) - try_cast(first_trade_id as bigint) + 1
        )::integer as fill_count,
        null::varchar as event_type,
        null::timestamp as received_at,
        case when not is_unreadable then {{ time_of_epoch('transact_time') }} end as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
