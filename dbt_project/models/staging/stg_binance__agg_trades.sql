-- Binance's public archive of aggregate trades: a row is the fills of one taker at one price.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'binance_agg_trades'
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        'aggregate' as feed,
        venue,
        venue_symbol,
        'a' || agg_trade_id as trade_id,
        null::varchar as order_id,
        null::varchar as order_type,
        null::varchar as account_id,
        is_buyer_maker as side_text,
        {{ aggressor_of_maker('is_buyer_maker') }} as aggressor_side,
        price as price_text,
        quantity as quantity_text,
        null::varchar as cost_text,
        {{ fills_between('first_trade_id', 'last_trade_id') }} as fill_count,
        try_cast(first_trade_id as bigint) as first_fill_id,
        try_cast(last_trade_id as bigint) as last_fill_id,
        null::varchar as event_type,
        'unknown' as condition,
        true as ids_count_up,
        null::timestamp as received_at,
        transact_time as time_text,
        coalesce(make_timestamp(time_us), {{ time_of('transact_time') }}) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
