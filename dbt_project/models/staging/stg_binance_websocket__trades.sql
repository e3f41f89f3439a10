-- Trades and aggregate trades from raw websocket captures, with the time of their receipt.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'binance_websocket'
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        if(event = 'aggTrade', 'aggregate', 'single') as feed,
        venue,
        symbol as venue_symbol,
        if(event = 'aggTrade', 'a' || agg_trade_id, trade_id) as trade_id,
        null::varchar as order_id,
        order_type,
        null::varchar as account_id,
        is_buyer_maker as side_text,
        {{ aggressor_of_maker('is_buyer_maker') }} as aggressor_side,
        price as price_text,
        quantity as quantity_text,
        null::varchar as cost_text,
        if(
            event = 'aggTrade', {{ fills_between('first_trade_id', 'last_trade_id') }}, 1
        ) as fill_count,
        if(event = 'aggTrade', try_cast(first_trade_id as bigint), null) as first_fill_id,
        if(event = 'aggTrade', try_cast(last_trade_id as bigint), null) as last_fill_id,
        null::varchar as event_type,
        -- an event with an id of the trades' numbering, and no trade
        if(order_type = 'NA', 'none', {{ condition_of('order_type') }}) as condition,
        true as ids_count_up,
        {{ time_of_epoch('received_ns') }} as received_at,
        trade_time as time_text,
        coalesce(make_timestamp(time_us), {{ time_of('trade_time') }}) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
