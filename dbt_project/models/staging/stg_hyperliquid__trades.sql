-- Hyperliquid's trades: `users` are the buyer and the seller, `side` is the taker's. The order is the
-- transaction that took; its hash is zeros where a slice of a TWAP order did.
with landed as (
    select
        *,
        regexp_extract_all(users, '[^][", '']+') as accounts,
    from {{ ref('base_trades') }}
    where format = 'hyperliquid'
),

renamed as (
    select
        filename,
        source_file,
        source_digest,
        source_line,
        'single' as feed,
        venue,
        coin as venue_symbol,
        tid as trade_id,
        if(regexp_full_match(hash, '(0x)?0*'), null, hash) as order_id,
        null::varchar as order_type,
        case {{ aggressor_of_taker('side') }}
            when 'buyer' then accounts[1]
            when 'seller' then accounts[2]
        end as account_id,
        case {{ aggressor_of_taker('side') }}
            when 'buyer' then accounts[2]
            when 'seller' then accounts[1]
        end as counterparty_account_id,
        accounts[1] as buyer_account_id,
        accounts[2] as seller_account_id,
        side as side_text,
        {{ aggressor_of_taker('side') }} as aggressor_side,
        px as price_text,
        sz as quantity_text,
        null::varchar as cost_text,
        1 as fill_count,
        null::varchar as event_type,
        'unknown' as condition,
        null::boolean as ids_count_up,
        {{ time_of_epoch('received_ns') }} as received_at,
        time as time_text,
        coalesce(make_timestamp(time_us), {{ time_of('time') }}) as traded_at,
        coalesce(
            error,
            if(len(accounts) <> 2, 'users are no buyer and seller: ' || users, null)
        ) as error,
        raw,
    from landed
)

select * from renamed
