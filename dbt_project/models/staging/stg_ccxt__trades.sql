-- ccxt's unified trade: `side` is the taker's. The id is null if the file has none.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'ccxt'
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        'single' as feed,
        venue,
        symbol as venue_symbol,
        nullif(id, '') as trade_id,
        nullif("order", '') as order_id,
        nullif(type, '') as order_type,
        null::varchar as account_id,
        side as side_text,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        price as price_text,
        amount as quantity_text,
        1 as fill_count,
        null::varchar as event_type,
        null::timestamp as received_at,
        coalesce(timestamp, datetime) as time_text,
        coalesce(
            {{ time_of('timestamp') }},
            {{ time_of('datetime') }}
        ) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
