-- Our own trade messages, from Kafka or as a table in a file. In Kafka, topic and partition take
-- the place of the file, the offset that of the line. Times are integers in messages and text in
-- files, hence the casts.
with landed as (
    select *
    from {{ ref('base_trades') }}
    where format = 'tapewatch'
),

renamed as (
    select
        filename,
        coalesce(source_file, topic || '/' || partition) as source_file,
        source_digest,
        coalesce(source_line, try_cast("offset" as bigint)) as source_line,
        -- a live stream of Binance sends aggregates, with the ids of their archive
        if(venue = 'binance' and starts_with(trade_id, 'a'), 'aggregate', 'single') as feed,
        -- unknown for a message that could not be read
        coalesce(venue, 'unknown') as venue,
        symbol as venue_symbol,
        trade_id,
        order_id,
        order_type,
        nullif(account_id, '') as account_id,
        nullif(counterparty_account_id, '') as counterparty_account_id,
        nullif(buyer_account_id, '') as buyer_account_id,
        nullif(seller_account_id, '') as seller_account_id,
        customer_id,
        wallet_address,
        side as side_text,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        price as price_text,
        quantity as quantity_text,
        null::varchar as cost_text,
        1 as fill_count,
        null::varchar as event_type,
        {{ condition_of('condition') }} as condition,
        false as ids_count_up,
        {{ time_of_microseconds('received_at') }} as received_at,
        traded_at::varchar as time_text,
        {{ time_of('traded_at::varchar') }} as traded_at,
        case
            when error is not null then error
            when venue = 'unknown' then 'no venue may be called unknown'
            when received_at is not null and {{ time_of_microseconds('received_at') }} is null
                then 'received_at is no count of microseconds since 1970'
        end as error,
        raw,
    from landed
)

select * from renamed
