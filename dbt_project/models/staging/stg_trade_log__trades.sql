-- `side` is the side of the row's own trader_id; the log does not name the taker. A log's row is
-- written for the trader that acted, so its side is used as the aggressor's; if the accounts of
-- both sides are known a detector does not need it.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'trade_log'
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
        nullif(trade_id, '') as trade_id,
        nullif(order_id, '') as order_id,
        null::varchar as order_type,
        nullif(trader_id, '') as account_id,
        side as side_text,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        price as price_text,
        quantity as quantity_text,
        null::varchar as cost_text,
        1 as fill_count,
        nullif(event_type, '') as event_type,
        'unknown' as condition,
        null::boolean as ids_count_up,
        null::timestamp as received_at,
        timestamp as time_text,
        coalesce(make_timestamp(time_us), {{ time_of('timestamp') }}) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
