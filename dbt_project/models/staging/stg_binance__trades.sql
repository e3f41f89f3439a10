-- Binance's public archive of single trades.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'binance_trades'
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        'single' as feed,
        venue,
        venue_symbol,
        id as trade_id,
        null::varchar as order_id,
        null::varchar as order_type,
        null::varchar as account_id,
        is_buyer_maker as side_text,
        {{ aggressor_of_maker('is_buyer_maker') }} as aggressor_side,
        price as price_text,
        qty as quantity_text,
        coalesce(quote_qty, base_qty) as cost_text,
        1 as fill_count,
        null::varchar as event_type,
        'unknown' as condition,
        true as ids_count_up,
        null::timestamp as received_at,
        time as time_text,
        coalesce(make_timestamp(time_us), {{ time_of('time') }}) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
