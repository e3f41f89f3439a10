-- depends_on: {{ source('landing', 'trades') }}
-- ccxt's unified trade: `side` is the taker's. The id stays null where the file has none.
with landed as ({{ landed('ccxt') }}),

renamed as (
    select
        source,
        source_file,
        source_digest,
        source_line,
        'trades' as feed,
        venue,
        symbol as venue_symbol,
        nullif(id, '') as trade_id,
        nullif("order", '') as order_id,
        nullif("type", '') as order_type,
        null::varchar as account_id,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        side as side_text,
        price as price_text,
        amount as quantity_text,
        1 as fill_count,
        null::varchar as event_type,
        null::timestamp as received_at,
        case when not is_unreadable then
            coalesce({{ time_of_epoch('"timestamp"') }}, {{ time_of_iso('"datetime"') }})
        end as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
