-- Our own trade messages out of Kafka. Topic and partition stand for the file, the offset for the
-- line. Their times are integers; a column of that name in a file that landed is text, hence casts.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'tapewatch'
),

renamed as (
    select
        filename,
        topic || '/' || partition as source_file,
        null::varchar as source_digest,
        try_cast("offset" as bigint) as source_line,
        'single' as feed,
        -- that of a message that could not be read is not known
        coalesce(venue, 'unknown') as venue,
        symbol as venue_symbol,
        trade_id,
        order_id,
        order_type,
        account_id,
        counterparty_account_id,
        customer_id,
        side as side_text,
        side as aggressor_side,
        price as price_text,
        quantity as quantity_text,
        1 as fill_count,
        null::varchar as event_type,
        make_timestamp(try_cast(received_at as bigint)) as received_at,
        traded_at::varchar as time_text,
        make_timestamp(try_cast(traded_at as bigint)) as traded_at,
        error,
        raw,
    from landed
)

select * from renamed
