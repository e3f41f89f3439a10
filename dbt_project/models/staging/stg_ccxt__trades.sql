-- ccxt's unified trade, and the archives that land under its names: `side` is the taker's. The id is
-- null if the file has none.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where
        format in ({{ unified_formats() }})
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        'single' as feed,
        venue,
        coalesce(symbol, venue_symbol) as venue_symbol,
        nullif(id, '') as trade_id,
        nullif("order", '') as order_id,
        nullif(type, '') as order_type,
        nullif(account_id, '') as account_id,
        nullif(counterparty_account_id, '') as counterparty_account_id,
        nullif(buyer_account_id, '') as buyer_account_id,
        nullif(seller_account_id, '') as seller_account_id,
        side as side_text,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        price as price_text,
        amount as quantity_text,
        nullif(cost, '') as cost_text,
        1 as fill_count,
        null::varchar as event_type,
        {{ condition_of_table() }} as condition,
        null::boolean as ids_count_up,
        make_timestamp(try_cast(local_timestamp as bigint)) as received_at,
        coalesce(timestamp, datetime) as time_text,
        coalesce(
            make_timestamp(time_us),
            {{ time_of('timestamp') }},
            {{ time_of('datetime') }}
        ) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
